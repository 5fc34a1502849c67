import { Duration } from 'luxon'
import { DurationError } from './errors.ts'

declare const durationMs: unique symbol

/** A length of time: a positive integer of milliseconds. ISO 8601 text (`P7D`) at every edge. */
export type DurationMs = number & { readonly [durationMs]: true }

/**
 * The longest duration: from any instant before the year 10000 it still reaches a valid date.
 * @see ECMA-262, section 21.4.1.1
 */
export const MAXIMUM_DURATION = (8.64e15 - 253_402_300_800_000) as DurationMs

const DAY = 86_400_000

/**
 * Reads an ISO 8601 duration of fixed length.
 *
 * Weeks, days, hours, minutes and seconds only: a month is 28 to 31 days, so a deadline counted in months has no
 * length until it has a start.
 *
 * @param text Such as `P7D`, `PT30M` or `PT0.5S`.
 * @throws {DurationError} When it is not a duration, not positive, not of fixed length, not of whole milliseconds,
 *   or so long that no date is left after it.
 */
export function parseDuration(text: string): DurationMs {
  const duration = Duration.fromISO(text)
  // Luxon also reads `P` and `P7DT`, where a number is missing.
  if (!duration.isValid || /[PT]$/.test(text)) {
    throw new DurationError('a duration is ISO 8601 text, such as P7D, PT30M or P1DT12H')
  }
  if (duration.years !== 0 || duration.quarters !== 0 || duration.months !== 0) {
    throw new DurationError('a duration has a fixed length: count in days (P30D), not in months or years')
  }
  // Luxon would read `P1DT-1H` as 23 hours and `-PT-5M` as five minutes; ISO 8601-1 has no signs.
  if (text.includes('-')) throw new DurationError('a duration is positive, and so is each of its parts')
  const exact = duration.toMillis()
  const milliseconds = Math.round(exact)
  // A decimal fraction need not be exact in binary (PT0.29H), and luxon cuts seconds off after the third decimal.
  if (Math.abs(exact - milliseconds) > 1e-3 || /[.,]\d{3}\d*[1-9]\d*S$/.test(text)) {
    throw new DurationError('a duration is a whole number of milliseconds')
  }
  if (milliseconds === 0) throw new DurationError('a duration is positive')
  if (milliseconds > MAXIMUM_DURATION) {
    throw new DurationError(`a duration is at most ${MAXIMUM_DURATION / DAY} days: past that no date is left`)
  }
  return milliseconds as DurationMs
}

/** A duration as ISO 8601 text in the largest units of fixed length that fit: `P7D`, `PT1H30M`. */
export function formatDuration(duration: DurationMs): string {
  return inUnits(duration).toISO() ?? ''
}

/** A duration in words, for people: `7 days`, `1 hour and 30 minutes`. */
export function spellDuration(duration: DurationMs): string {
  return inUnits(duration).toHuman({ showZeros: false, listStyle: 'long' })
}

// Not `rescale()`: it counts in months of 30 days and years of 365, which do not add up to the same days again.
function inUnits(duration: DurationMs): Duration {
  return Duration.fromMillis(duration, { locale: 'en' }).shiftTo('days', 'hours', 'minutes', 'seconds')
}
