import type { DurationMs } from '../../domain/duration.ts'
import { addDuration, type EpochMs } from '../../domain/instant.ts'

/** A minute of UTC, milliseconds. */
export const MINUTE = 60_000
/** An hour of UTC, milliseconds. */
export const HOUR = 3_600_000
/** A day of UTC, which knows no summer time, milliseconds. */
export const DAY = 86_400_000

/** The longest horizon of a forecast: every minute of it has a place in memory. */
export const MAXIMUM_HORIZON = (366 * DAY) as DurationMs

/**
 * The time that a forecast looks at, from its instant to its horizon, both included: minute by minute for what ends, and
 * at marks for what lives on. The marks are the first instant, every whole hour of UTC between, and the last instant.
 */
export class Window {
  readonly at: EpochMs
  readonly until: EpochMs
  /** How many whole minutes of UTC it touches. */
  readonly minutes: number
  readonly marks: readonly EpochMs[]
  readonly #firstMinute: number
  readonly #firstHour: number

  /** @throws {TypeError} When the horizon is longer than {@link MAXIMUM_HORIZON}. */
  constructor(at: EpochMs, horizon: DurationMs) {
    if (!(horizon <= MAXIMUM_HORIZON)) throw new TypeError('the horizon of a forecast is at most 366 days')
    this.at = at
    this.until = addDuration(at, horizon)
    this.#firstMinute = Math.floor(at / MINUTE)
    this.#firstHour = Math.floor(at / HOUR)
    this.minutes = Math.floor(this.until / MINUTE) - this.#firstMinute + 1
    this.marks = this.#findMarks()
  }

  /** The place of the minute that an instant of the window lies in. */
  minuteOf(instant: EpochMs): number {
    return Math.floor(instant / MINUTE) - this.#firstMinute
  }

  /** When a minute begins; the window's first begins with it. */
  startOfMinute(minute: number): EpochMs {
    return Math.max(this.at, (this.#firstMinute + minute) * MINUTE) as EpochMs
  }

  /** The place of the mark that the hour of a minute begins with: of two marks, the second ends the last hour. */
  hourOf(minute: number): number {
    const hour = Math.floor(((this.#firstMinute + minute) * MINUTE) / HOUR) - this.#firstHour
    return Math.min(hour, Math.max(0, this.marks.length - 2))
  }

  /** The place of the mark that an instant is, -1 where it is none between the first and the last. */
  markAt(instant: EpochMs): number {
    return instant % HOUR === 0 && instant < this.until ? instant / HOUR - this.#firstHour : -1
  }

  #findMarks(): EpochMs[] {
    const marks = [this.at]
    for (let hour = (this.#firstHour + 1) * HOUR; hour < this.until; hour += HOUR) marks.push(hour as EpochMs)
    return this.until > this.at ? [...marks, this.until] : marks
  }
}
