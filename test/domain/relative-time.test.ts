import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAXIMUM_INSTANT } from '../../src/domain/instant.ts'
import { relativeTime } from '../../src/domain/relative-time.ts'
import { at } from '../support/sessions.ts'
import '../support/seed.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365.2425 * DAY

const NOW = 1_785_661_283_293
const ahead = (milliseconds: number) => relativeTime(at(NOW + milliseconds), at(NOW))
const ago = (milliseconds: number) => relativeTime(at(NOW - milliseconds), at(NOW))

test('now is this very millisecond, and the one beside it is under a second away', () => {
  assert.equal(ahead(0), 'now')
  assert.equal(ahead(1), 'in under a second')
  assert.equal(ago(999), 'under a second ago')
  assert.equal(ahead(SECOND), 'in 1 second')
})

test('a unit begins when it is full, and one millisecond before that the smaller one still speaks', () => {
  assert.equal(ahead(MINUTE - 1), 'in 59 seconds')
  assert.equal(ahead(MINUTE), 'in 1 minute')
  assert.equal(ahead(HOUR - 1), 'in 59 minutes')
  assert.equal(ahead(HOUR), 'in 1 hour')
  assert.equal(ahead(DAY - 1), 'in 23 hours')
  assert.equal(ahead(DAY), 'in 1 day')
  assert.equal(ago(YEAR - 1), '365 days ago')
  assert.equal(ago(YEAR), '1 year ago')
})

test('less than ten of a unit come with the next smaller one, so two days are not said of nearly three', () => {
  assert.equal(ahead(2 * DAY), 'in 2 days')
  assert.equal(ahead(2 * DAY + 59 * MINUTE), 'in 2 days')
  assert.equal(ahead(2.9 * DAY), 'in 2 days 21 hours')
  assert.equal(ahead(3 * DAY - 1), 'in 2 days 23 hours')
  assert.equal(ago(9 * MINUTE + 1 * SECOND), '9 minutes 1 second ago')
  assert.equal(ahead(10 * DAY + 5 * HOUR), 'in 10 days')
})

test('the longest way there is is told in years', () => {
  assert.equal(relativeTime(MAXIMUM_INSTANT, at(0)), 'in 273790 years')
  assert.equal(relativeTime(at(0), MAXIMUM_INSTANT), '273790 years ago')
})

test('what is said is never more than what is left, and less by under one of the smallest unit said', () => {
  const lengths: Readonly<Record<string, number>> = {
    year: YEAR,
    day: DAY,
    hour: HOUR,
    minute: MINUTE,
    second: SECOND,
  }
  const aLength = fc.oneof(
    fc.integer({ min: SECOND, max: 20 * DAY }),
    fc.integer({ min: SECOND, max: MAXIMUM_INSTANT }),
    fc
      .tuple(
        fc.constantFrom(...Object.values(lengths)),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([unit, count, off]) => Math.max(SECOND, unit * count + off)),
  )
  fc.assert(
    fc.property(aLength, (length) => {
      const said = relativeTime(at(length), at(0))
      const parts = [...said.matchAll(/(\d+) ([a-z]+?)s?\b/g)].map(([, count, unit]) => {
        return { count: Number(count), unit: lengths[unit ?? ''] ?? Number.NaN }
      })
      const sum = parts.reduce((total, { count, unit }) => total + count * unit, 0)
      assert.ok(sum <= length, said)
      const smallest = parts.at(-1)?.unit ?? Number.NaN
      const isWhole = parts.length === 1 && (parts[0]?.count ?? 0) < 10
      // Where the smaller unit is left out because there is none of it, what is left is less than one of that.
      const slack = isWhole ? Math.min(smallest, HOUR * 24) : smallest
      assert.ok(length - sum < slack, said)
    }),
  )
})
