import { StoreError } from '../../domain/errors.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import type { Transition } from '../../domain/transition.ts'
import type { Finding } from '../../snapshot/findings.ts'
import type { Decision, Selection, View } from '../../store/port.ts'
import type { Dependencies } from '../dependencies.ts'
import { findConflicts } from './find-conflicts.ts'
import { type KeptSession, mergeClient } from './merge-client.ts'
import type { ReadSnapshot } from './read-snapshot.ts'
import { hasLost, WorkingClients } from './working-clients.ts'

/** What an import did with one document. It was durable before it was told. */
export type ImportResult = ImportedDocument | RejectedDocument

/** A document that was taken, or that said nothing new. */
export interface ImportedDocument {
  /** The document's place in the stream, from 0. */
  readonly index: number
  /** The client's id. */
  readonly id: ClientId
  /** `unchanged`: nothing was written. */
  readonly result: 'imported' | 'unchanged'
  readonly errors: readonly []
  readonly sessions: {
    /** Sessions that were not stored before. */
    readonly added: readonly SessionId[]
    /** Sessions that were stored, and were written again. */
    readonly changed: readonly SessionId[]
    /** Sessions that the document has and the store knows better. */
    readonly kept: readonly KeptSession[]
  }
  /** As they were written, each session's in the order they happened. */
  readonly transitions: readonly Transition[]
}

/** A document of which nothing was written, and why. */
export interface RejectedDocument {
  readonly index: number
  /** The id it goes by, where it has one to go by. */
  readonly id: string | null
  readonly result: 'rejected'
  readonly errors: readonly Finding[]
}

/** A document of a batch: its place in the stream, and what it was read as. */
export interface BatchEntry {
  readonly index: number
  readonly read: ReadSnapshot
}

/** How often a batch is tried before its documents are tried one by one, and how often each of them is. */
const BATCH_TRIES = 2
const UNLOCKED_TRIES = 3
const LOCKED_TRIES = 3

/**
 * Writes some documents in one transaction: all of them, or none where the store fails.
 *
 * Where others write to the same clients meanwhile, it is tried again, and then document by document.
 *
 * @param expect Looks at what is there before it is decided on; what it throws comes out, and nothing is written.
 * @returns A result for each, in their order.
 * @throws {StoreError} When the store fails, or others were faster each time; then the documents before that one may
 *   have been written, and importing them again changes nothing.
 */
export async function importBatch(
  dependencies: Dependencies,
  entries: readonly BatchEntry[],
  askedBy: string | undefined,
  expect?: (view: View) => void,
): Promise<readonly ImportResult[]> {
  const batch = new Batch(dependencies, entries, askedBy, expect)
  const isWhole = entries.length > 1
  const unlocked = dependencies.store.authority === 'database' ? 0 : isWhole ? BATCH_TRIES : UNLOCKED_TRIES
  for (let tries = 0; tries < unlocked; tries += 1) {
    const results = await batch.tryUnlocked()
    if (results !== null) return results
  }
  const locked = dependencies.store.authority === 'process' && isWhole ? 0 : LOCKED_TRIES
  for (let tries = 0; tries < locked; tries += 1) {
    const results = await batch.tryLocked()
    if (results !== null) return results
  }
  if (!isWhole) throw new StoreError('ERR_STORE_CONFLICT', 'other writers were first each time; try again')
  const results: ImportResult[] = []
  for (const entry of entries) results.push(...(await importBatch(dependencies, [entry], askedBy)))
  return results
}

/** Documents to be written in one transaction, and the ways to try it. */
class Batch {
  readonly #dependencies: Dependencies
  readonly #entries: readonly BatchEntry[]
  readonly #askedBy: string | undefined
  readonly #expect: ((view: View) => void) | undefined
  readonly #selection: Selection & { readonly sessionIds: readonly SessionId[] }

  constructor(
    dependencies: Dependencies,
    entries: readonly BatchEntry[],
    askedBy: string | undefined,
    expect: ((view: View) => void) | undefined,
  ) {
    this.#expect = expect
    this.#dependencies = dependencies
    this.#entries = entries
    this.#askedBy = askedBy
    const snapshots = entries.flatMap(({ read }) => (read.errors === undefined ? [read] : []))
    const clientIds = snapshots.map(({ id }) => id)
    const sessionIds = snapshots.flatMap(({ client }) => client.sessions.map(({ id }) => id))
    this.#selection = { clientIds, sessionIds, sessions: 'all', documents: true }
  }

  /** @returns `null` where a row had moved on. */
  async tryUnlocked(): Promise<readonly ImportResult[] | null> {
    const { store } = this.#dependencies
    const view = await store.read(this.#selection)
    const decision = this.#decide(view, await this.#findPurged(view))
    return decision.changes.length === 0 || (await store.commit(view, decision)) ? decision.result : null
  }

  /** @returns `null` where another writer was in the way all the same. */
  async tryLocked(): Promise<readonly ImportResult[] | null> {
    const { store } = this.#dependencies
    const seen = await store.read(this.#selection)
    const purged = await this.#findPurged(seen)
    const decision = await store.change<readonly ImportResult[] | null>(this.#selection, (view) => {
      // Marks are read outside of the locks: what has gone since may have been purged.
      if (hasLost(seen, view)) return { result: null, changes: [] }
      return this.#decide(view, purged)
    })
    return decision?.result ?? null
  }

  /** Read after the view: a session is purged and marked at once, so what the view lacks is marked, or never was there. */
  async #findPurged({ clients }: View): Promise<ReadonlySet<SessionId>> {
    const held = new Set(clients.flatMap(({ sessions }) => sessions.map(({ id }) => id)))
    const missing = this.#selection.sessionIds.filter((id) => !held.has(id))
    const marks = missing.length === 0 ? [] : await this.#dependencies.store.findPurged(missing)
    return new Set(marks.map(({ sessionId }) => sessionId))
  }

  #decide(view: View, purged: ReadonlySet<SessionId>): Decision<readonly ImportResult[]> {
    this.#expect?.(view)
    const clients = new WorkingClients(view.clients)
    const importing = { now: view.now, askedBy: this.#askedBy, policy: this.#dependencies.policy, purged }
    const result = this.#entries.map(({ index, read }): ImportResult => {
      if (read.errors !== undefined) return { index, id: read.id, result: 'rejected', errors: read.errors }
      const stored = clients.get(read.id)
      const errors = findConflicts(read, stored, (id) => clients.holderOf(id))
      if (errors.length > 0) return { index, id: read.id, result: 'rejected', errors }
      const { client, transitions, added, changed, kept } = mergeClient(stored, read, importing)
      const sessions = { added, changed, kept }
      if (client === stored) return { index, id: read.id, result: 'unchanged', errors: [], sessions, transitions }
      clients.set(client, transitions)
      return { index, id: read.id, result: 'imported', errors: [], sessions, transitions }
    })
    return { result, changes: clients.changesAt(view.now) }
  }
}
