import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { EpochMs } from '../../../src/domain/instant.ts'
import type { Randomness } from '../../../src/domain/randomness.ts'
import {
  MAXIMUM_RETRY_AFTER,
  parseRetryAfter,
  RETRY_DELAYS,
  retryDelay,
} from '../../../src/events/webhooks/retry-schedule.ts'
import '../../support/seed.ts'

const NOW = 1_785_661_283_000 as EpochMs

/** Chance that says the same each time, in bytes. */
const saying = (byte: number): Randomness => ({ bytes: (length) => new Uint8Array(length).fill(byte) })

test('there are ten attempts, and none after', () => {
  const seconds = RETRY_DELAYS.map((delay) => delay / 1000)
  assert.deepEqual(seconds, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
  assert.notEqual(retryDelay(9, null, saying(0)), null)
  assert.equal(retryDelay(10, null, saying(0)), null)
  assert.equal(retryDelay(11, MAXIMUM_RETRY_AFTER, saying(0)), null)
})

test('a delay is a fifth shorter at the least, and a fifth longer at the most', () => {
  const chance = fc.uint8Array({ minLength: 4, maxLength: 4 })
  const seen = { shortest: 1, longest: 1 }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), chance, (attempt, bytes) => {
      const scheduled = RETRY_DELAYS[attempt - 1] as number
      const share = (retryDelay(attempt, null, { bytes: () => bytes }) as number) / scheduled
      assert.ok(share >= 0.8 && share <= 1.2)
      seen.shortest = Math.min(seen.shortest, share)
      seen.longest = Math.max(seen.longest, share)
    }),
  )
  assert.ok(seen.shortest < 0.9 && seen.longest > 1.1, 'they are spread')
  assert.deepEqual([retryDelay(1, null, saying(0)), retryDelay(1, null, saying(255))], [4000, 6000])
})

test('another schedule has its own delays, and as many attempts as it has delays and one', () => {
  const delays = [10, 20].map((delay) => delay as DurationMs)
  const delayAfter = (attempt: number) => retryDelay(attempt, null, saying(255), delays)
  assert.deepEqual([1, 2, 3].map(delayAfter), [12, 24, null])
})

test('what a receiver asks for makes a retry later, and never sooner', () => {
  const asked = fc.integer({ min: 1, max: MAXIMUM_RETRY_AFTER })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), asked, (attempt, retryAfter) => {
      const delay = retryDelay(attempt, retryAfter as DurationMs, saying(77)) as number
      assert.ok(delay >= retryAfter && delay >= (retryDelay(attempt, null, saying(77)) as number))
    }),
  )
})

test('Retry-After is seconds or a date, a day at most, and nothing else', () => {
  const cases: readonly (readonly [string | undefined, number | null])[] = [
    ['1', 1000],
    [' 120 ', 120_000],
    ['86400', 86_400_000],
    ['86401', 86_400_000],
    ['99999999999999999999999999', 86_400_000],
    ['Sun, 02 Aug 2026 09:02:23 GMT', 60_000],
    ['Sunday, 02-Aug-26 09:02:23 GMT', 60_000],
    ['Sun Aug  2 09:02:23 2026', 60_000],
    ['Sun, 02 Aug 2099 09:02:23 GMT', 86_400_000],
    ...['Sun, 02 Aug 2026 09:01:23 GMT', 'Sun, 02 Aug 2020 09:01:23 GMT'].map((past) => [past, null] as const),
    ...[undefined, '', '0', '-1', '1.5', '0x10', '1e3', 'soon', '1, 2', 'Thu, 01 Jan 1969 00:00:00 GMT'].map(
      (none) => [none, null] as const,
    ),
  ]
  for (const [text, expected] of cases) assert.equal(parseRetryAfter(text, NOW), expected, text)
})
