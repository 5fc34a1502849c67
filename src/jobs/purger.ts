import type { Clock, TimerHandle } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Tenure } from '../service/tenure.ts'
import type { Store } from '../store/port.ts'
import type { Queues } from '../store/queue.ts'

/** The dead of queues, and how long they are kept, milliseconds: one that has been dead for exactly so long goes. */
export interface DeadLetters {
  readonly queues: Pick<Queues, 'deleteDead'>
  readonly retention: DurationMs
}

/** What a purger is made of. */
export interface PurgerOptions {
  readonly tenure: Pick<Tenure, 'purge'>
  readonly store: Store
  readonly clock: Clock
  /** How long after one pass the next begins. */
  readonly interval: DurationMs
  /** Nothing of queues is deleted where it is left out. */
  readonly deadLetters?: DeadLetters | undefined
  /** Told of a pass that failed; the next one tries again. */
  readonly onFault: (error: unknown) => void
}

/** How many items, or dead jobs, are deleted at once. */
const BATCH = 1000

/** Deletes, again and again, what closed longer ago than the retention, items that were kept for a while only, and dead jobs. */
export class Purger {
  readonly #options: PurgerOptions
  #timer: TimerHandle | null = null
  #pass: Promise<void> | null = null
  #isStopped = false

  constructor(options: PurgerOptions) {
    this.#options = options
  }

  /** Begins at once. */
  start(): void {
    const { clock, interval, onFault } = this.#options
    this.#pass = this.#run()
      .catch(onFault)
      .finally(() => {
        this.#pass = null
        if (!this.#isStopped) this.#timer = clock.setTimeout(() => this.start(), interval)
      })
  }

  /** Begins nothing more, and waits for the pass that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    await this.#pass
  }

  async #run(): Promise<void> {
    const { tenure, store, deadLetters } = this.#options
    for (let isDone = false; !isDone && !this.#isStopped; ) {
      const outcome = await tenure.purge()
      // What others have hold of is for the next time.
      isDone = outcome.isDone || outcome.sessions + outcome.clients === 0
    }
    const now = await store.now()
    while (!this.#isStopped && (await store.deleteExpiredItems(now, BATCH)) === BATCH);
    if (deadLetters === undefined) return
    const buriedBy = (now - deadLetters.retention) as EpochMs
    while (!this.#isStopped && (await deadLetters.queues.deleteDead(buriedBy, BATCH)) === BATCH);
  }
}
