import type { DurationMs } from '../../domain/duration.ts'
import { type EpochMs, parseHttpDate } from '../../domain/instant.ts'
import type { Randomness } from '../../domain/randomness.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/**
 * How long after each attempt that failed the next one is made: ten attempts over three days, so that a receiver that breaks on
 * a Friday evening has them all on Monday.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Retry schedule"
 */
export const RETRY_DELAYS: readonly DurationMs[] = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR),
].map((delay) => delay as DurationMs)

/** By how much of itself a delay is made shorter or longer, so that what failed together does not come again together. */
const JITTER = 0.2

/** The longest that a receiver may have itself waited for. */
export const MAXIMUM_RETRY_AFTER = (24 * HOUR) as DurationMs

/**
 * How long to wait after an attempt that failed; `null` where it was the last.
 *
 * @param attempt Which one failed, from 1.
 * @param retryAfter What the receiver asked for: it makes the next attempt later, and never sooner.
 * @param delays How long after each attempt; there is one more of them than of these.
 */
export function retryDelay(
  attempt: number,
  retryAfter: DurationMs | null,
  randomness: Randomness,
  delays: readonly DurationMs[] = RETRY_DELAYS,
): DurationMs | null {
  const delay = delays[attempt - 1]
  if (delay === undefined) return null
  const jittered = Math.round(delay * (1 + JITTER * (2 * fraction(randomness) - 1)))
  return Math.max(jittered, retryAfter ?? 0) as DurationMs
}

/** A number from 0 to 1, of 32 random bits. */
function fraction(randomness: Randomness): number {
  const bytes = randomness.bytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / (2 ** 32 - 1)
}

/**
 * What a `Retry-After` asks for, seconds or a date, from an instant on; `null` where it asks for nothing that can be read.
 * At most {@link MAXIMUM_RETRY_AFTER}; nothing for a date that is past.
 *
 * @see RFC 9110, section 10.2.3
 */
export function parseRetryAfter(text: string | undefined, now: EpochMs): DurationMs | null {
  if (text === undefined) return null
  const trimmed = text.trim()
  const date = /^\d+$/.test(trimmed) ? null : parseHttpDate(trimmed)
  const delay = /^\d+$/.test(trimmed) ? Number(trimmed) * SECOND : date === null ? 0 : date - now
  return delay > 0 ? (Math.min(delay, MAXIMUM_RETRY_AFTER) as DurationMs) : null
}
