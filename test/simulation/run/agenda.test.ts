import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scheduler } from 'node:timers/promises'
import { LONGEST_DELAY } from '../../../src/domain/clock.ts'
import { Heap } from '../../../src/simulation/heap.ts'
import { Agenda } from '../../../src/simulation/run/agenda.ts'
import { ProcessClock } from '../../../src/simulation/run/process-clock.ts'
import { seededRandomness } from '../../../src/simulation/seeded-randomness.ts'

const NEVER = () => false

test('things happen at their instants, of one instant in the order they were set, and what lies behind at once', async () => {
  const agenda = new Agenda(100)
  const happened: string[] = []
  const at = (instant: number, what: string) => agenda.at(instant, () => happened.push(`${agenda.now} ${what}`))
  at(300, 'c')
  at(200, 'a')
  at(200, 'b')
  at(50, 'late')
  agenda.at(250, () => at(260, 'set on the way'))
  await agenda.run(299, NEVER)
  assert.deepEqual(happened, ['100 late', '200 a', '200 b', '260 set on the way'])
  assert.equal(agenda.now, 299)
  await agenda.run(300, NEVER)
  assert.equal(happened.at(-1), '300 c')
})

test('what is cancelled does not happen', async () => {
  const agenda = new Agenda(0)
  const happened: string[] = []
  const appointment = agenda.at(10, () => happened.push('cancelled'))
  appointment.fire = null
  agenda.at(11, () => happened.push('kept'))
  await agenda.run(20, NEVER)
  assert.deepEqual(happened, ['kept'])
})

test('time stands still until all that was set off has come to rest, turns that were given up included', async () => {
  const agenda = new Agenda(0)
  const happened: string[] = []
  const work = async () => {
    agenda.passes += 1
    for (let batch = 0; batch < 5; batch += 1) {
      for (let step = 0; step < 20; step += 1) await null
      agenda.stirred += 1
      await scheduler.yield()
    }
    happened.push(`done at ${agenda.now}`)
    agenda.passes -= 1
    agenda.stirred += 1
  }
  agenda.at(10, () => void work())
  agenda.at(11, () => happened.push('next'))
  await agenda.run(20, NEVER)
  assert.deepEqual(happened, ['done at 10', 'next'])
})

test('a run that is told to stop stands where it was', async () => {
  const agenda = new Agenda(0)
  let isOver = false
  agenda.at(10, () => {
    isOver = true
  })
  agenda.at(11, () => assert.fail('it was to stop'))
  await agenda.run(20, () => isOver)
  assert.equal(agenda.now, 10)
})

test('a heap gives what was put in by instant and order, whatever is put in between', () => {
  const randomness = seededRandomness('heap')
  const heap = new Heap<{ at: number; order: number }>()
  const kept: { at: number; order: number }[] = []
  for (let order = 0; order < 2000; order += 1) {
    const value = { at: randomness.integer(50), order }
    heap.add(value)
    kept.push(value)
    if (randomness.integer(3) > 0) continue
    kept.sort((a, b) => a.at - b.at || a.order - b.order)
    assert.equal(heap.first(), kept[0])
    assert.equal(heap.take(), kept.shift())
  }
  kept.sort((a, b) => a.at - b.at || a.order - b.order)
  for (const value of kept) assert.equal(heap.take(), value)
  assert.deepEqual([heap.size, heap.first(), heap.take()], [0, undefined, undefined])
})

test('a clock that drifts, is set and is mended: what it says, how long it has been, and when its timers fire', async () => {
  const agenda = new Agenda(1_000_000)
  const machine = new ProcessClock(agenda, 1000)
  const clock = machine.clockFor((fire) => fire())
  await agenda.run(2_000_000, NEVER)
  assert.equal(clock.now(), 2_001_000, 'a thousandth too fast')
  assert.equal(Math.round(clock.elapsed()), 1_001_000)
  machine.step(-500_000)
  assert.equal(clock.now(), 1_501_000)
  assert.equal(Math.round(clock.elapsed()), 1_001_000, 'no time has passed')
  let fired = 0
  const timer = clock.setTimeout(() => {
    fired = agenda.now
  }, 10_009)
  clock.setTimeout(() => clock.clearTimeout(timer), 20_000)
  await agenda.run(2_100_000, NEVER)
  assert.equal(fired, 2_010_000, 'a fast clock is through sooner')
  machine.mend()
  assert.equal(clock.now(), 2_100_000)
  await agenda.run(2_200_000, NEVER)
  assert.equal(clock.now(), 2_200_000, 'it drifts no more')
})

test('a timer longer than Node has them is over at once', async () => {
  const agenda = new Agenda(0)
  const clock = new ProcessClock(agenda, 0).clockFor((fire) => fire())
  const fired: number[] = []
  for (const delay of [LONGEST_DELAY, LONGEST_DELAY + 1]) clock.setTimeout(() => fired.push(agenda.now), delay)
  await agenda.run(LONGEST_DELAY, NEVER)
  assert.deepEqual(fired, [1, LONGEST_DELAY])
})
