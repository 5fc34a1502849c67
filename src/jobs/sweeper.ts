/**
 * The sweep as a job: writes down each deadline when it falls, and sleeps until the next.
 *
 *   asleep   -- a deadline falls, or the interval is over   --> sweeping   a pass of bounded batches, oldest first
 *   asleep   -- an earlier deadline is written              --> asleep     until that one
 *   sweeping -- nothing is due                              --> asleep
 *   sweeping -- the store fails                             --> asleep     for the interval; the next pass tries again
 *   any      -- the clock has stepped forward too far       --> stopped    nothing more is written down, and somebody is told
 *   stopped  -- the clock is back where it should be        --> asleep
 *
 * The clock is the one that deadlines are judged by: the process's own, or the database's where the store goes by that.
 *
 * Answers are right in every state: reads settle. What hangs on it is that others are told.
 */
import type { Clock, TimerHandle } from '../domain/clock.ts'
import { nextDeadline } from '../domain/deadlines.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Tenure } from '../service/tenure.ts'
import type { ClientChange, Store } from '../store/port.ts'

/** What a sweeper is made of. */
export interface SweeperOptions {
  readonly tenure: Pick<Tenure, 'sweep'>
  readonly store: Store
  readonly clock: Clock
  /** How long it sleeps at most: others may have written an earlier deadline to the store. */
  readonly interval: DurationMs
  /** How far the clock may step forward between two looks at it; `null` for any distance. */
  readonly maximumClockStep: DurationMs | null
  /** Told of a pass that failed, and of a step of the clock that stopped the sweep. */
  readonly onFault: (error: unknown) => void
  readonly onClockStep: (step: number) => void
}

/** How many sessions are settled before others have their turn for sure. */
const BATCH = 1000

/** How often the clock is looked at while it is not to be trusted, milliseconds. */
const RECOVERY = 1000

/** What the clock said, and how much time had passed by the clock that never steps. */
interface Look {
  readonly now: EpochMs
  readonly elapsed: number
}

/** Sweeps a store for as long as it runs. */
export class Sweeper {
  readonly #options: SweeperOptions
  #timer: TimerHandle | null = null
  #wakesAt = Number.POSITIVE_INFINITY
  #pass: Promise<void> | null = null
  /** The earliest deadline that was written while a pass was under way. */
  #heard = Number.POSITIVE_INFINITY
  #isStopped = true
  /** The last look at a clock that was right; `null` before the first. */
  #seen: Look | null = null
  #isHeld = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /** Whether a step of the clock has stopped it. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Begins at once, for what fell while nobody was there. */
  start(): void {
    this.#isStopped = false
    this.#seen = null
    this.#wake()
  }

  /** Begins nothing more, and waits for the pass that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    await this.#pass
  }

  /** Told of what was written here, so that it wakes for a deadline that is earlier than the one it waits for. */
  readonly written = (changes: readonly ClientChange[]): void => {
    if (this.#isHeld || this.#isStopped) return
    let earliest = Number.POSITIVE_INFINITY
    for (const { after } of changes) {
      for (const session of after?.sessions ?? []) earliest = Math.min(earliest, nextDeadline(session) ?? earliest)
    }
    if (this.#pass !== null) this.#heard = Math.min(this.#heard, earliest)
    else if (earliest < this.#wakesAt) this.#sleepUntil(earliest)
  }

  #wake(): void {
    this.#timer = null
    this.#heard = Number.POSITIVE_INFINITY
    this.#pass = this.#run()
      .catch((error: unknown) => {
        this.#options.onFault(error)
        return this.#options.interval
      })
      .then((sleep) => {
        this.#pass = null
        if (this.#isStopped) return
        const planned = this.#options.clock.now() + sleep
        this.#sleepUntil(this.#isHeld ? planned : Math.min(planned, this.#heard))
      })
  }

  /** One pass; answers how long to sleep behind it, milliseconds. */
  async #run(): Promise<number> {
    const { tenure, store, clock, interval } = this.#options
    while (!this.#isStopped) {
      // Before it is asked: an answer that takes long is then taken for a step, and told from one at the next look.
      const elapsed = clock.elapsed()
      const now = await store.now()
      if (this.#isClockOff({ now, elapsed })) return Math.min(RECOVERY, interval)
      const oldest = await store.oldestDue()
      if (oldest === null) return interval
      if (oldest > now) return Math.min(interval, oldest - now)
      const { settled } = await tenure.sweep({ limit: BATCH })
      // What others have hold of, or are just settling, is theirs: it is looked at again soon, and not at once.
      if (settled === 0) return Math.min(RECOVERY, interval)
    }
    return interval
  }

  /** The clock may have stepped back since it fell asleep: then an earlier deadline may be further away. */
  #sleepUntil(instant: number): void {
    const { clock, interval } = this.#options
    if (this.#timer !== null) clock.clearTimeout(this.#timer)
    this.#wakesAt = instant
    this.#timer = clock.setTimeout(() => this.#wake(), Math.min(interval, Math.max(1, instant - clock.now())))
  }

  /**
   * Whether the clock has gone further forward than time has. What it was before, and by how much time has passed since, is
   * kept while it is off, so that a clock that is set right again is trusted again.
   */
  #isClockOff(look: Look): boolean {
    const { maximumClockStep, onClockStep } = this.#options
    const seen = this.#seen ?? look
    const step = look.now - seen.now - (look.elapsed - seen.elapsed)
    const isOff = maximumClockStep !== null && step > maximumClockStep
    if (isOff && !this.#isHeld) onClockStep(step)
    this.#isHeld = isOff
    if (!isOff) this.#seen = look
    return isOff
  }
}
