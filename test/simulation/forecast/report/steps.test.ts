import assert from 'node:assert/strict'
import test from 'node:test'
import type { EpochMs } from '../../../../src/domain/instant.ts'
import { busiestPlaces, drawnPlaces } from '../../../../src/simulation/forecast/report/seen.ts'
import { stackedSteps, stepsOf } from '../../../../src/simulation/forecast/report/steps.ts'
import { ticksOf } from '../../../../src/simulation/forecast/report/time-axis.ts'

const HOUR = 3_600_000
const seenOf = (length: number) => {
  const marks = Array.from({ length }, (_, place) => (place * HOUR) as EpochMs)
  return { first: 0 as EpochMs, last: (length * HOUR) as EpochMs, marks }
}

test('a line of steps has a corner where it changes, one at its beginning and one at its end', () => {
  assert.deepEqual(
    stepsOf([3, 3, 2, 2, 2], (place) => place * 10),
    [
      { x: 0, y: 3 },
      { x: 20, y: 2 },
      { x: 40, y: 2 },
    ],
  )
})

test('layers stand on each other, and move where what is below them does', () => {
  const [below, above] = stackedSteps(
    [
      [1, 0, 0],
      [2, 2, 2],
    ],
    (place) => place,
  )
  assert.deepEqual(below, [
    { x: 0, low: 0, high: 1 },
    { x: 1, low: 0, high: 0 },
    { x: 2, low: 0, high: 0 },
  ])
  assert.deepEqual(above, [
    { x: 0, low: 1, high: 3 },
    { x: 1, low: 0, high: 2 },
    { x: 2, low: 0, high: 2 },
  ])
})

test('every hour of ninety days is drawn; of a year every fourth and the last, each as the busiest of its four', () => {
  assert.equal(drawnPlaces(seenOf(90 * 24 + 2)).length, 90 * 24 + 2)
  const places = drawnPlaces(seenOf(366 * 24 + 2))
  assert.deepEqual([places.length, places[1], places.at(-1)], [366 * 6 + 2, 4, 366 * 24 + 1])
  assert.deepEqual(
    busiestPlaces([0, 4, 8], (place) => [0, 1, 5, 2, 7, 7, 0, 0, 3][place] ?? 0),
    [2, 4, 8],
  )
})

test('ticks lie on whole hours or days of UTC, and are no more than fit', () => {
  const hours = ticksOf((HOUR / 2) as EpochMs, (9 * HOUR) as EpochMs, 4)
  assert.deepEqual(hours.values, [3 * HOUR, 6 * HOUR, 9 * HOUR])
  assert.match(hours.format, /%H:%M/)
  const days = ticksOf(HOUR as EpochMs, (90 * 24 * HOUR) as EpochMs, 10)
  assert.ok(days.values.length <= 10)
  for (const tick of days.values) assert.equal(tick % (24 * HOUR), 0)
})
