/**
 * One bounded pass over clients that have something due: what the sweep and the purge have in common.
 *
 * Clients are written many to a transaction, over the versions that they were read at. Where one of them has moved on, the
 * transaction is given up and each is tried by itself, so that a busy client does not hold up the others. A pass that can
 * have the store find and lock its clients in that very transaction shares them with others that do, and is seldom late.
 */
import { scheduler } from 'node:timers/promises'
import { StoreError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { ClientId } from '../domain/session.ts'
import type { ClientChange, Decision, DueSelection, Selection, Store, StoredClient, View } from '../store/port.ts'
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
  /** The same in one transaction with the reading and the writing; left out where the store has no such way. */
  change?<T>(
    rows: number,
    choose: DueSelection['choose'],
    decide: (view: View) => Decision<T>,
  ): Promise<Decision<T> | null>
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
  /** Clients that other writers had hold of while they were taken. They are as they were, for the next pass. */
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
    const batch = new Batch(seen, Math.min(BATCH, left))
    const done = await changeBatch(store, pass, rows, batch)
    if (batch.found === 0) break
    if (batch.fresh.length === 0) {
      if (rows >= FURTHEST) break
      rows *= 2
      continue
    }
    for (const id of batch.fresh) seen.add(id)
    busy += done.busy
    const taken = done.changes.reduce((sum, change) => sum + pass.written(change), 0)
    left = Math.max(0, left - Math.max(taken, batch.fresh.length))
    await scheduler.yield()
  }
  return { left, busy, isDone: (await pass.find(1)).length === 0 }
}

/** What is found at a time, and what of it is new. */
class Batch {
  found = 0
  fresh: readonly ClientId[] = []
  readonly #seen: ReadonlySet<ClientId>
  readonly #size: number

  constructor(seen: ReadonlySet<ClientId>, size: number) {
    this.#seen = seen
    this.#size = size
  }

  readonly choose = (found: readonly ClientId[]): readonly ClientId[] => {
    this.found = found.length
    this.fresh = found.filter((id) => !this.#seen.has(id)).slice(0, this.#size)
    return this.fresh
  }
}

/** What was written of a batch, and how many of its clients others had hold of. */
interface BatchEnd {
  readonly changes: readonly ClientChange[]
  readonly busy: number
}

/** Finds clients and writes what is decided of them: all in one transaction or, where one has moved on, each in its own. */
async function changeBatch(store: Store, pass: Pass, rows: number, batch: Batch): Promise<BatchEnd> {
  const { sessions, decide } = pass
  const decideAll = ({ clients, now }: View): Decision<BatchEnd> => {
    // The order that they were found in is that of their deadlines, and is to be that of the ledger.
    const places = new Map(batch.fresh.map((id, place) => [id, place]))
    const byPlace = (a: StoredClient, b: StoredClient) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0)
    const changes = clients.toSorted(byPlace).flatMap((client) => decide(client, now) ?? [])
    return { result: { changes, busy: batch.fresh.length - clients.length }, changes }
  }
  if (pass.change !== undefined) {
    const together = await pass.change(rows, batch.choose, decideAll)
    return together === null ? changeEach(store, sessions, batch.fresh, decideAll) : together.result
  }
  const clientIds = batch.choose(await pass.find(rows))
  if (clientIds.length === 0) return { changes: [], busy: 0 }
  const together = await tryOnce(store, { clientIds, sessions }, decideAll)
  return together === null ? changeEach(store, sessions, clientIds, decideAll) : { changes: together.changes, busy: 0 }
}

async function changeEach(
  store: Store,
  sessions: Selection['sessions'],
  clientIds: readonly ClientId[],
  decide: (view: View) => Decision<BatchEnd>,
): Promise<BatchEnd> {
  const changes: ClientChange[] = []
  let busy = 0
  for (const id of clientIds) {
    try {
      changes.push(...(await runCommand(store, { clientIds: [id], sessions }, decide)).changes)
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
