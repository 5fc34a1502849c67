/**
 * A durable, named subscription: a handler, and a cursor in the store that says how far it has come.
 *
 *   reading   -- events                 --> handling   one after the other, in order
 *   handling  -- the handler answers    --> reading    the cursor moves on behind what was handled
 *   handling  -- the handler throws     --> waiting    the same event comes again, later and later
 *   reading   -- nothing                --> waiting    until something is written, or an interval is over
 *
 * At least once: a process that dies between a handler's answer and the cursor gives the event again, with the same id. Of
 * several processes with a subscription of one name one handles at a time: it holds a lease, and renews it as it goes on. One
 * that was paused for longer than its lease finds the cursor moved, and begins where that is. A lease is over by the store's
 * clock, or, as a holder's clock may have been ahead when it wrote it, once nobody wrote for as long as a lease is.
 */
import type { Clock } from '../../domain/clock.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { Store, StoredItem } from '../../store/port.ts'
import { base64url } from '../digest.ts'
import type { EventType, SessionEvent } from './event.ts'
import type { FeedSignal } from './feed-signal.ts'
import { readEvents } from './read-events.ts'

/** What is called with each event. What it throws is told of, and the event given again. */
export type EventHandler = (event: SessionEvent) => unknown

/** What a subscription is made of. */
export interface SubscriptionOptions {
  readonly store: Store
  readonly clock: Clock
  readonly randomness: Randomness
  readonly feed: FeedSignal
  /** Its name in the store: 1 to 200 characters. */
  readonly name: string
  /** Only events of these types; all where it is left out. */
  readonly types?: readonly EventType[] | undefined
  /** Where one that is new begins: with what happens from now on, or with the first there is. */
  readonly from?: 'now' | 'beginning' | undefined
  readonly handler: EventHandler
  readonly onFault: (error: unknown) => void
}

const CURSOR = 'subscription'

/** How long a lease is held without being renewed, milliseconds. */
const LEASE = 30_000

/** How long to wait where somebody else has the lease, or nothing is new, milliseconds; longer where the store is asked less often. */
const IDLE = 5000

/** How long after a failure the event is given again, milliseconds: twice as long each time, up to the last. */
const FIRST_RETRY = 500
const LAST_RETRY = 60_000

/** How many rows of the ledger are read at once. */
const PAGE = 100

interface Position {
  readonly cursor: string | null
  readonly holder: string | null
  readonly leasedUntil: number
}

/** A subscription that runs until it is stopped. */
export class Subscription {
  readonly #options: SubscriptionOptions
  readonly #holder: string
  readonly #stopped = Promise.withResolvers<void>()
  #isStopped = false
  #failures = 0
  /** The version that the place in the store was last seen to have, and when it was first seen. */
  #seen = { version: 0, elapsed: 0 }
  #running: Promise<void> | null = null

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.#holder = base64url(options.randomness.bytes(12))
  }

  /** Makes sure that it has a place in the store, so that nothing that happens from now on is missed. */
  async open(): Promise<void> {
    const { store, name, from = 'now' } = this.#options
    if ((await store.findItem(CURSOR, name)) !== null) return
    const cursor = from === 'now' ? await store.feedEnd() : null
    await store.putItem(itemOf(name, 0, { cursor, holder: null, leasedUntil: 0 }))
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Handles nothing more, waits for the handler that is under way, and gives its lease up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopped.resolve()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const { mark } = this.#options.feed
      try {
        const hasMore = await this.#handlePage()
        this.#failures = 0
        if (!hasMore) await this.#sleep(mark, Math.max(IDLE, this.#options.feed.interval))
      } catch (error) {
        this.#options.onFault(error)
        await this.#sleep(null, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#failures))
        this.#failures += 1
      }
    }
    await this.#release().catch(this.#options.onFault)
  }

  /** Handles a page of events; answers whether there may be more at once. */
  async #handlePage(): Promise<boolean> {
    const { store, types, handler } = this.#options
    let lease = await this.#lease()
    if (lease === null) return false
    const { events, cursor, isFull } = await readEvents(store, { after: lease.position.cursor, limit: PAGE, types })
    for (const { event, cursor: behind } of events) {
      if (this.#isStopped) return false
      await handler(event)
      const moved = await this.#move(lease, behind)
      if (moved === null) return false
      lease = moved
      // The next one is given a first time.
      this.#failures = 0
    }
    if (cursor !== lease.position.cursor) await this.#move(lease, cursor)
    return isFull
  }

  /** The place in the store, held by this one; `null` where another holds it. */
  async #lease(): Promise<Lease | null> {
    const { store, name } = this.#options
    const item = await store.findItem(CURSOR, name)
    if (item === null) {
      await this.open()
      return null
    }
    const position = JSON.parse(item.value) as Position
    const now = await store.now()
    const left = position.leasedUntil - now
    const isMine = position.holder === this.#holder
    const stoodStill = this.#standsStill(item.version) >= LEASE
    if (!isMine && position.holder !== null && left > 0 && !stoodStill) return null
    // One that lies further ahead than a lease goes was written before the clock stepped back.
    if (isMine && left > LEASE / 2 && left <= LEASE) return { position, version: item.version }
    return this.#put(item.version, { ...position, holder: this.#holder, leasedUntil: now + LEASE })
  }

  /** For how long a version of the place has been seen to stand, milliseconds, by a time that never steps. */
  #standsStill(version: number): number {
    const elapsed = this.#options.clock.elapsed()
    if (this.#seen.version !== version) this.#seen = { version, elapsed }
    return elapsed - this.#seen.elapsed
  }

  /** Moves the cursor on; `null` where another has taken the lease meanwhile, and goes on from where the cursor was. */
  async #move({ version }: Lease, cursor: string | null): Promise<Lease | null> {
    const leasedUntil = (await this.#options.store.now()) + LEASE
    return this.#put(version, { cursor, holder: this.#holder, leasedUntil })
  }

  async #put(version: number, position: Position): Promise<Lease | null> {
    const { store, name } = this.#options
    return (await store.putItem(itemOf(name, version, position))) ? { position, version: version + 1 } : null
  }

  async #release(): Promise<void> {
    const { store, name } = this.#options
    const item = await store.findItem(CURSOR, name)
    if (item === null) return
    const position = JSON.parse(item.value) as Position
    if (position.holder === this.#holder) await this.#put(item.version, { ...position, holder: null, leasedUntil: 0 })
  }

  /** @param mark What was new before reading; `null` to sleep whatever is written. */
  async #sleep(mark: number | null, milliseconds: number): Promise<void> {
    if (this.#isStopped) return
    const { feed, clock } = this.#options
    if (mark !== null) {
      await Promise.race([feed.wait(mark, milliseconds), this.#stopped.promise])
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.setTimeout(resolve, milliseconds)
    await Promise.race([promise, this.#stopped.promise])
    clock.clearTimeout(timer)
  }
}

interface Lease {
  readonly position: Position
  readonly version: number
}

function itemOf(name: string, version: number, position: Position): StoredItem {
  return { kind: CURSOR, id: name, version, value: JSON.stringify(position), expiresAt: null }
}
