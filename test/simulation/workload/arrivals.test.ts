import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandomness } from '../../../src/simulation/seeded-randomness.ts'
import { Arrivals } from '../../../src/simulation/workload/arrivals.ts'
import { populate } from '../../../src/simulation/workload/population.ts'
import { DAY } from '../../support/sessions.ts'

const HOUR = DAY / 24
/** A Monday. */
const START = Date.parse('2026-01-05T00:00:00Z')

function arrivalsFor(weeks: number, workload: ConstructorParameters<typeof Arrivals>[0]): number[] {
  const arrivals = new Arrivals(workload)
  const randomness = seededRandomness('arrivals')
  const found: number[] = []
  const end = START + weeks * 7 * DAY
  for (let at = START; at < end; found.push(at)) at = arrivals.after(at, randomness, end)
  return found.filter((at) => at < end)
}

test('arrivals are as many as was asked for, and spread over hours and weekdays as these weigh', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 0 : 1 + (hour % 3)))
  const weekdays = [4, 3, 3, 3, 2, 1, 0]
  const weeks = 200
  const found = arrivalsFor(weeks, { visitsPerDay: 50, hours, weekdays })
  const expected = 50 * 7 * weeks
  assert.ok(Math.abs(found.length - expected) < 4 * Math.sqrt(expected), `${found.length} of ${expected}`)
  const weight = hours.reduce((a, b) => a + b) * weekdays.reduce((a, b) => a + b)
  const counts = new Map<string, number>()
  for (const at of found) {
    const place = `${Math.floor((at - START) / DAY) % 7} ${Math.floor((at % DAY) / HOUR)}`
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  // Pearson's statistic over all hours of the week that have a weight.
  let statistic = 0
  let freedom = -1
  for (const [day, dayWeight] of weekdays.entries()) {
    for (const [hour, hourWeight] of hours.entries()) {
      const mean = (expected * dayWeight * hourWeight) / weight
      const count = counts.get(`${day} ${hour}`) ?? 0
      if (mean === 0) assert.equal(count, 0, `somebody came on day ${day} at ${hour}`)
      else {
        statistic += (count - mean) ** 2 / mean
        freedom += 1
      }
    }
  }
  assert.ok(statistic < freedom + 4 * Math.sqrt(2 * freedom), `${statistic} with ${freedom} degrees of freedom`)
})

test('where next to nobody comes, an arrival past the end is soon found to be', () => {
  // All the weight is in one hour of the week, and the next arrival may be a million years away.
  const [hours, weekdays] = [Array.from({ length: 24 }, (_, hour) => Number(hour === 3)), [1, 0, 0, 0, 0, 0, 0]]
  const arrivals = new Arrivals({ visitsPerDay: Number.MIN_VALUE, hours, weekdays })
  assert.ok(arrivals.after(START, seededRandomness('nobody'), START + DAY) >= START + DAY)
})

test('with fewer clients the first ones are used by the same people as with more', () => {
  const workload = { devices: [3, 2, 1], sharedDevices: 0.3 }
  const all = populate(workload, 500, seededRandomness('people'))
  assert.deepEqual(populate(workload, 7, seededRandomness('people')), all.slice(0, 7))
  assert.equal(all.length, 500)
  const shared = all.filter(({ guestId }) => guestId !== null)
  assert.ok(shared.length > 100 && shared.length < 200, `${shared.length} are shared`)
  assert.ok(shared.every(({ guestId, userId }) => guestId !== userId))
})
