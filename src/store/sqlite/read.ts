import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import type { Selection, StoredClient, StoredSession, StoredUser, View } from '../port.ts'
import { type Row, toClient, toSession } from '../rows.ts'
import type { Statements } from './statements.ts'

/** Reads what is selected, as it is now. */
export function readView(statements: Statements, selection: Selection, now: () => EpochMs): View {
  const user = selection.userId === undefined ? null : readUser(statements, selection.userId)
  const clients: StoredClient[] = []
  for (const [id, sessionIds] of clientsOf(statements, selection)) {
    const client = readClient(statements, id, { ...selection, sessionIds })
    if (client !== null) clients.push(client)
  }
  return { clients, now: now(), user }
}

/** The clients that are selected, and of the sessions that are, those that each holds. */
function clientsOf(
  statements: Statements,
  { clientIds = [], sessionIds = [], userId }: Selection,
): ReadonlyMap<ClientId, readonly SessionId[]> {
  const clients = new Map<ClientId, SessionId[]>(clientIds.map((id) => [id, []]))
  for (const id of new Set(sessionIds)) {
    const row = statements.clientIdOfSession.get(id)
    if (row === undefined) continue
    const clientId = row['client_id'] as ClientId
    const held = clients.get(clientId)
    if (held === undefined) clients.set(clientId, [id])
    else held.push(id)
  }
  if (userId === undefined) return clients
  for (const row of statements.clientIdsOfUser.all(userId)) {
    const clientId = row['client_id'] as ClientId
    if (!clients.has(clientId)) clients.set(clientId, [])
  }
  return clients
}

/**
 * One client with the sessions that a selection asks for; `null` where it is not there.
 *
 * @param selection Its `sessionIds` are the client's own.
 */
export function readClient(statements: Statements, id: ClientId, selection: Selection): StoredClient | null {
  const { documents = false, sessionIds = [] } = selection
  const row = documents ? statements.clientWithDocument.get(id) : statements.client.get(id)
  if (row === undefined) return null
  const sessions = sessionRowsOf(statements, id, selection).map(toSession)
  if (selection.sessions === 'all') return toClient(row, sessions)
  const closed = sessionIds.flatMap((sessionId) => closedSession(statements, sessionId, sessions, documents))
  return toClient(row, closed.length === 0 ? sessions : [...sessions, ...closed].sort((a, b) => a.place - b.place))
}

function sessionRowsOf(statements: Statements, id: ClientId, { sessions, documents }: Selection): Row[] {
  if (sessions === 'all') return (documents ? statements.sessionsWithDocument : statements.sessions).all(id)
  return (documents ? statements.openSessionsWithDocument : statements.openSessions).all(id)
}

/** A session that was asked for by its id, where it is not among the open ones. */
function closedSession(
  statements: Statements,
  id: SessionId,
  open: readonly StoredSession[],
  documents: boolean,
): StoredSession[] {
  if (open.some((session) => session.id === id)) return []
  const row = (documents ? statements.sessionWithDocument : statements.session).get(id)
  return row === undefined ? [] : [toSession(row)]
}

function readUser(statements: Statements, id: StoredUser['id']): StoredUser {
  return { id, version: (statements.user.get(id)?.['version'] as number | undefined) ?? 0 }
}
