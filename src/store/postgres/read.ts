import type { EpochMs } from '../../domain/instant.ts'
import type { SessionId } from '../../domain/session.ts'
import type { Selection, StoredClient, StoredSession, View } from '../port.ts'
import { isText, type Row, toClient, toSession } from '../rows.ts'
import type { Statement, Tables, Value } from './database.ts'
import { listOf } from './rows.ts'
import { clientLockText, listText, sessionLockText, userLockText, type ViewShape, viewText } from './statements.ts'

/** The session that a selection names, where it is all that it names: what a command on one session selects. */
export function soleSession(selection: Selection): SessionId | null {
  const { clientIds = [], sessionIds = [], userId, sessions, documents = false } = selection
  const isSole = sessionIds.length === 1 && clientIds.length === 0 && userId === undefined
  return isSole && sessions === 'open' && !documents ? (sessionIds[0] ?? null) : null
}

/** The statement that reads a selection; with the server's clock where it is timed. */
export function viewStatement(tables: Tables, selection: Selection, isTimed: boolean): Statement {
  const { name, shape, values } = shapeOf(selection, isTimed)
  return { name: `view${name}`, text: viewText(tables, shape), values }
}

/** A user who never signed in under a maximum has no row to lock; those who are the first at once wait here. */
const LOCK_USER_ID = { name: 'lockUserId', text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))' }

/**
 * The statements that lock a selection, each kind of row in the order of its ids: the user, the clients, and their
 * sessions as they are once the clients are locked, so that none that came in meanwhile is missed.
 */
export function lockStatements(tables: Tables, selection: Selection): readonly Statement[] {
  const { name, shape, values } = shapeOf(selection, false)
  const { userId } = selection
  const user = userId !== undefined && isText(userId)
  return [
    ...(user
      ? [
          { ...LOCK_USER_ID, values: [userId] },
          { name: 'lockUser', text: userLockText(tables), values: [userId] },
        ]
      : []),
    { name: `lockClients${name}`, text: clientLockText(tables, shape), values },
    { name: `lockSessions${name}`, text: sessionLockText(tables, shape), values },
  ]
}

/** Binds what a selection names, and says of which shape it is. Ids that the server cannot hold are left out. */
function shapeOf(
  { clientIds = [], sessionIds = [], userId, sessions, documents = false }: Selection,
  isTimed: boolean,
) {
  const values: Value[] = []
  const bind = (value: Value) => `$${values.push(value)}`
  const bindList = (ids: readonly string[]) =>
    ids.length === 0 ? null : listText(bind(listOf(ids.filter(isText))), 'text')
  const shape: ViewShape = {
    clientIds: bindList(clientIds),
    sessionIds: bindList(sessionIds),
    userId: userId === undefined ? null : `${bind(isText(userId) ? userId : null)}::text`,
    sessions,
    documents,
    isTimed,
  }
  const named = [shape.clientIds, shape.sessionIds, shape.userId].map((each) => (each === null ? 0 : 1)).join('')
  return { name: `${named}${sessions}${documents ? 1 : 0}`, shape, values }
}

/** What was read of a selection. */
export function viewOf(rows: readonly Row[], { userId }: Selection, now: EpochMs): View {
  const user = userId === undefined ? null : { id: userId, version: (rows[0]?.['user_version'] as number | null) ?? 0 }
  return { clients: clientsOf(rows), now, user }
}

/** The clients that rows hold, by their ids, each with its sessions by their places. */
export function clientsOf(rows: readonly Row[]): StoredClient[] {
  const clients: StoredClient[] = []
  const held = new Map<unknown, StoredSession[]>()
  for (const row of rows) {
    if (row['client_id'] !== null || row['id'] === null) continue
    const sessions: StoredSession[] = []
    held.set(row['id'], sessions)
    clients.push(toClient(row, sessions))
  }
  for (const row of rows) if (row['client_id'] !== null) held.get(row['client_id'])?.push(toSession(row))
  for (const sessions of held.values()) sessions.sort((a, b) => a.place - b.place)
  return clients.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * What a batch of commands on one session each has read, each with its own client.
 *
 * Commands on several sessions of one client share the rows; a closed session is there for the one that named it only.
 */
export function soleViews(ids: readonly SessionId[], rows: readonly Row[], now: EpochMs): View[] {
  const holders = new Map<SessionId, StoredClient>()
  for (const client of clientsOf(rows)) for (const { id } of client.sessions) holders.set(id, client)
  return ids.map((id) => {
    const client = holders.get(id)
    return { clients: client === undefined ? [] : [seenBy(id, client)], now, user: null }
  })
}

function seenBy(id: SessionId, client: StoredClient): StoredClient {
  const isSeen = (session: StoredSession) => session.closedAt === null || session.id === id
  return client.sessions.every(isSeen) ? client : { ...client, sessions: client.sessions.filter(isSeen) }
}
