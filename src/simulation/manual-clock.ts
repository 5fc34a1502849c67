import { type Clock, LONGEST_DELAY } from '../domain/clock.ts'
import { type DurationMs, parseDuration } from '../domain/duration.ts'
import { DurationError } from '../domain/errors.ts'
import { type EpochMs, toInstant } from '../domain/instant.ts'
import { quiet } from './quiet.ts'

interface Timer {
  due: number
  readonly order: number
  readonly fire: () => void
}

/** How a clock is run. */
export interface RunOptions {
  /**
   * Waits for what the event loop cannot show to be under way: the answer of a server, of a file, of another thread. Called
   * wherever the clock stops, before time goes on.
   */
  readonly settled?: (() => Promise<unknown>) | undefined
}

/**
 * A clock that stands still until it is moved.
 *
 *   advanceTo, advanceBy   at once: timers fire, and what they set going is done once the caller waits for it
 *   runTo, run             awaited: what a timer sets going is done at that timer's instant
 *   stepBy                 as a wall clock that is set: nothing fires
 *
 * Timers fire in the order they fall due, each at its own instant, those of one instant in the order they were set. They
 * wait for an instant, not for a length of time: a clock that steps back makes them wait longer. A delay that Node cannot
 * wait for (over 2^31 - 1, or not a number) is one of a millisecond, as it is in Node.
 */
export class ManualClock implements Clock {
  #now: EpochMs
  /** How far it has stepped, and not moved. */
  #stepped = 0
  #orders = 0
  #isRunning = false
  /** The next to fall due is the last. */
  readonly #timers: Timer[] = []

  /** @param start The instant it begins at, epoch milliseconds. */
  constructor(start = 0) {
    this.#now = toInstant(start)
  }

  now(): EpochMs {
    return this.#now
  }

  elapsed(): number {
    return this.#now - this.#stepped
  }

  setTimeout(fire: () => void, delay: number): Timer {
    const waits = delay >= 1 && delay <= LONGEST_DELAY ? Math.trunc(delay) : 1
    this.#orders += 1
    const timer = { due: this.#now + waits, order: this.#orders, fire }
    this.#timers.splice(this.#placeOf(timer), 0, timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    const place = this.#timers.indexOf(handle as Timer)
    if (place !== -1) this.#timers.splice(place, 1)
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.length
  }

  /**
   * Moves to an instant, and fires on the way whatever falls due, timers set by timers too.
   *
   * @param instant Epoch milliseconds. One that lies behind steps the clock back and fires nothing.
   */
  advanceTo(instant: number): void {
    const start = this.#now
    const end = toInstant(instant)
    while (this.#fireNext(end));
    this.#arrive(start, end)
  }

  /**
   * Moves to an instant as {@link ManualClock.advanceTo} does, and between two timers lets everything run that can: promises,
   * immediates and `scheduler.yield`, until nothing asks for another turn. So a job that a timer wakes does its work, however
   * many promises long, at the instant it woke at.
   *
   * What waits for the world outside (a server, a file, a thread, a timer of Node's own) is not waited for, unless `settled` says
   * when it is done.
   *
   * @param instant Epoch milliseconds. One that lies behind steps the clock back and fires nothing.
   * @throws {TypeError} Where the clock is being run already, and where something never rests.
   */
  async runTo(instant: number, { settled }: RunOptions = {}): Promise<void> {
    const end = toInstant(instant)
    if (this.#isRunning) throw new TypeError('the clock is being run already: await one run before the next')
    this.#isRunning = true
    const settle = async () => {
      await quiet()
      if (settled === undefined) return
      await settled()
      await quiet()
    }
    try {
      await settle()
      const start = this.#now
      while (this.#fireNext(end)) await settle()
      this.#arrive(start, end)
    } finally {
      this.#isRunning = false
    }
  }

  /**
   * Moves on by a duration as {@link ManualClock.runTo} does: milliseconds, 0 or more, or ISO 8601 text such as `P7D`.
   *
   * @throws {DurationError} When the duration is negative, or text that is none.
   */
  async run(duration: DurationMs | number | string, options: RunOptions = {}): Promise<void> {
    await this.runTo(this.#after(duration), options)
  }

  /**
   * Steps by so many milliseconds, either way, as a wall clock that is set: no time passes and nothing fires, and timers have
   * as long to wait as before, as they have in Node.
   */
  stepBy(milliseconds: number): void {
    this.#now = toInstant(this.#now + milliseconds)
    this.#stepped += milliseconds
    for (const timer of this.#timers) timer.due += milliseconds
  }

  /**
   * Moves on by a duration: milliseconds, 0 or more, or ISO 8601 text such as `P7D`.
   *
   * @throws {DurationError} When the duration is negative, or text that is none.
   */
  advanceBy(duration: DurationMs | number | string): void {
    this.advanceTo(this.#after(duration))
  }

  #after(duration: DurationMs | number | string): number {
    const milliseconds = typeof duration === 'string' ? parseDuration(duration) : duration
    if (milliseconds < 0) {
      const instead = `a clock is set back with stepBy(${milliseconds}), or taken to an instant that lies behind with advanceTo`
      throw new DurationError(`a clock moves on by no less than 0 milliseconds: ${instead}`)
    }
    return this.#now + milliseconds
  }

  /** Fires the next timer, at its instant, where it falls due by the end: `false` where none does. */
  #fireNext(end: EpochMs): boolean {
    const next = this.#timers.at(-1)
    if (next === undefined || next.due > end) return false
    this.#timers.pop()
    this.#now = Math.max(this.#now, next.due) as EpochMs
    next.fire()
    return true
  }

  #arrive(start: EpochMs, end: EpochMs): void {
    if (end < start) this.#stepped += end - this.#now
    // A timer that moved the clock itself may have moved it further.
    this.#now = end < start ? end : (Math.max(end, this.#now) as EpochMs)
  }

  /** Where a timer stands among the others, by halves. */
  #placeOf(timer: Timer): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { due, order } = this.#timers[middle] as Timer
      if (due > timer.due || (due === timer.due && order > timer.order)) low = middle + 1
      else high = middle
    }
    return low
  }
}
