import { MAXIMUM_LISTED } from '../item.ts'
import type { Tables } from './database.ts'
import { horizonText } from './feed-order.ts'

/** What rows of clients and of sessions both have. */
const COMMON_COLUMNS = ['id', 'version', 'created_at', 'updated_at']
const CLIENT_COLUMNS = [...COMMON_COLUMNS, 'session_ids', 'last_active_session_id']
const SESSION_COLUMNS = [
  ...COMMON_COLUMNS,
  ...['client_id', 'user_id', 'status', 'place', 'last_active_at', 'expire_at', 'abandon_at', 'closed_at'],
]
const DOCUMENT = ['form', 'document']

/** A session's columns. */
const SESSION = SESSION_COLUMNS.join(', ')

/** A session's columns with its document. */
export const SESSION_WITH_DOCUMENT = `${SESSION}, due_at, form, document`

/** A ledger row's columns. */
export const ENTRY = `sequence, session_id, client_id, user_id, version, from_status, to_status, cause, at,
  recorded_at, asked_by`

const ITEM = 'kind, id, version, value, expires_at'

/** The server's clock as it is now, and not when its transaction began, epoch milliseconds. */
const CLOCK = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

const LIST = listText('$1', 'text')

/**
 * A parameter that is a list.
 *
 * Its length is hidden from the planner. Where that is known, a plan made for a short list looks better than one for any,
 * and so a statement that is prepared is planned anew each time, which takes longer than running it.
 *
 * @see https://www.postgresql.org/docs/current/sql-prepare.html
 */
export function listText(placeholder: string, type: string): string {
  return `(SELECT ${placeholder}::${type}[])::${type}[]`
}

/** Statements that are the same each time, with their names. */
export function statementsOf(tables: Tables) {
  const sessions = tables('sessions')
  const clients = tables('clients')
  const ledger = tables('ledger')
  const items = tables('items')
  return named({
    now: `SELECT ${CLOCK} AS now`,
    sessions: `SELECT ${SESSION} FROM ${sessions} WHERE id = ANY(${LIST})`,
    sessionsNow: `SELECT n.now, s.* FROM (SELECT ${CLOCK} AS now) AS n
      LEFT JOIN (SELECT ${SESSION} FROM ${sessions}) AS s ON s.id = ANY(${LIST})`,
    sessionsWithDocument: `SELECT ${SESSION_WITH_DOCUMENT} FROM ${sessions} WHERE id = ANY(${LIST})`,
    due: `SELECT client_id FROM ${sessions} WHERE due_at <= $1 ORDER BY due_at LIMIT $2`,
    // A client before its session: where the client is another's, its session is left to whoever has it.
    lockDue: `SELECT c.id AS client_id FROM ${clients} AS c JOIN ${sessions} AS s ON s.client_id = c.id
      WHERE s.due_at <= $1 ORDER BY s.due_at LIMIT $2 FOR NO KEY UPDATE OF c, s SKIP LOCKED`,
    lockOpen: `SELECT id FROM ${sessions} WHERE client_id = ANY(${LIST}) AND closed_at IS NULL
      FOR NO KEY UPDATE SKIP LOCKED`,
    openOfUser: `SELECT DISTINCT client_id FROM ${sessions}
      WHERE user_id = $1 AND client_id > $2 AND closed_at IS NULL ORDER BY client_id LIMIT $3`,
    closed: `SELECT client_id FROM ${sessions} WHERE closed_at <= $1 ORDER BY closed_at LIMIT $2`,
    empty: `SELECT id FROM ${clients} AS c WHERE updated_at <= $1
      AND NOT EXISTS (SELECT FROM ${sessions} WHERE client_id = c.id) LIMIT $2`,
    purges: `SELECT session_id, client_id, purged_at FROM ${tables('purges')} WHERE session_id = ANY(${LIST})`,
    oldestDue: `SELECT due_at FROM ${sessions} WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
    // In their order, so that the index is read, and not the table where the planner expects that much is due.
    countDue: `SELECT count(*) AS total
      FROM (SELECT FROM ${sessions} WHERE due_at <= $1 ORDER BY due_at LIMIT $2) AS due`,

    // The horizon comes with each row, and where there is none by itself.
    feed: `SELECT h.horizon <= $1::bigint AS is_ahead, e.* FROM (SELECT ${horizonText(tables)} AS horizon) AS h
      LEFT JOIN LATERAL (SELECT ${ENTRY}, feed_order, feed_order || '.' || sequence AS cursor FROM ${ledger}
        WHERE feed_order < h.horizon AND (feed_order, sequence) > ($1::bigint, $2::bigint)
        ORDER BY feed_order, sequence LIMIT $3) AS e ON true
      ORDER BY e.feed_order, e.sequence`,
    feedEnd: `SELECT feed_order || '.' || sequence AS cursor FROM ${ledger}
      WHERE feed_order < ${horizonText(tables)} ORDER BY feed_order DESC, sequence DESC LIMIT 1`,

    item: `SELECT ${ITEM} FROM ${items} WHERE kind = $1 AND id = $2`,
    items: `SELECT ${ITEM} FROM ${items} WHERE kind = $1 ORDER BY id LIMIT ${MAXIMUM_LISTED}`,
    insertItem: `INSERT INTO ${items} (kind, id, version, value, expires_at)
      VALUES ($1, $2, 1, $3, $4) ON CONFLICT DO NOTHING RETURNING version`,
    updateItem: `UPDATE ${items} SET version = version + 1, value = $1, expires_at = $2
      WHERE kind = $3 AND id = $4 AND version = $5 RETURNING version`,
    deleteItem: `DELETE FROM ${items} WHERE kind = $1 AND id = $2 AND version = $3 RETURNING version`,
    deleteExpiredItems: `WITH expired AS MATERIALIZED (SELECT ctid AS place FROM ${items}
        WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      DELETE FROM ${items} AS t USING expired AS w WHERE t.ctid = w.place RETURNING version`,

    clientIdsFrom: `SELECT id FROM ${clients} WHERE id > $1 ORDER BY id LIMIT $2`,
    sessionIdsFrom: `(SELECT id FROM ${sessions} WHERE id > $1 ORDER BY id LIMIT $2)
      UNION (SELECT DISTINCT session_id FROM ${ledger} WHERE session_id > $1 ORDER BY session_id LIMIT $2)
      UNION (SELECT session_id FROM ${tables('purges')} WHERE session_id > $1 ORDER BY session_id LIMIT $2)
      ORDER BY 1 LIMIT $2`,
    entries: `SELECT ${ENTRY} FROM ${ledger} WHERE session_id = ANY(${LIST}) ORDER BY session_id, sequence`,
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

/** What a view is read of: the expressions of what is selected, where it is. */
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
 * Reads clients with their sessions in one statement, and so as of one moment. A row is a session's, which has a
 * `client_id`; a client's, which has none; or without any id, with the server's clock and the user's version.
 *
 * Rows of both kinds stand side by side, and are not joined: a client with many sessions is read once.
 */
export function viewText(tables: Tables, shape: ViewShape): string {
  const { documents, isTimed, userId, sessionIds, sessions } = shape
  const document = documents ? DOCUMENT : []
  const about = isTimed || userId !== null ? ['now', 'user_version'] : []
  const columns = [...new Set([...CLIENT_COLUMNS, ...SESSION_COLUMNS, ...document, ...about])]
  const sessionRows = rowText(columns, [...SESSION_COLUMNS, ...document])
  const held = `SELECT ${sessionRows} FROM wanted AS w JOIN ${tables('sessions')} AS t ON t.client_id = w.id`
  const parts = [
    about.length === 0 ? [] : [`SELECT ${aboutText(columns, tables, shape)}`],
    `SELECT ${rowText(columns, [...CLIENT_COLUMNS, ...document])} FROM wanted AS w JOIN ${tables('clients')} AS t USING (id)`,
    sessions === 'all' ? held : `${held} WHERE t.closed_at IS NULL`,
    sessions === 'all' || sessionIds === null
      ? []
      : `SELECT ${sessionRows} FROM named AS t WHERE t.closed_at IS NOT NULL`,
  ]
  return `WITH ${wantedText(tables, shape)} ${parts.flat().join(' UNION ALL ')}`
}

/** Columns of a table, and nulls for those that are of another. */
function rowText(columns: readonly string[], own: readonly string[]): string {
  return columns.map((name) => (own.includes(name) ? `t.${name}` : `${nullText(name)} AS ${name}`)).join(', ')
}

function aboutText(columns: readonly string[], tables: Tables, { isTimed, userId }: ViewShape): string {
  const values: Readonly<Record<string, string>> = {
    now: isTimed ? CLOCK : nullText('now'),
    user_version: `(SELECT version FROM ${tables('users')} WHERE id = ${userId})`,
  }
  return columns.map((name) => `${values[name] ?? nullText(name)} AS ${name}`).join(', ')
}

function nullText(name: string): string {
  const type = /_at$|^now$/.test(name) ? 'bigint' : /version$|^place$/.test(name) ? 'integer' : 'text'
  return `NULL::${type}`
}

/** Locks a user, where there is one. */
export function userLockText(tables: Tables): string {
  return `SELECT FROM ${tables('users')} WHERE id = $1 FOR UPDATE`
}

/** Locks the clients that a view is read of. */
export function clientLockText(tables: Tables, shape: ViewShape): string {
  return `WITH ${wantedText(tables, shape)}
    SELECT FROM ${tables('clients')} WHERE id IN (SELECT id FROM wanted) ORDER BY id FOR UPDATE`
}

/** Locks the sessions that a view is read of. Closed ones are written with their client only, and the lock is on that. */
export function sessionLockText(tables: Tables, shape: ViewShape): string {
  return `WITH ${wantedText(tables, shape)}
    SELECT FROM ${tables('sessions')} WHERE client_id IN (SELECT id FROM wanted) AND closed_at IS NULL
    ORDER BY id FOR UPDATE`
}

/** The sessions that are named, as `named`, and the ids of the clients that are selected, as `wanted`. */
function wantedText(tables: Tables, { clientIds, sessionIds, userId }: ViewShape): string {
  const sessions = tables('sessions')
  const named = `named AS MATERIALIZED (SELECT * FROM ${sessions} WHERE id = ANY(${sessionIds})), `
  const parts = [
    clientIds === null ? [] : `SELECT unnest(${clientIds}) AS id`,
    sessionIds === null ? [] : 'SELECT client_id AS id FROM named',
    userId === null ? [] : `SELECT client_id AS id FROM ${sessions} WHERE user_id = ${userId} AND closed_at IS NULL`,
  ]
  const ids = parts.flat().join(' UNION ALL ') || 'SELECT NULL::text AS id'
  return `${sessionIds === null ? '' : named}wanted AS MATERIALIZED (SELECT DISTINCT id FROM (${ids}) AS ids)`
}
