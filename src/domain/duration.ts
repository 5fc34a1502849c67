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
  if (!duration.isValid) throw new DurationError('a duration is ISO 8601 text, such as P7D, PT30M or P1DT12H')
  if (duration.years !== 0 || duration.quarters !== 0 || duration.months !== 0) {
    throw new DurationError('a duration has a fixed length: count in days (P30D), not in months or years')
  }
  const milliseconds = duration.toMillis()
  if (!(milliseconds > 0)) throw new DurationError('a duration is positive')
  if (milliseconds > MAXIMUM_DURATION) {
    throw new DurationError('a duration is at most 97067051 days: past that no date is left')
  }
  if (!Number.isInteger(milliseconds)) throw new DurationError('a duration is a whole number of milliseconds')
  return milliseconds as DurationMs
}

/** A duration as ISO 8601 text in the largest units that fit: `P7D`, `PT1H30M`. */
export function formatDuration(duration: DurationMs): string {
  return (
    Duration.fromMillis(duration).rescale().shiftTo('days', 'hours', 'minutes', 'seconds').normalize().toISO() ?? ''
  )
}
