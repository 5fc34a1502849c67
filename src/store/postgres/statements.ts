import type { Tables } from './database.ts'

const CLIENT = `c.id AS holder_id, c.version AS holder_version, c.session_ids, c.last_active_session_id,
  c.created_at AS holder_created_at, c.updated_at AS holder_updated_at`

/** A session's columns. */
export const SESSION = `id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at,
  expire_at, abandon_at, closed_at`

/** A session's columns with its document. */
export const SESSION_WITH_DOCUMENT = `${SESSION}, due_at, form, document`

/** A ledger row's columns. */
export const ENTRY = `sequence, session_id, client_id, user_id, version, from_status, to_status, cause, at,
  recorded_at, asked_by`

/** The server's clock as it is now, and not when its transaction began, epoch milliseconds. */
export const CLOCK = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** Statements that are the same each time, with their names. */
export function statementsOf(tables: Tables) {
  const sessions = tables('sessions')
  const clients = tables('clients')
  const ledger = tables('ledger')
  return named({
    now: `SELECT ${CLOCK} AS now`,
    sessions: `SELECT ${SESSION} FROM ${sessions} WHERE id = ANY($1::text[])`,
    sessionsNow: `SELECT n.now, s.* FROM (SELECT ${CLOCK} AS now) AS n
      LEFT JOIN (SELECT ${SESSION} FROM ${sessions}) AS s ON s.id = ANY($1::text[])`,
    sessionsWithDocument: `SELECT ${SESSION_WITH_DOCUMENT} FROM ${sessions} WHERE id = ANY($1::text[])`,
    due: `SELECT client_id FROM ${sessions} WHERE due_at <= $1 ORDER BY due_at LIMIT $2`,
    openOfUser: `SELECT DISTINCT client_id FROM ${sessions}
      WHERE user_id = $1 AND created_at <= $2 AND client_id > $3 AND closed_at IS NULL ORDER BY client_id LIMIT $4`,
    closed: `SELECT client_id FROM ${sessions} WHERE closed_at <= $1 ORDER BY closed_at LIMIT $2`,
    empty: `SELECT id FROM ${clients} AS c WHERE updated_at <= $1
      AND NOT EXISTS (SELECT FROM ${sessions} WHERE client_id = c.id) LIMIT $2`,
    purges: `SELECT session_id, client_id, purged_at FROM ${tables('purges')} WHERE session_id = ANY($1::text[])`,

    clientIdsFrom: `SELECT id FROM ${clients} WHERE id > $1 ORDER BY id LIMIT $2`,
    sessionIdsFrom: `(SELECT id FROM ${sessions} WHERE id > $1 ORDER BY id LIMIT $2)
      UNION (SELECT DISTINCT session_id FROM ${ledger} WHERE session_id > $1 ORDER BY session_id LIMIT $2)
      ORDER BY 1 LIMIT $2`,
    entries: `SELECT ${ENTRY} FROM ${ledger} WHERE session_id = ANY($1::text[]) ORDER BY session_id, sequence`,
  })
}

/** Statements by their names. */
export type Statements = ReturnType<typeof statementsOf>

function named<const Texts extends Readonly<Record<string, string>>>(texts: Texts) {
  const entries = Object.entries(texts).map(([name, text]) => [name, { name, text }])
  return Object.fromEntries(entries) as {
    readonly [Name in keyof Texts]: { readonly name: Name; readonly text: string }
  }
}

/** What a view is read of: the placeholders of what is selected, where it is. */
export interface ViewShape {
  readonly clientIds: string | null
  readonly sessionIds: string | null
  readonly userId: string | null
  readonly sessions: 'open' | 'all'
  readonly documents: boolean
  /** Whether to read the server's clock too. */
  readonly isTimed: boolean
}

/**
 * Reads clients with their sessions in one statement, and so as of one moment: a row a session, the client's columns in
 * each, and in one without any session. There is one row at least, for the user's version and the time.
 */
export function viewText(tables: Tables, shape: ViewShape): string {
  const { documents, isTimed, userId } = shape
  const session = (documents ? SESSION_WITH_DOCUMENT : SESSION).replaceAll(/\w+/g, 's.$&')
  const client = documents ? `${CLIENT}, c.form AS holder_form, c.document AS holder_document` : CLIENT
  const user = userId === null ? '' : `, (SELECT version FROM ${tables('users')} WHERE id = ${userId}) AS user_version`
  return `WITH wanted AS (${wantedText(tables, shape)}), held AS (${heldText(tables, shape)})
    SELECT ${client}, ${session}, n.now ${user}
    FROM (SELECT ${isTimed ? CLOCK : 'NULL'} AS now) AS n
    LEFT JOIN (wanted AS w JOIN ${tables('clients')} AS c ON c.id = w.id LEFT JOIN held AS s ON s.client_id = c.id) ON true
    ORDER BY c.id, s.place`
}

/** Locks a user, where there is one. */
export function userLockText(tables: Tables): string {
  return `SELECT FROM ${tables('users')} WHERE id = $1 FOR UPDATE`
}

/** Locks the clients that a view is read of. */
export function clientLockText(tables: Tables, shape: ViewShape): string {
  return `SELECT FROM ${tables('clients')} WHERE id IN (${wantedText(tables, shape)}) ORDER BY id FOR UPDATE`
}

/** Locks the sessions that a view is read of. Closed ones are written with their client only, and the lock is on that. */
export function sessionLockText(tables: Tables, shape: ViewShape): string {
  return `SELECT FROM ${tables('sessions')} WHERE client_id IN (${wantedText(tables, shape)}) AND closed_at IS NULL
    ORDER BY id FOR UPDATE`
}

/** The ids of the clients that are selected. */
function wantedText(tables: Tables, { clientIds, sessionIds, userId }: ViewShape): string {
  const sessions = tables('sessions')
  const parts = [
    clientIds === null ? [] : `SELECT unnest(${clientIds}) AS id`,
    sessionIds === null ? [] : `SELECT client_id AS id FROM ${sessions} WHERE id = ANY(${sessionIds})`,
    userId === null ? [] : `SELECT client_id AS id FROM ${sessions} WHERE user_id = ${userId} AND closed_at IS NULL`,
  ]
  return `SELECT DISTINCT id FROM (${parts.flat().join(' UNION ALL ') || 'SELECT NULL::text AS id'}) AS named`
}

function heldText(tables: Tables, { sessionIds, sessions }: ViewShape): string {
  const held = `SELECT s.* FROM wanted AS w JOIN ${tables('sessions')} AS s ON s.client_id = w.id`
  if (sessions === 'all') return held
  const open = `${held} WHERE s.closed_at IS NULL`
  if (sessionIds === null) return open
  return `${open} UNION ALL SELECT s.* FROM ${tables('sessions')} AS s
    WHERE s.id = ANY(${sessionIds}) AND s.closed_at IS NOT NULL`
}
