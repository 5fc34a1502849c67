import { around } from '../run/chance.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { Workload } from './workload.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** The epoch began on a Thursday; weeks are counted from Monday on. */
const FIRST_WEEKDAY = 3

/**
 * When a client is used next: arrivals of a Poisson process whose rate follows the hours and the weekdays, drawn by thinning.
 *
 * @see P. A. W. Lewis, G. S. Shedler: Simulation of nonhomogeneous Poisson processes by thinning (1979)
 */
export class Arrivals {
  /** Mean time between arrivals where it is busiest, milliseconds. */
  readonly #shortest: number
  /** For each hour of the week from Monday on: its rate beside the busiest. */
  readonly #rates: readonly number[]

  constructor({ visitsPerDay, hours, weekdays }: Pick<Workload, 'visitsPerDay' | 'hours' | 'weekdays'>) {
    const weights = weekdays.flatMap((day) => hours.map((hour) => day * hour))
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
    const greatest = weights.reduce((a, b) => Math.max(a, b))
    this.#shortest = (DAY / visitsPerDay) * (mean / greatest)
    this.#rates = weights.map((weight) => weight / greatest)
  }

  /** The next arrival behind an instant, epoch milliseconds. One that is not before the end says only that none is. */
  after(instant: number, randomness: SeededRandomness, end: number): number {
    for (let at = instant; ; ) {
      at += around(randomness, this.#shortest)
      if (at >= end) return at
      const hour = (Math.floor(at / HOUR) + 24 * FIRST_WEEKDAY) % 168
      if (randomness.float() < (this.#rates[hour] as number)) return at
    }
  }
}
