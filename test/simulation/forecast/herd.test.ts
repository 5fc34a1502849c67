import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { readPolicy } from '../../../src/index.ts'
import { Forecast } from '../../../src/simulation/forecast/forecast.ts'
import { FLAT_TIMES, FLOOR, jitterFor } from '../../../src/simulation/forecast/herd.ts'
import { sayWarning } from '../../../src/simulation/forecast/wording.ts'
import { aClient, at, DAY, MINUTE } from '../../support/sessions.ts'
import '../../support/seed.ts'

const HOUR = 60 * MINUTE
const NOW = 100 * DAY

/** The herds of sessions that were created so many milliseconds before the instant, under a lifetime of seven days. */
function herdsOf(ages: readonly number[], { gap = HOUR, horizon = 30 * DAY } = {}) {
  const forecast = new Forecast({
    at: at(NOW),
    horizon: horizon as DurationMs,
    policy: readPolicy({}),
    against: null,
  })
  for (const [index, age] of ages.entries()) {
    const stored = { expireAt: NOW + DAY + index * gap, abandonAt: NOW + 400 * DAY }
    forecast.add(aClient([{ name: `s${index}`, createdAt: NOW - age, ...stored }]))
  }
  return forecast.result().warnings.flatMap((warning) => (warning.code === 'thundering-herd' ? [warning] : []))
}

/** Ends that are evenly spread: one an hour. */
const spread = Array.from({ length: 160 }, (_, index) => 7 * DAY - (index + 1) * HOUR)

test('ends that are evenly spread are no herd', () => {
  assert.deepEqual(herdsOf(spread), [])
})

test('many sessions that end at once are a herd, with the instant, the rule and the jitter', () => {
  const [herd, ...others] = herdsOf([...spread, ...new Array(640).fill(8 * DAY)])
  assert.deepEqual(others, [])
  assert.ok(herd)
  const { within, at: instant, ends, rule, side, jitter, flat } = herd
  assert.deepEqual(
    { within, instant, ends, rule, side },
    { within: 'instant', instant: NOW, ends: 640, rule: 'maximumLifetime', side: 'under' },
  )
  // 5 times the mean is less than the floor; 640 over 15 minutes are 43 a minute, and over 10 they are 64.
  assert.equal(jitter, 15 * MINUTE)
  assert.equal(flat, FLOOR)
})

test('a fleet whose mean is above the floor is held to five times the mean', () => {
  const ages = Array.from({ length: 30_000 }, (_, index) => 7 * DAY - index * 2_800 - 1)
  const [herd] = herdsOf([...ages, ...new Array(3_000).fill(8 * DAY)], { gap: 1 })
  assert.ok(herd)
  assert.equal(herd.flat, Math.ceil((33_000 / (DAY / MINUTE)) * FLAT_TIMES))
})

test('many sessions that end in one minute, or in one hour, are a herd that names it', () => {
  const [minute] = herdsOf([...spread, ...new Array(80).fill(5 * DAY - 1)])
  assert.ok(minute)
  assert.deepEqual([minute.within, minute.at, minute.ends], ['minute', NOW + 2 * DAY, 81])
  const [hour] = herdsOf([...spread, ...Array.from({ length: 3_600 }, (_, index) => 5 * DAY - index * 1_000 - 1)])
  assert.ok(hour)
  assert.deepEqual([hour.within, hour.at, hour.ends], ['hour', NOW + 2 * DAY, 3_601])
})

test('a herd later on says how many more hours are like it, be it an hour or a minute', () => {
  const morning = (day: number) => Array.from({ length: 3_600 }, (_, index) => day * DAY - index * 1_000 - 1)
  const [hour] = herdsOf([...spread, ...morning(5), ...morning(4), ...new Array(80).fill(3 * DAY)])
  assert.ok(hour)
  assert.deepEqual([hour.within, hour.moreHours], ['hour', 2])
  assert.match(sayWarning(hour, true), /times the mean of an hour, and 2 more hours like it\. Put off/)
  const [minute] = herdsOf([...spread, ...new Array(90).fill(5 * DAY), ...new Array(80).fill(3 * DAY)])
  assert.ok(minute)
  assert.deepEqual([minute.within, minute.moreHours], ['minute', 1])
  assert.match(sayWarning(minute, true), /times the mean of a minute, and 1 more hour like it\. Put off/)
})

test('fewer than one a second are no herd, whatever the mean', () => {
  assert.deepEqual(herdsOf(new Array(59).fill(8 * DAY)), [])
  assert.equal(herdsOf(new Array(60).fill(8 * DAY)).length, 1)
})

/** How many ends the busiest minute expects, where each is put off by any part of a jitter as likely as by another. */
function mostExpected(ends: readonly number[], jitter: number): number {
  const expected = new Map<number, number>()
  for (const end of ends) {
    for (let minute = Math.floor(end / MINUTE); minute * MINUTE < end + jitter; minute += 1) {
      const part = Math.min(end + jitter, (minute + 1) * MINUTE) - Math.max(end, minute * MINUTE)
      expected.set(minute, (expected.get(minute) ?? 0) + part / jitter)
    }
  }
  return Math.max(...expected.values())
}

test('the jitter keeps its word: with every end put off, at once and later, no minute expects more than is told', () => {
  const someEnds = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 20 * MINUTE }), fc.integer({ min: 1, max: 150 }), fc.constantFrom(0, 1, 977)),
    { minLength: 1, maxLength: 8 },
  )
  let told = 0
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), someEnds, (atOnce, groups) => {
      const later = groups.flatMap(([start, count, gap]) =>
        Array.from({ length: count }, (_, index) => start + index * gap),
      )
      const ends = [...new Array<number>(atOnce).fill(0), ...later]
      const ages = ends.map((end, index) => (index < atOnce ? 8 * DAY : 7 * DAY - end))
      for (const warning of herdsOf(ages, { horizon: 2 * DAY })) {
        assert.ok(warning.jitter !== null)
        const most = mostExpected(ends, warning.jitter)
        assert.ok(most <= warning.flat * (1 + 1e-9), `${most} against ${warning.flat}`)
        assert.ok(sayWarning(warning, true).endsWith(`no minute can then expect more than ${warning.flat} ends.`))
        told += 1
      }
    }),
    { numRuns: 60 },
  )
  assert.ok(told > 20, `${told} herds`)
})

test('a herd that a month would not spread has no jitter', () => {
  assert.equal(jitterFor([1_000_000], 5), null)
  assert.equal(jitterFor([5], 5), MINUTE)
  assert.equal(jitterFor([6], 5), 2 * MINUTE)
  assert.equal(jitterFor([3, 3], 5), 2 * MINUTE, 'the end of the one minute and the beginning of the next')
})
