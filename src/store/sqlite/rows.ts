import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { Form } from '../../domain/form.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId, UserId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import type { Cause } from '../../domain/transition.ts'
import type { LedgerWrite, SessionWrite } from '../client-change.ts'
import type { LedgerEntry, PurgeMark, StoredClient, StoredDocument, StoredSession } from '../port.ts'

/** A row as the driver gives it. Instants are below 2^53, so they come as numbers. */
export type Row = Record<string, SQLOutputValue>

/** A session's row as a session. Its document is there where its column was read. */
export function toSession(row: Row): StoredSession {
  const session = {
    id: row['id'] as SessionId,
    clientId: row['client_id'] as ClientId,
    userId: row['user_id'] as UserId,
    status: row['status'] as Status,
    lastActiveAt: row['last_active_at'] as EpochMs,
    expireAt: row['expire_at'] as EpochMs,
    abandonAt: row['abandon_at'] as EpochMs,
    updatedAt: row['updated_at'] as EpochMs,
    createdAt: row['created_at'] as EpochMs,
    version: row['version'] as number,
    place: row['place'] as number,
    closedAt: row['closed_at'] as EpochMs | null,
  }
  return row['document'] === undefined ? session : { ...session, document: toDocument(row) }
}

/** A client's row, and the sessions read for it, as a client. */
export function toClient(row: Row, sessions: readonly StoredSession[]): StoredClient {
  const client = {
    id: row['id'] as ClientId,
    sessionIds: JSON.parse(row['session_ids'] as string) as SessionId[],
    sessions,
    lastActiveSessionId: row['last_active_session_id'] as SessionId | null,
    updatedAt: row['updated_at'] as EpochMs,
    createdAt: row['created_at'] as EpochMs,
    version: row['version'] as number,
  }
  return row['document'] === undefined ? client : { ...client, document: toDocument(row) }
}

function toDocument(row: Row): StoredDocument | null {
  return row['document'] === null ? null : { form: row['form'] as Form, text: row['document'] as string }
}

/** A ledger row as an entry. */
export function toEntry(row: Row): LedgerEntry {
  const entry = {
    sequence: row['sequence'] as number,
    version: row['version'] as number,
    clientId: row['client_id'] as ClientId,
    sessionId: row['session_id'] as SessionId,
    userId: row['user_id'] as UserId,
    from: row['from_status'] as Status | null,
    to: row['to_status'] as Status,
    cause: row['cause'] as Cause,
    at: row['at'] as EpochMs,
    recordedAt: row['recorded_at'] as EpochMs,
  }
  return row['asked_by'] === null ? entry : { ...entry, askedBy: row['asked_by'] as string }
}

/** A purge mark's row as a mark. */
export function toPurgeMark(row: Row): PurgeMark {
  return {
    sessionId: row['session_id'] as SessionId,
    clientId: row['client_id'] as ClientId,
    purgedAt: row['purged_at'] as EpochMs,
  }
}

/** The parameters that insert a client. */
export function clientInsert(client: StoredClient): SQLInputValue[] {
  const { id, version, sessionIds, lastActiveSessionId, createdAt, updatedAt } = client
  const document = client.document ?? null
  const rest = [document?.form ?? null, document?.text ?? null]
  return [id, version, JSON.stringify(sessionIds), lastActiveSessionId, createdAt, updatedAt, ...rest]
}

/** The parameters that write a client over the version before. */
export function clientUpdate(client: StoredClient): SQLInputValue[] {
  const { id, version, sessionIds, lastActiveSessionId, updatedAt, document } = client
  const changed = [JSON.stringify(sessionIds), lastActiveSessionId, updatedAt]
  return [...changed, document?.form ?? null, document?.text ?? null, id, version - 1]
}

/** The parameters that insert a session. */
export function sessionInsert({ session, dueAt }: SessionWrite): SQLInputValue[] {
  const { id, clientId, userId, status, version, place, createdAt, updatedAt, lastActiveAt } = session
  const { expireAt, abandonAt, closedAt, document } = session
  const ids = [id, clientId, userId, status, version, place]
  const instants = [createdAt, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, dueAt]
  return [...ids, ...instants, document?.form ?? null, document?.text ?? null]
}

/** The parameters that write a session over the version before. */
export function sessionUpdate({ session, dueAt }: SessionWrite): SQLInputValue[] {
  const { id, version, status, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, document } = session
  const changed = [status, updatedAt, lastActiveAt, expireAt, abandonAt, closedAt, dueAt]
  return [...changed, document?.form ?? null, document?.text ?? null, id, version - 1]
}

/** The parameters that insert a ledger row. */
export function entryInsert(entry: LedgerWrite): SQLInputValue[] {
  const { sessionId, clientId, userId, version, from, to, cause, at, recordedAt, askedBy } = entry
  return [sessionId, clientId, userId, version, from, to, cause, at, recordedAt, askedBy ?? null]
}
