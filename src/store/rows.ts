import type { Form } from '../domain/form.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { ClientId, SessionId, UserId } from '../domain/session.ts'
import type { Status } from '../domain/status.ts'
import type { Cause } from '../domain/transition.ts'
import type { LedgerEntry, PurgeMark, StoredClient, StoredDocument, StoredItem, StoredSession } from './port.ts'

/** A row as a driver gives it, by the columns' names. Instants are below 2^53, so they come as numbers. */
export type Row = Readonly<Record<string, unknown>>

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

/** An item's row as an item. */
export function toStoredItem(row: Row): StoredItem {
  return {
    kind: row['kind'] as string,
    id: row['id'] as string,
    version: row['version'] as number,
    value: row['value'] as string,
    expiresAt: row['expires_at'] as EpochMs | null,
  }
}

/** Text that every database can hold. An id that is no such text is nobody's. */
export function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** A document's text as it is written; `null` where there is none. */
export function documentText(document: StoredDocument | null | undefined): string | null {
  return document === null || document === undefined ? null : jsonText(document.text)
}

/**
 * JSON text as it is written: lone surrogates, which no database's text holds, are escaped as JSON can.
 *
 * Well-formed text comes back as it is. In JSON they can stand within strings only, where `\ud800` means the same.
 */
export function jsonText(text: string): string {
  if (text.isWellFormed()) return text
  return text.replaceAll(/\p{Cs}/gu, (surrogate) => `\\u${surrogate.charCodeAt(0).toString(16)}`)
}
