import type { EpochMs } from '../domain/instant.ts'
import type { SessionId } from '../domain/session.ts'
import type { Finding } from '../snapshot/findings.ts'
import { isExpired } from '../store/item.ts'
import type { Dependencies } from './dependencies.ts'
import { sha256 } from './digest.ts'
import type { ImportedDocument } from './import/import-batch.ts'
import type { Snapshot } from './import/read-snapshot.ts'
import { importNews } from './ingest/import-news.ts'
import { inEvent, readClerkEvent } from './ingest/read-clerk-event.ts'
import { findSignature, isSignedWith, isTimely, type WebhookHeaders } from './svix.ts'

/** A webhook as it came in: its headers, and the bytes of its body. */
export interface WebhookDelivery {
  readonly headers: WebhookHeaders
  readonly body: Uint8Array
}

/** What became of a webhook. */
export type IngestOutcome =
  | {
      readonly taken: true
      /**
       * `imported`: written. `unchanged`: the store knew as much. `ignored`: not of a session. `repeated`: it was taken before.
       */
      readonly result: 'imported' | 'unchanged' | 'ignored' | 'repeated'
      readonly sessionId: SessionId | null
      readonly sessions: ImportedDocument['sessions']
    }
  /** Why it is nobody's: headers are missing, it is signed with another secret or over other bytes, or too long ago. */
  | { readonly taken: false; readonly reason: 'unsigned' | 'forged' | 'untimely' }
  | { readonly taken: false; readonly reason: 'unreadable'; readonly message: string }
  | { readonly taken: false; readonly reason: 'rejected'; readonly errors: readonly Finding[] }

const INGESTED = 'ingested-webhook'

/** How long it is known that a webhook was taken, milliseconds: longer by far than a signature is good for. */
const KEPT = 86_400_000

const NONE: ImportedDocument['sessions'] = { added: [], changed: [], kept: [] }

/**
 * Takes a webhook of Clerk's: its session is merged into its client, as an import of it would be.
 *
 * Each is done once, by its id. It is noted as done after it was imported, and whoever dies in between is sent it again: what
 * was imported once changes nothing the second time. Of those that come at the same time one is `imported`, and the others
 * are `unchanged` or `repeated`.
 *
 * @param secret What Clerk signs with.
 * @throws {StoreError} When the store fails; the webhook is to be sent again then.
 * @see snapshotWith in ingest/snapshot-with.ts and mergeSession in import/merge-session.ts for what is merged how
 */
export async function ingestClerk(
  dependencies: Dependencies,
  secret: Uint8Array,
  { headers, body }: WebhookDelivery,
): Promise<IngestOutcome> {
  const { store, policy } = dependencies
  const message = findSignature(headers, body)
  if (message === null) return { taken: false, reason: 'unsigned' }
  if (!isSignedWith(secret, message)) return { taken: false, reason: 'forged' }
  // The store is not asked for who has no secret.
  const now = await store.now()
  if (!isTimely(message, now)) return { taken: false, reason: 'untimely' }
  const event = readClerkEvent(body, { now, sessionMode: policy.sessionMode })
  if (event.kind === 'unreadable') return { taken: false, reason: 'unreadable', message: event.message }
  if (event.kind === 'rejected') return { taken: false, reason: 'rejected', errors: event.errors }
  if (event.kind === 'other') return { taken: true, result: 'ignored', sessionId: null, sessions: NONE }
  return ingestSession(dependencies, message.id, event.news, now)
}

/** Imports the session of a webhook, where that was not done before. */
async function ingestSession(
  dependencies: Dependencies,
  messageId: string,
  news: Snapshot,
  now: EpochMs,
): Promise<IngestOutcome> {
  const { store } = dependencies
  const sessionId = news.client.sessions[0]?.id ?? null
  // Of any length, and of any characters.
  const id = sha256(messageId)
  const item = await store.findItem(INGESTED, id)
  if (item !== null && !isExpired(item, now)) return { taken: true, result: 'repeated', sessionId, sessions: NONE }
  const result = await importNews(dependencies, news)
  if (result.result === 'rejected') return { taken: false, reason: 'rejected', errors: inEvent(result.errors) }
  const expiresAt = (now + KEPT) as EpochMs
  // Where another process noted it meanwhile, it is noted.
  await store.putItem({ kind: INGESTED, id, version: item?.version ?? 0, value: '{}', expiresAt })
  return { taken: true, result: result.result, sessionId, sessions: result.sessions }
}
