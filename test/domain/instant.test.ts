import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type DurationMs, MAXIMUM_DURATION, parseDuration } from '../../src/domain/duration.ts'
import { InstantError } from '../../src/domain/errors.ts'
import {
  addDuration,
  type EpochMs,
  formatInstant,
  later,
  MAXIMUM_INSTANT,
  parseInstant,
  toInstant,
} from '../../src/domain/instant.ts'
import '../support/seed.ts'

const NOW = toInstant(1_785_661_283_293)
const anInstant = fc.integer({ min: 0, max: MAXIMUM_INSTANT }).map(toInstant)

test('0 and 8.64e15 are instants; one past either end is none', () => {
  assert.equal(toInstant(0), 0)
  assert.equal(toInstant(8.64e15), MAXIMUM_INSTANT)
  assert.throws(() => toInstant(-1), InstantError)
  assert.throws(() => toInstant(8.64e15 + 1), InstantError)
})

test('what is not an integer is no instant', () => {
  for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, '0' as unknown as number]) {
    assert.throws(() => toInstant(value), { constructor: InstantError, code: 'ERR_INSTANT_INVALID' })
  }
})

const read: readonly [text: string, instant: number][] = [
  ['2026-08-02T09:01:23.293Z', NOW],
  ['2026-08-02T11:01:23.293+02:00', NOW],
  ['2026-08-02T11:01:23.293+0200', NOW],
  ['2026-08-02T07:01:23.293-02', NOW],
  ['2026-08-02t09:01:23.293z', NOW],
  ['20260802T090123.293Z', NOW],
  ['2026-08-02T09:01:23.2939999Z', NOW],
  ['2026-08-02T24:00Z', Date.UTC(2026, 7, 3)],
  ['2028-02-29T00:00Z', Date.UTC(2028, 1, 29)],
  ['1970-01-01T00:00:00Z', 0],
  ['1969-12-31T23:00:00-01:00', 0],
  ['+275760-09-13T00:00:00Z', 8.64e15],
  ['0', 0],
  ['1785661283293', NOW],
  ['1785661283', 1_785_661_283],
  ['8640000000000000', 8.64e15],
  ['now', NOW],
  ['NOW', NOW],
  ['now+P7D', NOW + 604_800_000],
  ['now-PT1H', NOW - 3_600_000],
]

for (const [text, instant] of read) {
  test(`${text} is the instant ${instant}`, () => assert.equal(parseInstant(text, NOW), instant))
}

const refused: readonly [why: string, texts: readonly string[], message: RegExp][] = [
  ['a time without a zone', ['2026-08-02T09:01:23', '2026-08-02T09:01'], /needs a time and a zone/],
  ['a date without a time', ['2026-08-02', '2026-08', '2026-W31', '20260802T'], /ISO 8601/],
  ['a time without a date', ['09:01Z', 'T09:01Z'], /ISO 8601/],
  ['an offset of a day or more', ['2026-08-02T09:01+24:00', '2026-08-02T09:01-99:99'], /needs a time and a zone/],
  ['an offset with 60 minutes', ['2026-08-02T09:01+02:60'], /needs a time and a zone/],
  ['a leap second', ['2016-12-31T23:59:60Z'], /ISO 8601 with a zone/],
  ['a day that is not in the calendar', ['2026-02-30T00:00Z', '2027-02-29T00:00Z'], /ISO 8601 with a zone/],
  ['a time past 24:00', ['2026-08-02T24:00:01Z'], /ISO 8601 with a zone/],
  ['a number with a sign, a fraction or an exponent', ['-1', '1.5', '1e12', '+1'], /ISO 8601/],
  ['one millisecond past the calendar', ['8640000000000001'], /from 0 to 8640000000000000/],
  ['an instant past the calendar', ['+275760-09-13T00:00:00.001Z'], /ISO 8601 with a zone/],
  ['one millisecond before 1970', ['1969-12-31T23:59:59.999Z'], /from 0 to 8640000000000000/],
  ['space around it', [' now', 'now ', '2026-08-02T09:01Z '], /ISO 8601/],
  ['an offset from now in months', ['now+P1M'], /fixed length/],
  ['an offset from now that is negative itself', ['now+-P1D', 'now--P1D'], /is positive/],
  ['an offset from now without a duration', ['now+', 'now+1', 'now-'], /ISO 8601/],
  ['an offset from now to before 1970', ['now-P100000D'], /from 0 to 8640000000000000/],
]

for (const [why, texts, message] of refused) {
  for (const text of texts) {
    test(`${why} is refused: ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseInstant(text, NOW), { constructor: InstantError, message })
    })
  }
}

test('an offset from now may reach the last instant, and not one millisecond more', () => {
  const now = (MAXIMUM_INSTANT - 1) as EpochMs
  assert.equal(parseInstant('now+PT0.001S', now), MAXIMUM_INSTANT)
  assert.throws(() => parseInstant('now+PT0.002S', now), InstantError)
})

test('every instant is read back from its text unchanged', () => {
  fc.assert(
    fc.property(anInstant, anInstant, (instant, now) => {
      assert.equal(parseInstant(formatInstant(instant), now), instant)
      assert.equal(parseInstant(String(instant), now), instant)
    }),
  )
})

test('a duration added to any instant is a date, held at the last instant', () => {
  const week = parseDuration('P7D')
  assert.equal(addDuration(NOW, week), NOW + week)
  assert.equal(addDuration((MAXIMUM_INSTANT - week) as EpochMs, week), MAXIMUM_INSTANT)
  assert.equal(addDuration((MAXIMUM_INSTANT - week + 1) as EpochMs, week), MAXIMUM_INSTANT)
  fc.assert(
    fc.property(anInstant, fc.integer({ min: 1, max: MAXIMUM_DURATION }), (instant, duration) => {
      const sum = addDuration(instant, duration as DurationMs)
      assert.ok(sum >= instant && sum <= MAXIMUM_INSTANT)
    }),
  )
})

test('the later of two instants is the greater, whichever comes first', () => {
  fc.assert(fc.property(anInstant, anInstant, (a, b) => assert.equal(later(a, b), Math.max(a, b))))
})
