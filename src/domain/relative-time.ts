import { counted } from './counted.ts'
import type { EpochMs } from './instant.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The mean of the Gregorian calendar, leap years and all. */
const YEAR = 365.2425 * DAY

/** From this many on, a unit says enough without the next smaller one beside it. */
const ENOUGH = 10

const UNITS = [
  { name: 'year', length: YEAR },
  { name: 'day', length: DAY },
  { name: 'hour', length: HOUR },
  { name: 'minute', length: MINUTE },
  { name: 'second', length: SECOND },
] as const

/**
 * How far an instant is from the present, in words: `in 6 days 23 hours`, `in 59 minutes`, `3 days ago`, `now`.
 *
 * Always rounded down, so that no more time is promised than is left: `in 2 days` has at least two days to go, and
 * less than two days and an hour, for fewer than ten of a unit come with the next smaller one unless that is none.
 * Below one second it is `in under a second`; `now` is this very millisecond. A day is 24 hours, a year 365.2425 days.
 */
export function relativeTime(instant: EpochMs, now: EpochMs): string {
  if (instant === now) return 'now'
  const length = lengthOf(Math.abs(instant - now))
  return instant > now ? `in ${length}` : `${length} ago`
}

function lengthOf(milliseconds: number): string {
  const index = UNITS.findIndex(({ length }) => milliseconds >= length)
  const unit = UNITS[index]
  if (unit === undefined) return 'under a second'
  const count = Math.floor(milliseconds / unit.length)
  const next = UNITS[index + 1]
  const rest = next === undefined ? 0 : Math.floor((milliseconds - count * unit.length) / next.length)
  if (next === undefined || rest === 0 || count >= ENOUGH) return counted(count, unit.name)
  return `${counted(count, unit.name)} ${counted(rest, next.name)}`
}
