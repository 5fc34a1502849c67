import type { SQLInputValue } from 'node:sqlite'
import type { LedgerWrite, SessionWrite } from '../client-change.ts'
import type { StoredClient } from '../port.ts'
import { documentText } from '../rows.ts'

/** The parameters that insert a client. */
export function clientInsert(client: StoredClient): SQLInputValue[] {
  const { id, version, sessionIds, lastActiveSessionId, createdAt, updatedAt } = client
  const document = client.document ?? null
  const rest = [document?.form ?? null, documentText(document)]
  return [id, version, JSON.stringify(sessionIds), lastActiveSessionId, createdAt, updatedAt, ...rest]
}

/** The parameters that write a client over the version before. */
export function clientUpdate(client: StoredClient): SQLInputValue[] {
  const { id, version, sessionIds, lastActiveSessionId, updatedAt, document } = client
  const changed = [JSON.stringify(sessionIds), lastActiveSessionId, updatedAt]
  return [...changed, document?.form ?? null, documentText(document), id, version - 1]
}

/** The parameters that insert a session. */
export function sessionInsert({ session, dueAt }: SessionWrite): SQLInputValue[] {
  const { id, clientId, userId, status, version, place, createdAt, updatedAt, lastActiveAt } = session
  const { expireAt, abandonAt, closedAt, document } = session
  const ids = [id, clientId, userId, status, version, place]
  const instants = [createdAt, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, dueAt]
  return [...ids, ...instants, document?.form ?? null, documentText(document)]
}

/** The parameters that write a session over the version before. */
export function sessionUpdate({ session, dueAt }: SessionWrite): SQLInputValue[] {
  const { id, version, status, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, document } = session
  const changed = [status, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, dueAt]
  return [...changed, document?.form ?? null, documentText(document), id, version - 1]
}

/** The parameters that write an open session without a document over the version before, its next deadline too. */
export function sessionMove({ session, dueAt }: SessionWrite): SQLInputValue[] {
  const { id, version, status, updatedAt, lastActiveAt, expireAt, abandonAt } = session
  return [status, updatedAt, lastActiveAt, expireAt, abandonAt, dueAt, id, version - 1]
}

/** The parameters that write an open session without a document over the version before, due when it was. */
export function sessionTouch({ session }: SessionWrite): SQLInputValue[] {
  const { id, version, status, updatedAt, lastActiveAt, expireAt, abandonAt } = session
  return [status, updatedAt, lastActiveAt, expireAt, abandonAt, id, version - 1]
}

/** The parameters that insert a ledger row. */
export function entryInsert(entry: LedgerWrite): SQLInputValue[] {
  const { sessionId, clientId, userId, version, from, to, cause, at, recordedAt, askedBy } = entry
  return [sessionId, clientId, userId, version, from, to, cause, at, recordedAt, askedBy ?? null]
}
