import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { readPolicy } from '../../../src/index.ts'
import { Forecast } from '../../../src/simulation/forecast/forecast.ts'
import { FLAT_TIMES, jitterFor } from '../../../src/simulation/forecast/herd.ts'
import { aClient, at, DAY, MINUTE } from '../../support/sessions.ts'

const HOUR = 60 * MINUTE
const NOW = 100 * DAY

/** The warnings for sessions that were created so many milliseconds before the instant, under a lifetime of seven days. */
function warningsFor(ages: readonly number[]) {
  const forecast = new Forecast({
    at: at(NOW),
    horizon: (30 * DAY) as DurationMs,
    policy: readPolicy({}),
    against: null,
  })
  for (const [index, age] of ages.entries()) {
    const stored = { expireAt: NOW + DAY + index * HOUR, abandonAt: NOW + 20 * DAY }
    forecast.add(aClient([{ name: `s${index}`, createdAt: NOW - age, ...stored }]))
  }
  return forecast.result().warnings
}

/** Ends that are evenly spread: one an hour. */
const spread = Array.from({ length: 160 }, (_, index) => 7 * DAY - (index + 1) * HOUR)

test('ends that are evenly spread are no herd', () => {
  assert.deepEqual(warningsFor(spread), [])
})

test('many sessions that end at once are a herd, with the instant, the rule and the jitter', () => {
  const [herd, ...others] = warningsFor([...spread, ...new Array(40).fill(8 * DAY)])
  assert.deepEqual(others, [])
  assert.ok(herd?.code === 'thundering-herd')
  const { within, at: instant, ends, rule, side, jitter } = herd
  assert.deepEqual(
    { within, instant, ends, rule, side },
    { within: 'instant', instant: NOW, ends: 40, rule: 'maximumLifetime', side: 'under' },
  )
  // Of 200 ends, the last of them stored 199 hours and a day on: 5 times the mean takes 8 hours and 54 minutes.
  assert.equal(jitter, 12 * HOUR)
})

test('many sessions that end in one minute, or in one hour, are a herd that names it', () => {
  const [minute] = warningsFor([...spread, ...new Array(40).fill(5 * DAY - 1)])
  assert.ok(minute?.code === 'thundering-herd')
  assert.deepEqual([minute.within, minute.at, minute.ends], ['minute', NOW + 2 * DAY, 41])
  const [hour] = warningsFor([...spread, ...Array.from({ length: 40 }, (_, index) => 5 * DAY - index * MINUTE - 1)])
  assert.ok(hour?.code === 'thundering-herd')
  assert.deepEqual([hour.within, hour.at, hour.ends], ['hour', NOW + 2 * DAY, 41])
})

test('fewer than ten are no herd, whatever the mean', () => {
  assert.deepEqual(warningsFor(new Array(9).fill(8 * DAY)), [])
  assert.equal(warningsFor(new Array(10).fill(8 * DAY)).length, 1)
})

test('the jitter flattens the ends: put off by every part of it in turn, no minute has more than it may', () => {
  const minutes = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 50 })), {
    minLength: 200,
    maxLength: 400,
  })
  fc.assert(
    fc.property(minutes, (counts) => {
      const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length
      const jitter = jitterFor(counts, mean)
      if (jitter === null) return
      const parts = jitter / MINUTE
      const expected = new Float64Array(counts.length + parts)
      for (const [minute, count] of counts.entries()) {
        for (let part = 0; part < parts; part += 1)
          expected[minute + part] = (expected[minute + part] ?? 0) + count / parts
      }
      const most = Math.max(...expected.subarray(0, counts.length))
      assert.ok(most <= FLAT_TIMES * mean * (1 + 1e-9), `${most} against ${mean}`)
    }),
    { numRuns: 100 },
  )
})

test('a herd that a month would not spread has no jitter', () => {
  assert.equal(jitterFor([1_000_000], 1), null)
  assert.equal(jitterFor([5], 1), MINUTE)
  assert.equal(jitterFor([6], 1), 2 * MINUTE)
})
