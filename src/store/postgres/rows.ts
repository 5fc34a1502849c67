import type { LedgerWrite, SessionWrite } from '../client-change.ts'
import type { PurgeMark, StoredClient } from '../port.ts'
import { documentText, isText } from '../rows.ts'
import type { Value } from './database.ts'

/** A column of rows that are written: its name, the server's type, and what of an item it holds. */
export interface Column<T> {
  readonly name: string
  readonly type: 'text' | 'integer' | 'bigint'
  readonly of: (item: T) => Value
}

/** A list as the server reads it. @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export function listOf(values: readonly Value[]): string {
  return `{${values.map(elementOf).join(',')}}`
}

function elementOf(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  // Ids and statuses hold neither, and looking is less work than replacing nothing.
  return /["\\]/.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : `"${value}"`
}

/** A key to read on behind. Behind one that the server cannot hold come the same rows as behind this: ids hold no controls. */
export function keyOf(text: string): string {
  return isText(text) ? text : text.replace(/\0.*$/su, '\u0001').toWellFormed()
}

const ID: Column<{ readonly id: string }> = { name: 'id', type: 'text', of: ({ id }) => id }

/** A row to delete. */
export const DELETION: readonly Column<{ readonly id: string; readonly version: number }>[] = [
  ID,
  { name: 'version', type: 'integer', of: ({ version }) => version },
]

const CLIENT_CHANGES: readonly Column<StoredClient>[] = [
  { name: 'session_ids', type: 'text', of: ({ sessionIds }) => JSON.stringify(sessionIds) },
  { name: 'last_active_session_id', type: 'text', of: ({ lastActiveSessionId }) => lastActiveSessionId },
  { name: 'updated_at', type: 'bigint', of: ({ updatedAt }) => updatedAt },
]

const CLIENT_DOCUMENT: readonly Column<StoredClient>[] = [
  { name: 'form', type: 'text', of: ({ document }) => document?.form ?? null },
  { name: 'document', type: 'text', of: ({ document }) => documentText(document) },
]

/** A new client. */
export const NEW_CLIENT: readonly Column<StoredClient>[] = [
  ID,
  { name: 'version', type: 'integer', of: ({ version }) => version },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  ...CLIENT_CHANGES,
  ...CLIENT_DOCUMENT,
]

/** A client written over the version before. */
export const CLIENT: readonly Column<StoredClient>[] = [
  ID,
  { name: 'version', type: 'integer', of: ({ version }) => version - 1 },
  ...CLIENT_CHANGES,
]

/** A client written over the version before, with its document where it has a new one. */
export const CLIENT_WITH_DOCUMENT: readonly Column<StoredClient>[] = [...CLIENT, ...CLIENT_DOCUMENT]

const SESSION_ID: Column<SessionWrite> = { name: 'id', type: 'text', of: ({ session }) => session.id }

const SESSION_CHANGES: readonly Column<SessionWrite>[] = [
  { name: 'status', type: 'text', of: ({ session }) => session.status },
  { name: 'updated_at', type: 'bigint', of: ({ session }) => session.updatedAt },
  { name: 'last_active_at', type: 'bigint', of: ({ session }) => session.lastActiveAt },
  { name: 'expire_at', type: 'bigint', of: ({ session }) => session.expireAt },
  { name: 'abandon_at', type: 'bigint', of: ({ session }) => session.abandonAt },
  { name: 'closed_at', type: 'bigint', of: ({ session }) => session.closedAt },
  { name: 'due_at', type: 'bigint', of: ({ dueAt }) => dueAt },
]

const SESSION_DOCUMENT: readonly Column<SessionWrite>[] = [
  { name: 'form', type: 'text', of: ({ session }) => session.document?.form ?? null },
  { name: 'document', type: 'text', of: ({ session }) => documentText(session.document) },
]

/** A new session. */
export const NEW_SESSION: readonly Column<SessionWrite>[] = [
  SESSION_ID,
  { name: 'client_id', type: 'text', of: ({ session }) => session.clientId },
  { name: 'user_id', type: 'text', of: ({ session }) => session.userId },
  { name: 'version', type: 'integer', of: ({ session }) => session.version },
  { name: 'place', type: 'integer', of: ({ session }) => session.place },
  { name: 'created_at', type: 'bigint', of: ({ session }) => session.createdAt },
  ...SESSION_CHANGES,
  ...SESSION_DOCUMENT,
]

/** A session written over the version before. */
export const SESSION: readonly Column<SessionWrite>[] = [
  SESSION_ID,
  { name: 'version', type: 'integer', of: ({ session }) => session.version - 1 },
  ...SESSION_CHANGES,
]

/** A session written over the version before, with its document where it has a new one. */
export const SESSION_WITH_DOCUMENT: readonly Column<SessionWrite>[] = [...SESSION, ...SESSION_DOCUMENT]

/** What stands for a purged session. */
export const MARK: readonly Column<PurgeMark>[] = [
  { name: 'session_id', type: 'text', of: ({ sessionId }) => sessionId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'purged_at', type: 'bigint', of: ({ purgedAt }) => purgedAt },
]

/** A ledger row. */
export const ENTRY: readonly Column<LedgerWrite>[] = [
  { name: 'session_id', type: 'text', of: ({ sessionId }) => sessionId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'user_id', type: 'text', of: ({ userId }) => userId },
  { name: 'version', type: 'integer', of: ({ version }) => version },
  { name: 'from_status', type: 'text', of: ({ from }) => from },
  { name: 'to_status', type: 'text', of: ({ to }) => to },
  { name: 'cause', type: 'text', of: ({ cause }) => cause },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'recorded_at', type: 'bigint', of: ({ recordedAt }) => recordedAt },
  { name: 'asked_by', type: 'text', of: ({ askedBy }) => askedBy ?? null },
]
