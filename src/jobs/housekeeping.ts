import type { Clock, TimerHandle } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { Tenure } from '../service/tenure.ts'
import type { Store } from '../store/port.ts'

/** What is done again and again, and how often. */
export interface HousekeepingOptions {
  readonly tenure: Tenure
  readonly store: Store
  readonly clock: Clock
  /** How long after one sweep the next begins. */
  readonly sweepInterval: DurationMs
  readonly purgeInterval: DurationMs
  /** Told of a pass that failed; the next one tries again. */
  readonly onFault: (job: string, error: unknown) => void
}

/** How many items are deleted at once. */
const BATCH = 1000

/**
 * Writes down which deadlines fell, purges what closed long ago, and deletes what is kept for a while only.
 *
 * Every answer is right without it. Each pass is bounded, and one begins only when the one before has ended; what a pass
 * leaves, the next one takes up.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #timers = new Map<string, TimerHandle>()
  readonly #running = new Map<string, Promise<void>>()
  #isStopped = false

  constructor(options: HousekeepingOptions) {
    this.#options = options
  }

  /** Begins at once, for what fell while nobody was there. */
  start(): void {
    const { sweepInterval, purgeInterval } = this.#options
    this.#run('sweep', sweepInterval, () => this.#sweep())
    this.#run('purge', purgeInterval, () => this.#purge())
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const timer of this.#timers.values()) this.#options.clock.clearTimeout(timer)
    await Promise.all(this.#running.values())
  }

  #run(job: string, interval: DurationMs, work: () => Promise<void>): void {
    const { clock, onFault } = this.#options
    const running = work()
      .catch((error: unknown) => onFault(job, error))
      .finally(() => {
        this.#running.delete(job)
        if (this.#isStopped) return
        this.#timers.set(
          job,
          clock.setTimeout(() => this.#run(job, interval, work), interval),
        )
      })
    this.#running.set(job, running)
  }

  async #sweep(): Promise<void> {
    const { tenure, store } = this.#options
    // One look at an index, where nothing is due.
    const oldest = await store.oldestDue()
    if (oldest === null || oldest > (await store.now())) return
    for (let isDone = false; !isDone && !this.#isStopped; ) {
      const outcome = await tenure.sweep()
      // What others have hold of stays due: it is for the next time.
      isDone = outcome.isDone || outcome.settled === 0
    }
  }

  async #purge(): Promise<void> {
    const { tenure, store } = this.#options
    for (let isDone = false; !isDone && !this.#isStopped; ) {
      const outcome = await tenure.purge()
      isDone = outcome.isDone || outcome.sessions + outcome.clients === 0
    }
    const now = await store.now()
    while (!this.#isStopped && (await store.deleteExpiredItems(now, BATCH)) === BATCH);
  }
}
