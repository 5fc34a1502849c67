import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { scheduler, setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { InstantError } from '../../src/domain/errors.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import '../support/seed.ts'

/** A clock, and what jobs have written down: their name and the instant that they were done at. */
function aClock() {
  const clock = new ManualClock()
  const done: string[] = []
  /** A job that takes so many promises and turns of the event loop, and no time. */
  const job = (name: string, delay: number, turns: number) =>
    clock.setTimeout(async () => {
      for (let turn = 0; turn < turns; turn += 1) {
        await null
        await (turn % 2 === 0 ? scheduler.yield() : setImmediate())
      }
      done.push(`${name} at ${clock.now()}`)
    }, delay)
  return { clock, done, job }
}

test('what a timer sets going is done at its instant, however many promises and turns it takes', async () => {
  const { clock, done, job } = aClock()
  job('long', 10, 50)
  job('short', 11, 0)
  await clock.runTo(20)
  assert.deepEqual([done, clock.now()], [['long at 10', 'short at 11'], 20])
})

test('moved at once, the clock is at the end before such a job goes on: that is what running is for', async () => {
  const { clock, done, job } = aClock()
  job('long', 10, 50)
  clock.advanceTo(20)
  assert.deepEqual(done, [])
  await clock.run(1)
  assert.deepEqual(done, ['long at 20'])
})

test('of timers of one instant the first one is done before the next one fires', async () => {
  const { clock, done, job } = aClock()
  for (const [name, turns] of Object.entries({ a: 9, b: 0, c: 4 })) job(name, 10, turns)
  await clock.run(10)
  assert.deepEqual(done, ['a at 10', 'b at 10', 'c at 10'])
})

test('a timer that a job sets after an await fires on the way, where it falls due by the end', async () => {
  const clock = new ManualClock()
  const fired: number[] = []
  const again = async () => {
    fired.push(clock.now())
    await scheduler.yield()
    clock.setTimeout(again, 86_400_000)
  }
  clock.setTimeout(again, 1)
  await clock.run('P365D')
  assert.equal(fired.length, 365)
  assert.deepEqual([fired.at(-1), clock.now()], [364 * 86_400_000 + 1, 365 * 86_400_000])
})

test('what was set going before is done before time goes on, and what the last timer set going before it is over', async () => {
  const { clock, done, job } = aClock()
  job('first', 5, 3)
  clock.advanceTo(5)
  job('last', 5, 3)
  await clock.runTo(10)
  assert.deepEqual(done, ['first at 5', 'last at 10'])
})

test('what the event loop cannot show is waited for where somebody says when it is done', async () => {
  for (const isTold of [true, false]) {
    const { clock, done } = aClock()
    let reading: Promise<unknown> = Promise.resolve()
    clock.setTimeout(() => {
      reading = readFile(import.meta.filename).then(() => done.push(`read at ${clock.now()}`))
    }, 10)
    await clock.runTo(20, isTold ? { settled: () => reading } : {})
    assert.equal(done[0] ?? 'not yet', isTold ? 'read at 10' : 'not yet')
    await reading
  }
})

test('a run stops at the timer that throws, and the next one goes on behind it', async () => {
  const { clock, done, job } = aClock()
  clock.setTimeout(() => {
    throw new RangeError('broken')
  }, 10)
  job('later', 20, 1)
  await assert.rejects(clock.runTo(30), RangeError)
  assert.deepEqual([clock.now(), done], [10, []])
  await clock.runTo(30)
  assert.deepEqual(done, ['later at 20'])
})

test('of two runs at once the second is refused; an instant is one, and one that lies behind steps back', async () => {
  const { clock, done, job } = aClock()
  job('job', 10, 1)
  const run = clock.run(10)
  await assert.rejects(clock.run(10), TypeError)
  await run
  await assert.rejects(clock.runTo(Number.NaN), InstantError)
  job('second', 10, 0)
  await clock.runTo(2)
  assert.deepEqual([clock.now(), clock.elapsed(), done], [2, 10, ['job at 10']])
})

test('clocks that are run at the same time do not wait for each other, and each one does for its own jobs', async () => {
  const clocks = [9, 0, 5].map((turns) => {
    const clock = aClock()
    clock.job('job', 10, turns)
    return clock
  })
  await Promise.all(clocks.map(({ clock }) => clock.run(20)))
  for (const { done } of clocks) assert.deepEqual(done, ['job at 10'])
})

test('something that never rests is told, and not waited for until the end of days', async () => {
  const { clock } = aClock()
  let isOver = false
  clock.setTimeout(async () => {
    while (!isOver) await scheduler.yield()
  }, 10)
  try {
    await assert.rejects(clock.run(20), /never rests/)
  } finally {
    isOver = true
  }
})

test('run or moved at once, any timers fire in the same order and at the same instants', async () => {
  const delays = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(delays, fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }), async (set, moves) => {
      const told = [new ManualClock(), new ManualClock()].map((clock) => {
        const fired: string[] = []
        for (const [index, delay] of set.entries()) {
          clock.setTimeout(() => {
            fired.push(`${index} at ${clock.now()}`)
            clock.setTimeout(() => fired.push(`after ${index} at ${clock.now()}`), delay)
          }, delay)
        }
        return { clock, fired }
      })
      const [moved, run] = told as [(typeof told)[number], (typeof told)[number]]
      for (const move of moves) {
        moved.clock.advanceBy(move)
        await run.clock.run(move)
        assert.deepEqual([run.fired, run.clock.now()], [moved.fired, moved.clock.now()])
      }
    }),
  )
})
