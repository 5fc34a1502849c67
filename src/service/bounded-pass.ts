/**
 * One bounded pass over clients that have something due: what the sweep and the purge have in common.
 *
 * Clients are written many to a transaction, over the versions that they were read at. Where one of them has moved on, the
 * transaction is given up and each is tried by itself, so that a busy client does not hold up the others.
 */
import { scheduler } from 'node:timers/promises'
import { StoreError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { ClientId } from '../domain/session.ts'
import type { ClientChange, Decision, Selection, Store, StoredClient, View } from '../store/port.ts'
import { runCommand } from './run-command.ts'

/** How many rows are found at a time, and so how many clients at most are written in one transaction. */
const BATCH = 500

/** How far past rows that stay as they are a pass looks for others: 32 batches. */
const FURTHEST = 32 * BATCH

/** What a pass may take, where nobody says. */
const DEFAULT_LIMIT = 10_000

/** How far a pass goes. */
export interface PassOptions {
  /** How many sessions at most, a whole number from 1; 10,000 where it is left out. A client is done whole. */
  readonly limit?: number | undefined
}

/** What a pass looks for, and what it does about it. */
export interface Pass {
  /** The clients of so many due rows at most, the longest due first. */
  find(rows: number): Promise<readonly ClientId[]>
  /** Which of a client's sessions {@link Pass.decide} is to see. */
  readonly sessions: Selection['sessions']
  /** What becomes of a client as it is now; `null` for nothing. Pure: it may be asked several times. */
  decide(client: StoredClient, now: EpochMs): ClientChange | null
  /** Told of each change that was written; answers how many sessions it took. */
  written(change: ClientChange): number
  readonly limit: number
}

/** How a pass ended. */
export interface PassEnd {
  /** Sessions that the limit still leaves room for. */
  readonly left: number
  /** Clients that other writers had hold of each time. They are as they were, for the next pass. */
  readonly busy: number
  /** Whether nothing was left to find. */
  readonly isDone: boolean
}

/** A pass's limit, found to be sound. @throws {TypeError} Where it is no whole number from 1. */
export function limitOf({ limit = DEFAULT_LIMIT }: PassOptions): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new TypeError('limit is a whole number from 1')
  return limit
}

/**
 * Takes what is found, batch by batch, until there is nothing new or the limit is reached.
 *
 * No client is taken twice, so it ends whatever others write meanwhile, and rows that stay due do not hold up those
 * behind them. Between batches the process has its turn at everything else.
 *
 * @throws {StoreError} When the store fails. What was written before is.
 */
export async function runPass(store: Store, pass: Pass): Promise<PassEnd> {
  const seen = new Set<ClientId>()
  let { limit: left } = pass
  let busy = 0
  for (let rows = Math.min(BATCH, left); left > 0; ) {
    const found = await pass.find(rows)
    const fresh = found.filter((id) => !seen.has(id)).slice(0, Math.min(BATCH, left))
    if (found.length === 0) return { left, busy, isDone: true }
    if (fresh.length === 0) {
      if (rows >= FURTHEST) break
      rows *= 2
      continue
    }
    for (const id of fresh) seen.add(id)
    const done = await changeClients(store, fresh, pass)
    busy += done.busy
    const taken = done.changes.reduce((sum, change) => sum + pass.written(change), 0)
    left = Math.max(0, left - Math.max(taken, fresh.length))
    await scheduler.yield()
  }
  return { left, busy, isDone: (await pass.find(1)).length === 0 }
}

/** Writes what is decided of clients: all in one transaction or, where one has moved on, each in its own. */
async function changeClients(store: Store, clientIds: readonly ClientId[], { sessions, decide }: Pass) {
  // The order that they were found in is that of their deadlines, and is to be that of the ledger.
  const places = new Map(clientIds.map((id, place) => [id, place]))
  const byPlace = (a: StoredClient, b: StoredClient) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0)
  const decideAll = ({ clients, now }: View): Decision<readonly ClientChange[]> => {
    const changes = clients.toSorted(byPlace).flatMap((client) => decide(client, now) ?? [])
    return { result: changes, changes }
  }
  const together = await tryOnce(store, { clientIds, sessions }, decideAll)
  if (together !== null) return { changes: together.result, busy: 0 }
  const changes: ClientChange[] = []
  let busy = 0
  for (const id of clientIds) {
    try {
      changes.push(...(await runCommand(store, { clientIds: [id], sessions }, decideAll)))
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_CONFLICT') throw error
      busy += 1
    }
  }
  return { changes, busy }
}

/** Reads, decides and writes once: `null` where another writer was faster. */
async function tryOnce<T>(
  store: Store,
  selection: Selection,
  decide: (view: View) => Decision<T>,
): Promise<Decision<T> | null> {
  if (store.authority === 'database') return store.change(selection, decide)
  const view = await store.read(selection)
  const decision = decide(view)
  return decision.changes.length === 0 || (await store.commit(view, decision)) ? decision : null
}
