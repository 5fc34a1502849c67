/**
 * Requests that may be given again, each with a key of its caller's: done once, and answered the same each time.
 *
 *   absent   -- begin  --> running    a lease is kept in the store, and the ids that the request will give
 *   running  -- finish --> done       the answer is kept
 *   running  -- (lease ends) --> running    whoever had it died: the next one goes on with the same ids
 *   done     -- (kept for a day) --> absent
 *
 * Because the ids are kept before anything is done, a request that is taken up again after a crash finds what the first
 * one made, and makes nothing twice.
 *
 * @see draft-ietf-httpapi-idempotency-key-header-07, section 2
 */
import { newSessionId } from '../domain/ids.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { SessionId } from '../domain/session.ts'
import { isExpired } from '../store/item.ts'
import type { Store, StoredItem } from '../store/port.ts'
import { sha256 } from './digest.ts'

/** A request with an idempotency key. */
export interface KeyedRequest {
  /** Whose key it is: two callers may choose the same one. */
  readonly caller: string
  readonly key: string
  /** All that makes it this request: its method, its path, its body. */
  readonly content: string
}

/** An answer, as it is given again. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What is to be done with a request. */
export type Beginning =
  /** It is the first: to be done with this session's id, and then finished or given up. */
  | { readonly state: 'begun'; readonly sessionId: SessionId; readonly lease: StoredItem }
  | { readonly state: 'done'; readonly answer: KeptAnswer }
  /** It is under way, elsewhere or here. */
  | { readonly state: 'running' }
  /** The key was used for another request. */
  | { readonly state: 'another' }

/** How long an answer is kept, milliseconds. */
const KEPT = 86_400_000

/** How long a request may be under way before somebody else takes it up, milliseconds. */
const LEASE = 60_000

const IDEMPOTENCY = 'idempotency'

interface StoredRequest {
  /** The digest of its content. */
  readonly content: string
  readonly sessionId: SessionId
  readonly leasedUntil: number
  readonly answer: KeptAnswer | null
}

/** Begins a request, or says what became of it. @throws {StoreError} When the store fails. */
export async function beginKeyed(store: Store, request: KeyedRequest, randomness: Randomness): Promise<Beginning> {
  // Both are of any length, and neither is anybody else's business.
  const id = sha256(JSON.stringify([request.caller, request.key]))
  const content = sha256(request.content)
  const now = await store.now()
  const item = await store.findItem(IDEMPOTENCY, id)
  const known = item === null || isExpired(item, now) ? null : (JSON.parse(item.value) as StoredRequest)
  if (known !== null && known.content !== content) return { state: 'another' }
  if (known !== null && known.answer !== null) return { state: 'done', answer: known.answer }
  if (known !== null && now < known.leasedUntil) return { state: 'running' }
  const sessionId = known?.sessionId ?? newSessionId(now, randomness)
  const running = { content, sessionId, leasedUntil: now + LEASE, answer: null }
  const lease = itemOf(id, running, item?.version ?? 0, now)
  if (!(await store.putItem(lease))) return { state: 'running' }
  return { state: 'begun', sessionId, lease: { ...lease, version: lease.version + 1 } }
}

/** Keeps the answer of a request that was begun. Where the lease went to somebody else, theirs is kept. */
export async function finishKeyed(store: Store, lease: StoredItem, answer: KeptAnswer): Promise<void> {
  const stored = JSON.parse(lease.value) as StoredRequest
  await store.putItem(itemOf(lease.id, { ...stored, answer }, lease.version, await store.now()))
}

/** Gives a request up that did nothing, so that it may be tried again at once. */
export async function abandonKeyed(store: Store, lease: StoredItem): Promise<void> {
  const stored = JSON.parse(lease.value) as StoredRequest
  await store.putItem(itemOf(lease.id, { ...stored, leasedUntil: 0 }, lease.version, await store.now()))
}

function itemOf(id: string, stored: StoredRequest, version: number, now: EpochMs): StoredItem {
  const expiresAt = (now + KEPT) as EpochMs
  return { kind: IDEMPOTENCY, id, version, value: JSON.stringify(stored), expiresAt }
}
