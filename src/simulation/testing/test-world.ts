/**
 * A seeded world: one clock, one seed and one policy, and Tenure on a store that knows no others. The same seed and the same
 * calls make the same ids, the same ledger and the same answers.
 *
 * Its parts draw from streams of their own, so that one more session built moves no id that Tenure makes.
 */
import type { DurationMs } from '../../domain/duration.ts'
import { type EpochMs, parseInstant } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { PolicyDocument } from '../../domain/policy-rules.ts'
import { Purger } from '../../jobs/purger.ts'
import { Sweeper } from '../../jobs/sweeper.ts'
import { openTenure } from '../../service/open-tenure.ts'
import type { Tenure } from '../../service/tenure.ts'
import { readPolicy } from '../../snapshot/read-policy.ts'
import { observeStore } from '../../store/observed-store.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/port.ts'
import { ManualClock } from '../manual-clock.ts'
import { quiet } from '../quiet.ts'
import { type SeededRandomness, seededRandomness } from '../seeded-randomness.ts'
import { type Builders, buildersOf } from './builders.ts'
import { type WatchedStore, watchStore } from './watched-store.ts'

/** What a world is made of. */
export interface WorldOptions {
  /** Decides every random choice; `tenure` where it is left out. */
  readonly seed?: string | number | undefined
  /** The instant it begins at: epoch milliseconds, or ISO 8601 text with a zone; 2026-01-01T00:00:00Z where it is left out. */
  readonly start?: number | string | undefined
  /** A policy document, `PT30M` and all; Clerk's defaults where it is left out. */
  readonly policy?: PolicyDocument | undefined
}

/** How a world opens Tenure. */
export interface WorldTenureOptions {
  /** `sqlite::memory:` where it is left out; or another URL, or a store that is open already, which is closed with it. */
  readonly store?: string | Store | undefined
  /** Whether each deadline is written down at the instant it falls, as `tenure serve` does. */
  readonly sweeps?: boolean | undefined
  /** Whether what closed longer ago than the retention is deleted, once a day. */
  readonly purges?: boolean | undefined
  /** Whether touches are rows of the ledger, too, and so are told in stories. */
  readonly recordTouches?: boolean | undefined
}

const BEGINNING = '2026-01-01T00:00:00Z'

/** How often jobs look at the store, where nothing wakes them sooner: nobody else writes to it. */
const INTERVAL = 86_400_000 as DurationMs

/**
 * Makes a world. Nothing is opened yet.
 *
 * @throws {PolicyError} When the policy is refused.
 * @throws {InstantError} When the start is no instant.
 */
export function testWorld(options: WorldOptions = {}): TestWorld {
  return new TestWorld(options)
}

/** See {@link testWorld}. Disposing closes what it opened. */
export class TestWorld implements AsyncDisposable {
  readonly seed: string
  /** Epoch milliseconds. */
  readonly start: EpochMs
  readonly clock: ManualClock
  readonly policy: Policy
  /** For what a test draws itself; nothing else draws from it. */
  readonly randomness: SeededRandomness
  /** Sessions, clients and snapshots of this world: created at its present, by its policy, with ids of its seed. */
  readonly aSession: Builders['aSession']
  readonly aClient: Builders['aClient']
  readonly aSnapshot: Builders['aSnapshot']
  /** A new user's id. */
  readonly aUserId: Builders['aUserId']
  #opened: OpenedWorld | null = null
  #openings = 0
  readonly #faults: unknown[] = []

  /** Use {@link testWorld}. */
  constructor({ seed = 'tenure', start = BEGINNING, policy = {} }: WorldOptions) {
    this.seed = String(seed)
    this.start = parseInstant(String(start), 0 as EpochMs)
    this.clock = new ManualClock(this.start)
    this.policy = readPolicy(policy)
    const streams = seededRandomness(seed)
    this.randomness = streams.fork('test')
    const builders = buildersOf({ clock: this.clock, policy: this.policy, randomness: streams.fork('builders') })
    this.aSession = builders.aSession
    this.aClient = builders.aClient
    this.aSnapshot = builders.aSnapshot
    this.aUserId = builders.aUserId
  }

  /** What {@link TestWorld.openTenure} opened. @throws {TypeError} Where nothing is open. */
  get tenure(): Tenure {
    if (this.#opened === null) throw new TypeError('nothing is open in this world: await openTenure() first')
    return this.#opened.tenure
  }

  /**
   * Opens Tenure in this world, with its jobs where they are asked for. Closed, by its own `close` too, it can be opened again: on
   * a file that is a restart.
   *
   * @throws {TypeError} Where it is open already.
   * @throws {StoreError} When the store cannot be opened.
   */
  async openTenure(options: WorldTenureOptions = {}): Promise<Tenure> {
    if (this.#opened !== null) throw new TypeError('this world has opened Tenure already: it is world.tenure')
    const { store = 'sqlite::memory:' } = options
    const { clock, policy } = this
    const opened = typeof store === 'string' ? await openStore(store, clock) : store
    const jobs: Job[] = []
    const watched = watchStore(opened, async () => {
      this.#opened = null
      await Promise.all(jobs.map((each) => each.stop()))
    })
    let sweeper: Sweeper | null = null
    const observed = observeStore(watched.store, (changes) => sweeper?.written(changes))
    this.#openings += 1
    const randomness = seededRandomness(this.seed).fork(`tenure ${this.#openings}`)
    const parts = { store: observed, clock, policy, randomness, recordTouches: options.recordTouches }
    const tenure = await openTenure({ ...parts, pollInterval: INTERVAL })
    this.#opened = { tenure, watched }
    const job = { tenure, store: observed, clock, interval: INTERVAL, onFault: this.#failed }
    if (options.sweeps) {
      sweeper = new Sweeper({ ...job, maximumClockStep: null, onClockStep: () => {} })
      jobs.push(sweeper)
    }
    if (options.purges) jobs.push(new Purger(job))
    for (const each of jobs) each.start()
    await this.settled()
    return tenure
  }

  /**
   * Moves on to an instant, and on the way does at its own instant whatever falls due: jobs, subscriptions, your own timers on
   * the world's clock.
   *
   * @param instant Epoch milliseconds, or text: ISO 8601 with a zone, or `now+P7D`. One that lies behind steps the clock back.
   * @throws What a job of the world failed with on the way.
   */
  async advanceTo(instant: number | string): Promise<void> {
    const { clock } = this
    await clock.runTo(parseInstant(String(instant), clock.now()), { settled: this.#storeIdle })
    this.#throwFault()
  }

  /**
   * Moves on by a duration, as {@link TestWorld.advanceTo} does: milliseconds, 0 or more, or ISO 8601 text such as `P365D`.
   *
   * @throws {DurationError} When the duration is negative, or text that is none.
   * @throws What a job of the world failed with on the way.
   */
  async advanceBy(duration: DurationMs | number | string): Promise<void> {
    await this.clock.run(duration, { settled: this.#storeIdle })
    this.#throwFault()
  }

  /** Waits until all that can happen at the present has: nothing is left to run, and no call to the store is under way. */
  async settled(): Promise<void> {
    await quiet()
    await this.#storeIdle()
    this.#throwFault()
  }

  /**
   * Stops jobs and closes Tenure, where it is open.
   *
   * @throws What a job of the world failed with since the last move, once all is closed.
   */
  async close(): Promise<void> {
    await this.#opened?.tenure.close()
    this.#throwFault()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  readonly #storeIdle = async (): Promise<void> => this.#opened?.watched.idle()

  readonly #failed = (error: unknown): void => {
    this.#faults.push(error)
  }

  /** A job goes on after a failure; a test should not. */
  #throwFault(): void {
    const [first] = this.#faults.splice(0)
    if (first !== undefined) throw first
  }
}

interface OpenedWorld {
  readonly tenure: Tenure
  readonly watched: WatchedStore
}

type Job = Pick<Sweeper, 'start' | 'stop'>
