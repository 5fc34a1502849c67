import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  type DurationMs,
  formatDuration,
  MAXIMUM_DURATION,
  parseDuration,
  spellDuration,
} from '../../src/domain/duration.ts'
import { DurationError } from '../../src/domain/errors.ts'
import '../support/seed.ts'

const aDuration = fc.integer({ min: 1, max: MAXIMUM_DURATION }).map((value) => value as DurationMs)

const read: readonly [text: string, milliseconds: number][] = [
  ['PT0.001S', 1],
  ['PT0.5S', 500],
  ['PT0,5S', 500],
  ['PT1.5000S', 1_500],
  ['PT2.007S', 2_007],
  ['PT1M', 60_000],
  ['PT0.29H', 1_044_000],
  ['PT1.5H', 5_400_000],
  ['P1DT12H', 129_600_000],
  ['P1.5D', 129_600_000],
  ['P7D', 604_800_000],
  ['P1W', 604_800_000],
  ['P1W2D', 777_600_000],
  ['P0M1D', 86_400_000],
]

for (const [text, milliseconds] of read) {
  test(`${text} is ${milliseconds} milliseconds`, () => assert.equal(parseDuration(text), milliseconds))
}

const refused: readonly [why: string, texts: readonly string[], message: RegExp][] = [
  [
    'what is not a duration',
    ['', '7D', 'P7', 'p7d', ' P7D', 'P7D ', '+P7D', 'PT8.64E3S', '7 days', '604800000'],
    /ISO 8601 text/,
  ],
  ['a duration with a number missing', ['P', 'PT', 'P7DT'], /ISO 8601 text/],
  ['a length counted in months or years', ['P1M', 'P1Y', 'P0.5Y', 'P1M-30D', 'P1Y2M'], /fixed length/],
  ['zero', ['P0D', 'PT0S', 'PT0.000S'], /is positive/],
  ['a sign anywhere', ['-P1D', 'P-1D', '-PT-5M', 'P1DT-1H', 'PT1H-30M', 'PT-0S'], /is positive/],
  ['a part of a millisecond', ['PT0.0005S', 'PT1.0001S', 'PT0.00010S', 'PT0.0000001H'], /whole number of milliseconds/],
]

for (const [why, texts, message] of refused) {
  for (const text of texts) {
    test(`${why} is refused: ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseDuration(text), { constructor: DurationError, code: 'ERR_DURATION_INVALID', message })
    })
  }
}

test('the longest duration is read, and one millisecond more is refused', () => {
  const days = MAXIMUM_DURATION / 86_400_000
  assert.equal(parseDuration(`P${days}D`), MAXIMUM_DURATION)
  assert.throws(() => parseDuration(`P${days}DT0.001S`), { message: new RegExp(`at most ${days} days`) })
  assert.throws(() => parseDuration('P99999999999999999999D'), DurationError)
})

test('from the last instant of the year 9999 the longest duration still reaches a date', () => {
  const end = Date.parse('9999-12-31T23:59:59.999Z') + MAXIMUM_DURATION
  assert.ok(!Number.isNaN(new Date(end).getTime()))
  assert.ok(Number.isNaN(new Date(end + 2).getTime()))
})

test('every duration is read back from its text unchanged', () => {
  fc.assert(
    fc.property(aDuration, (duration) => {
      assert.equal(parseDuration(formatDuration(duration)), duration)
    }),
  )
})

test('text counts in days at most, never in months or years', () => {
  assert.equal(formatDuration(parseDuration('P30D')), 'P30D')
  assert.equal(formatDuration(parseDuration('P365D')), 'P365D')
  assert.equal(formatDuration(parseDuration('PT90M')), 'PT1H30M')
  assert.equal(formatDuration(1 as DurationMs), 'PT0.001S')
})

test('words leave out the units that are zero', () => {
  assert.equal(spellDuration(parseDuration('P1W')), '7 days')
  assert.equal(spellDuration(parseDuration('PT1M')), '1 minute')
  assert.equal(spellDuration(parseDuration('PT90M')), '1 hour and 30 minutes')
  assert.equal(spellDuration(parseDuration('P1DT0.5S')), '1 day and 0.5 seconds')
})
