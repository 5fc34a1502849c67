import { showClient } from '../domain/client-law.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Policy } from '../domain/policy.ts'
import type { Client, Session } from '../domain/session.ts'
import { settleClient } from '../lifecycle/client.ts'
import { settleSession } from '../lifecycle/settle-session.ts'
import { membersOf } from '../snapshot/stored-document.ts'
import type { StoredClient, StoredSession } from '../store/port.ts'

/** A session as the service answers it, settled at the instant of the answer. */
export interface SessionRecord extends Session {
  /** How many times it was written. Settling in an answer is no write. */
  readonly version: number
}

/** A client as the service answers it: settled, and showing what its mode lets it show. */
export interface ClientRecord extends Client<SessionRecord> {
  /** How many times it was written; a touch of its last active session alone does not count. */
  readonly version: number
}

/** What is answered of a session after a command: what the lifecycle knows of it. */
export function toSessionRecord(session: StoredSession): SessionRecord {
  return {
    id: session.id,
    clientId: session.clientId,
    userId: session.userId,
    status: session.status,
    lastActiveAt: session.lastActiveAt,
    expireAt: session.expireAt,
    abandonAt: session.abandonAt,
    updatedAt: session.updatedAt,
    createdAt: session.createdAt,
    version: session.version,
  }
}

/** The session of an id, of a client that holds it. */
export function sessionOf({ sessions }: StoredClient, id: string): StoredSession {
  const session = sessions.find((each) => each.id === id)
  if (session === undefined) throw new TypeError('the client does not hold the session that it was found by')
  return session
}

/** A session as it is at an instant, with the members of its snapshot. */
export function settledRecord(stored: StoredSession, now: EpochMs): SessionRecord {
  const session = toSessionRecord(settleSession(stored, now).session)
  return stored.document === null || stored.document === undefined
    ? session
    : { ...membersOf(stored.document, 'session'), ...session }
}

/** A client as it is at an instant, with the members of its snapshot. */
export function clientRecord(stored: StoredClient, now: EpochMs, policy: Policy): ClientRecord {
  const settled = settleClient(stored, now).client
  const sessions = settled.sessions.map((session) => settledRecord(session, now))
  const { id, sessionIds, lastActiveSessionId, updatedAt, createdAt, version } = settled
  const client = { id, sessionIds, sessions, lastActiveSessionId, updatedAt, createdAt, version }
  const members = stored.document ? membersOf(stored.document, 'client') : {}
  return showClient({ ...members, ...client }, policy)
}
