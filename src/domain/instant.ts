import { DateTime } from 'luxon'
import { type DurationMs, parseDuration } from './duration.ts'
import { DurationError, InstantError } from './errors.ts'

declare const epochMs: unique symbol

/** An instant: integer milliseconds since 1970-01-01T00:00:00Z, from 0 to {@link MAXIMUM_INSTANT}. */
export type EpochMs = number & { readonly [epochMs]: true }

/** The last instant that a JavaScript date can hold, +275760-09-13. @see ECMA-262, section 21.4.1.1 */
export const MAXIMUM_INSTANT = 8.64e15 as EpochMs

/**
 * Marks a number as an instant.
 *
 * @param value Epoch milliseconds, an integer from 0 to 8.64e15.
 * @throws {InstantError} For anything else: a float, a negative, NaN, a value past the calendar.
 */
export function toInstant(value: number): EpochMs {
  if (!Number.isInteger(value) || value < 0 || value > MAXIMUM_INSTANT) {
    throw new InstantError('an instant is an integer from 0 to 8640000000000000, in epoch milliseconds')
  }
  return value as EpochMs
}

/** The later of two instants: how a timestamp advances without ever moving back. */
export function later(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b
}

/** The instant a duration after another, held at {@link MAXIMUM_INSTANT}, so that a deadline is always a date. */
export function addDuration(instant: EpochMs, duration: DurationMs): EpochMs {
  const sum = instant + duration
  return Math.min(sum, MAXIMUM_INSTANT) as EpochMs
}

// Luxon takes any two digits, and would shift by 99 hours.
/** A whole date: luxon would take `2026T09:00Z` for the first of January. */
const DATE = /^(?:\d{4}|[+-]\d{6})(?:-\d{2}-\d{2}|\d{4})T/i
const ZONE = /(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/i
const RELATIVE = /^now([+-])(.+)$/i

/**
 * Reads an instant as people and scripts write it.
 *
 * @param text ISO 8601 with a zone (`2026-08-02T09:01:23Z`), epoch milliseconds (a bare integer is never
 *   seconds), `now`, `now+P7D` or `now-PT1H`. What is finer than a millisecond is cut off.
 * @param now What `now` stands for, epoch milliseconds.
 * @throws {InstantError} When it is none of these; the message says what was expected.
 */
export function parseInstant(text: string, now: EpochMs): EpochMs {
  if (text.toLowerCase() === 'now') return now
  const relative = RELATIVE.exec(text)
  if (relative) return offset(now, relative[1] as '+' | '-', relative[2] as string)
  if (/^\d+$/.test(text)) return toInstant(Number(text))
  const parsed = DateTime.fromISO(text, { setZone: true })
  if (!parsed.isValid) {
    throw new InstantError(
      'an instant is ISO 8601 with a zone (2026-08-02T09:01:23Z), epoch milliseconds, now, or now+P7D',
    )
  }
  if (!DATE.test(text) || !ZONE.test(text)) {
    throw new InstantError('an ISO 8601 instant needs a time and a zone: end it with Z or an offset such as +02:00')
  }
  return toInstant(parsed.toMillis())
}

function offset(now: EpochMs, sign: '+' | '-', text: string): EpochMs {
  const duration = durationOf(text)
  return toInstant(sign === '+' ? now + duration : now - duration)
}

function durationOf(text: string): DurationMs {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof DurationError) throw new InstantError(error.message, { cause: error })
    throw error
  }
}

/**
 * Reads a date as HTTP has it, in any of the three forms that a recipient has to take; `null` where it is none.
 *
 * @see RFC 9110, section 5.6.7
 */
export function parseHttpDate(text: string): EpochMs | null {
  const parsed = DateTime.fromHTTP(text)
  const milliseconds = parsed.isValid ? parsed.toMillis() : -1
  return milliseconds >= 0 ? (milliseconds as EpochMs) : null
}

/** An instant as ISO 8601 in UTC, to the millisecond: `2026-08-02T09:01:23.293Z`. */
export function formatInstant(instant: EpochMs): string {
  return DateTime.fromMillis(instant, { zone: 'utc' }).toISO() ?? String(instant)
}
