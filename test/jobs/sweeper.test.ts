import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import type { EpochMs } from '../../src/domain/instant.ts'
import { Sweeper } from '../../src/jobs/sweeper.ts'
import { observeStore } from '../../src/store/observed-store.ts'
import { type OpenedService, openService, START, signedIn, story } from '../support/services.ts'
import { DAY, MINUTE } from '../support/sessions.ts'
import { overStores } from '../support/stores.ts'

const SECOND = 1000
const INTERVAL = 5 * MINUTE

interface Swept {
  readonly sweeper: Sweeper
  /** Tenure on the store that tells the sweeper what is written. */
  readonly tenure: OpenedService['tenure']
  readonly faults: string[]
  readonly steps: number[]
  /** How often the store was asked what is due. */
  readonly asked: () => number
}

/** @param now What the store says that it is; what it says by itself where it is left out. */
async function swept(
  opened: OpenedService,
  maximumClockStep: number | null = null,
  now: () => Promise<EpochMs> = () => opened.store.now(),
): Promise<Swept> {
  const faults: string[] = []
  const steps: number[] = []
  let asked = 0
  const { store, clock } = opened
  const watched = Object.assign(Object.create(store), {
    now,
    oldestDue: () => {
      asked += 1
      return store.oldestDue()
    },
  }) as OpenedService['store']
  const sweeper: Sweeper = new Sweeper({
    ...{ tenure: opened.tenure, store: watched, clock },
    interval: INTERVAL as DurationMs,
    maximumClockStep: maximumClockStep as DurationMs | null,
    onFault: (error) => faults.push((error as { code: string }).code),
    onClockStep: (step) => steps.push(step),
  })
  const tenure = await opened.over(observeStore(store, sweeper.written))
  return { sweeper, tenure, faults, steps, asked: () => asked }
}

/** Waits until the sweeper sleeps: then its timer, and no other, waits. */
async function asleep({ clock }: OpenedService): Promise<void> {
  for (let turns = 0; turns < 3; ) {
    await setImmediate()
    turns = clock.pending === 1 ? turns + 1 : 0
  }
}

overStores((kind) => {
  describe('the sweeper', () => {
    test('writes down what fell while nobody was there, each at its deadline, the oldest first', async () => {
      await using opened = await openService(kind)
      const { sweeper } = await swept(opened)
      for (const name of ['a', 'b']) {
        await signedIn(opened.tenure, 'user_1', { sessionId: `sess_${name}` })
        opened.clock.advanceBy(MINUTE)
      }
      opened.clock.advanceBy('P40D')
      sweeper.start()
      await asleep(opened)
      assert.deepEqual((await story(opened.tenure)).slice(2), [
        `${7 * DAY} sess_a v2 active -> expired expire-deadline`,
        `${7 * DAY + MINUTE} sess_b v2 active -> expired expire-deadline`,
        `${30 * DAY} sess_a v2 expired -> abandoned abandon-deadline`,
        `${30 * DAY + MINUTE} sess_b v2 expired -> abandoned abandon-deadline`,
      ])
      await sweeper.stop()
      assert.equal(opened.clock.pending, 0)
    })

    test('wakes at the next deadline to the millisecond, where that is sooner than its interval', async () => {
      await using opened = await openService(kind, { maximumLifetime: MINUTE })
      const { sweeper } = await swept(opened)
      await signedIn(opened.tenure, 'user_1')
      sweeper.start()
      await asleep(opened)
      opened.clock.advanceBy(MINUTE - 1)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 1)
      opened.clock.advanceBy(1)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 2)
      await sweeper.stop()
    })

    test('is woken by what is written here, and looks for what others wrote after its interval', async () => {
      await using opened = await openService(kind, { maximumLifetime: MINUTE })
      const { sweeper, tenure } = await swept(opened)
      sweeper.start()
      await asleep(opened)
      await signedIn(tenure, 'user_1')
      opened.clock.advanceBy(MINUTE)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 2, 'it knew of the deadline')
      await signedIn(opened.tenure, 'user_2')
      opened.clock.advanceBy(MINUTE)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 3, 'it did not know')
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 4)
      await sweeper.stop()
    })

    test('asks a store in which nothing is due once an interval, and no more', async () => {
      await using opened = await openService(kind)
      const { sweeper, asked } = await swept(opened)
      await signedIn(opened.tenure, 'user_1')
      sweeper.start()
      await asleep(opened)
      const before = asked()
      for (let count = 0; count < 10; count += 1) {
        opened.clock.advanceBy(INTERVAL)
        await asleep(opened)
      }
      assert.equal(asked() - before, 10)
      await sweeper.stop()
    })

    test('a session that is extended before it wakes is spared', async () => {
      await using opened = await openService(kind, { inactivityTimeout: 10 * MINUTE, touchInterval: SECOND })
      const { sweeper, tenure } = await swept(opened)
      const { id } = await signedIn(tenure, 'user_1')
      sweeper.start()
      await asleep(opened)
      for (let count = 0; count < 5; count += 1) {
        opened.clock.advanceBy(9 * MINUTE)
        await tenure.touch(id)
        await asleep(opened)
      }
      assert.equal((await tenure.verify(id)).live, true)
      assert.equal((await story(opened.tenure)).length, 1)
      await sweeper.stop()
    })

    test('a clock that steps forward past the bound ends nobody, and somebody is told; set right again, it is trusted', async () => {
      await using opened = await openService(kind)
      const { sweeper, steps } = await swept(opened, MINUTE)
      await signedIn(opened.tenure, 'user_1')
      sweeper.start()
      await asleep(opened)
      opened.clock.stepBy(365 * DAY)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.deepEqual([sweeper.isHeld, steps], [true, [365 * DAY]])
      opened.clock.advanceBy(10 * INTERVAL)
      await asleep(opened)
      assert.deepEqual([steps.length, (await story(opened.tenure)).length], [1, 1], 'told once, and nothing written')
      opened.clock.stepBy(-365 * DAY)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.equal(sweeper.isHeld, false)
      opened.clock.advanceTo(START + 7 * DAY)
      await asleep(opened)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.equal((await story(opened.tenure)).length, 2)
      await sweeper.stop()
    })

    test('it is the clock which deadlines are judged by that is looked at: the database’s where the store goes by that', async () => {
      await using opened = await openService(kind, { maximumLifetime: DAY })
      let databaseIsAhead = 0
      const began = opened.clock.elapsed()
      const now = async () => (START + opened.clock.elapsed() - began + databaseIsAhead) as EpochMs
      const { sweeper, steps } = await swept(opened, MINUTE, now)
      await signedIn(opened.tenure, 'user_1')
      sweeper.start()
      await asleep(opened)
      opened.clock.stepBy(-365 * DAY)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      opened.clock.stepBy(365 * DAY)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.deepEqual([sweeper.isHeld, steps], [false, []], 'nobody is judged by this process’s clock')
      databaseIsAhead = 365 * DAY
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.deepEqual([sweeper.isHeld, steps], [true, [365 * DAY]])
      assert.equal((await story(opened.tenure)).length, 1, 'nobody is ended')
      await sweeper.stop()
    })

    test('a clock that steps back has it sleep no longer than its interval, whatever is written then', async () => {
      await using opened = await openService(kind, { maximumLifetime: 4 * MINUTE })
      const { sweeper, tenure } = await swept(opened)
      sweeper.start()
      await asleep(opened)
      const { id } = await signedIn(opened.tenure, 'user_1')
      opened.clock.stepBy(-DAY)
      await tenure.requireTask(id)
      opened.clock.stepBy(DAY)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      assert.match((await story(opened.tenure)).at(-1) ?? '', /pending -> expired/)
      await sweeper.stop()
    })

    test('a step of exactly the bound is none, and so is time that passes', async () => {
      await using opened = await openService(kind)
      const { sweeper, steps } = await swept(opened, MINUTE)
      sweeper.start()
      await asleep(opened)
      opened.clock.stepBy(MINUTE)
      opened.clock.advanceBy('P100D')
      await asleep(opened)
      assert.deepEqual([sweeper.isHeld, steps], [false, []])
      await sweeper.stop()
    })

    test('a pass that fails is told of, and the next one tries again', async () => {
      await using opened = await openService(kind)
      const { sweeper, faults } = await swept(opened)
      await opened.store.close()
      sweeper.start()
      await asleep(opened)
      opened.clock.advanceBy(INTERVAL)
      await asleep(opened)
      await sweeper.stop()
      assert.deepEqual(faults, ['ERR_STORE_CLOSED', 'ERR_STORE_CLOSED'])
    })
  })
})
