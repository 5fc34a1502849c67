import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DurationError, InstantError } from '../../src/domain/errors.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { DAY } from '../support/sessions.ts'
import '../support/seed.ts'

/** A clock, and what its timers have written down: their name and the instant they fired at. */
function aClock(start = 0) {
  const clock = new ManualClock(start)
  const fired: [name: string, now: number][] = []
  const wait = (delay: number, name = `${delay}`) => clock.setTimeout(() => fired.push([name, clock.now()]), delay)
  return { clock, fired, wait }
}

test('a clock stands still at the instant it begins at, until it is moved', () => {
  const clock = new ManualClock(300)
  assert.equal(clock.now(), 300)
  clock.advanceTo(500)
  assert.equal(clock.now(), 500)
  clock.advanceBy(5)
  clock.advanceBy('PT1M')
  assert.equal(clock.now(), 60_505)
})

test('a timer fires at its instant and not a millisecond sooner, once', () => {
  const { clock, fired, wait } = aClock(100)
  wait(50)
  clock.advanceTo(149)
  assert.deepEqual([fired, clock.pending], [[], 1])
  clock.advanceTo(150)
  assert.deepEqual([fired, clock.pending], [[['50', 150]], 0])
  clock.advanceTo(900)
  assert.equal(fired.length, 1)
})

test('timers fire in the order they fall due, each at its own instant; those of one instant as they were set', () => {
  const { clock, fired, wait } = aClock()
  wait(30)
  wait(10, 'first')
  wait(10, 'second')
  wait(20)
  clock.advanceTo(100)
  assert.deepEqual(fired, [
    ['first', 10],
    ['second', 10],
    ['20', 20],
    ['30', 30],
  ])
  assert.equal(clock.now(), 100)
})

test('a timer that sets another one fires it on the way, where it falls due by the end', () => {
  const { clock, fired } = aClock()
  const chain = () => {
    fired.push(['chain', clock.now()])
    clock.setTimeout(chain, 40)
  }
  clock.setTimeout(chain, 40)
  clock.advanceTo(120)
  assert.deepEqual(
    fired.map(([, now]) => now),
    [40, 80, 120],
  )
  assert.equal(clock.pending, 1)
})

test('a timer that was cleared does not fire, be it cleared by another timer of the same instant', () => {
  const { clock, fired, wait } = aClock()
  const early = wait(10)
  clock.clearTimeout(early)
  clock.setTimeout(() => clock.clearTimeout(late), 20)
  const late = wait(20)
  clock.advanceTo(100)
  assert.deepEqual([fired, clock.pending], [[], 0])
})

test('clearing what has fired, or what no timer is, does nothing', () => {
  const { clock, wait } = aClock()
  const handle = wait(1)
  clock.advanceTo(1)
  for (const each of [handle, undefined, null, 5]) clock.clearTimeout(each)
  assert.equal(clock.pending, 0)
})

test('the longest delay that Node waits for is waited for; a millisecond more fires after one millisecond', () => {
  for (const [delay, due] of [
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 31, 1],
    [30 * DAY, 1],
    [Number.POSITIVE_INFINITY, 1],
  ] as const) {
    const { clock, fired, wait } = aClock()
    wait(delay)
    clock.advanceTo(due - 1)
    assert.equal(fired.length, 0)
    clock.advanceTo(due)
    assert.equal(fired.length, 1)
  }
})

test('a delay of 0, below 0 or of no number fires after one millisecond, and a fraction is cut off', () => {
  for (const [delay, due] of [
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [0.5, 1],
    [1.9, 1],
    [2.1, 2],
  ] as const) {
    const { clock, fired, wait } = aClock()
    wait(delay)
    clock.advanceTo(10)
    assert.deepEqual(fired, [[`${delay}`, due]])
  }
})

test('a clock that steps back fires nothing, and its timers wait for the instant they were set for', () => {
  const { clock, fired, wait } = aClock(100)
  wait(50)
  clock.advanceTo(20)
  assert.deepEqual([clock.now(), fired, clock.pending], [20, [], 1])
  clock.advanceTo(149)
  assert.equal(fired.length, 0)
  clock.advanceTo(150)
  assert.deepEqual(fired, [['50', 150]])
})

test('a clock is at an instant, moved to one and moved by a duration; it refuses anything else', () => {
  const clock = new ManualClock(5)
  assert.throws(() => new ManualClock(-1), InstantError)
  assert.throws(() => new ManualClock(0.5), InstantError)
  assert.throws(() => clock.advanceTo(Number.NaN), InstantError)
  assert.throws(() => clock.advanceBy(-1), { name: 'DurationError', message: /set back with stepBy\(-1\)/ })
  assert.throws(() => clock.advanceBy('P1M'), DurationError)
  assert.equal(clock.now(), 5)
})

test('any timers fire in the order of their instants, however far each move goes', () => {
  const delays = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 10 })
  fc.assert(
    fc.property(delays, fc.array(fc.integer({ min: 0, max: 7 })), (set, moves) => {
      const { clock, fired, wait } = aClock()
      for (const delay of set) wait(delay)
      for (const move of moves) clock.advanceBy(move)
      const due = set.filter((delay) => delay <= clock.now()).sort((a, b) => a - b)
      assert.deepEqual(
        fired,
        due.map((delay) => [`${delay}`, delay]),
      )
      assert.equal(clock.pending, set.length - due.length)
    }),
  )
})
