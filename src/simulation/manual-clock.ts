import type { Clock } from '../domain/clock.ts'
import { type DurationMs, parseDuration } from '../domain/duration.ts'
import { type EpochMs, toInstant } from '../domain/instant.ts'

/** The longest delay that Node waits for. */
const LONGEST_DELAY = 2 ** 31 - 1

interface Timer {
  readonly due: number
  readonly order: number
  readonly fire: () => void
}

/**
 * A clock that stands still until it is moved.
 *
 * Timers fire in the order they fall due, each at its own instant, those of one instant in the order they were set. A
 * They wait for an instant, not for a length of time: a clock that steps back makes them wait longer. A
 * delay that Node cannot wait for (over 2^31 - 1, or not a number) fires after one millisecond, as it does in Node.
 */
export class ManualClock implements Clock {
  #now: EpochMs
  #orders = 0
  readonly #timers = new Set<Timer>()

  /** @param start The instant it begins at, epoch milliseconds. */
  constructor(start = 0) {
    this.#now = toInstant(start)
  }

  now(): EpochMs {
    return this.#now
  }

  setTimeout(fire: () => void, delay: number): Timer {
    const waits = delay >= 1 && delay <= LONGEST_DELAY ? Math.trunc(delay) : 1
    this.#orders += 1
    const timer = { due: this.#now + waits, order: this.#orders, fire }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  /**
   * Moves to an instant, and fires on the way whatever falls due, timers set by timers too.
   *
   * @param instant Epoch milliseconds. One that lies behind steps the clock back and fires nothing.
   */
  advanceTo(instant: number): void {
    const start = this.#now
    const end = toInstant(instant)
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due) as EpochMs
      next.fire()
    }
    // A timer that moved the clock itself may have moved it further.
    this.#now = end < start ? end : (Math.max(end, this.#now) as EpochMs)
  }

  /** Moves on by a duration: milliseconds, or ISO 8601 text such as `P7D`. */
  advanceBy(duration: DurationMs | number | string): void {
    this.advanceTo(this.#now + (typeof duration === 'string' ? parseDuration(duration) : duration))
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.due > end) continue
      if (next === undefined || timer.due < next.due || (timer.due === next.due && timer.order < next.order))
        next = timer
    }
    return next
  }
}
