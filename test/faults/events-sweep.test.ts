/** Sweepers that meet each other, that are overtaken, and that find more than one pass can take. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { Sweeper } from '../../src/jobs/sweeper.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store } from '../../src/store/port.ts'
import { seeded, someSeed } from '../support/crash-chance.ts'
import { halfWritten } from '../support/crash-verdict.ts'
import { BORN } from '../support/documents.ts'
import { afterLast, importBacklog } from '../support/events-backlog.ts'
import { type GatedCall, gatedStore } from '../support/gated-store.ts'
import { type OpenedService, openService, START, servicePolicy, signedIn, story } from '../support/services.ts'
import { DAY, MINUTE } from '../support/sessions.ts'
import { feedOf } from '../support/stored.ts'
import { overStores, type StoreKind } from '../support/stores.ts'

/** Several batches of the sweep. */
const COUNT = 1700

const POLICY = { inactivityTimeout: 10 * MINUTE, touchInterval: 1000 }

overStores((kind) => {
  describe('two sweepers on one store', () => meeting(kind))
  describe('a sweep that is overtaken', () => overtaken(kind))
  describe('a sweep after a long stop', () => backlog(kind))
})

function sweeperOf(tenure: Tenure, store: Store, { clock }: OpenedService, faults: unknown[]): Sweeper {
  const onFault = (error: unknown) => faults.push(error)
  const interval = MINUTE as DurationMs
  return new Sweeper({ tenure, store, clock, interval, maximumClockStep: null, onFault, onClockStep: () => {} })
}

function meeting(kind: StoreKind): void {
  test('write each deadline down once, however they meet', async () => {
    await using opened = await openService(kind, {
      maximumLifetime: MINUTE,
      abandonment: { after: 3 * MINUTE, from: 'creation' },
    })
    const { tenure, clock, store } = opened
    const other = await opened.again()
    const chance = seeded(7)
    const clients: string[] = []
    for (let count = 0; count < 60; count += 1) {
      // Several on one client, too: whoever writes one of them is in the way of the other's.
      const { clientId } = await signedIn(tenure, `user_${count}`, { clientId: clients[count % 7] })
      if (count < 7) clients.push(clientId)
      clock.advanceBy(chance.below(1000))
    }
    const faults: unknown[] = []
    const sweepers = [tenure, other].map((each) => sweeperOf(each, store, opened, faults))
    for (const sweeper of sweepers) sweeper.start()
    for (let steps = 0; (await store.oldestDue()) !== null; steps += 1) {
      assert.ok(steps < 5000, 'it never came to an end')
      for (let turns = 0; turns < 5; turns += 1) await setImmediate()
      clock.advanceBy(chance.below(500))
    }
    await Promise.all(sweepers.map((sweeper) => sweeper.stop()))
    assert.deepEqual([faults, await halfWritten(store)], [[], []])
    const { rows } = await store.listLedger({ limit: 1000 })
    const times = Map.groupBy(rows, ({ sessionId, cause }) => `${sessionId} ${cause}`)
    assert.deepEqual([rows.length, times.size], [180, 180])
  })
}

/** Tenure whose next call of a kind waits before it is made, and what lets it. */
async function held(opened: OpenedService, call: GatedCall, store: Store, clock: ManualClock) {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let isHeld = false
  const gated = gatedStore(store, async (name, run) => {
    if (name === call && !isHeld) {
      isHeld = true
      reached.resolve()
      await released.promise
    }
    return run()
  })
  const tenure = await openTenure({ store: gated, clock, policy: servicePolicy(POLICY) })
  return { tenure, reached: reached.promise, release: released.resolve, opened }
}

function overtaken(kind: StoreKind): void {
  const skip = kind.isShared ? false : 'what is in memory has one process, and so one clock'

  test('before it has locked what is due, by a touch of a process whose clock is behind: the session is spared', {
    skip,
  }, async () => {
    await using opened = await openService(kind, POLICY)
    const ahead = new ManualClock(START + 10 * MINUTE)
    await signedIn(opened.tenure, 'user_1', { sessionId: 'sess_1' })
    opened.clock.advanceBy(5 * MINUTE)
    const store = await opened.opened.again({ clock: ahead })
    const { tenure, reached, release } = await held(opened, 'changeDue', store, ahead)
    const sweeping = tenure.sweep()
    await reached
    assert.ok((await opened.tenure.touch('sess_1')).changed)
    release()
    assert.deepEqual(await sweeping, { settled: 0, transitions: 0, busy: 0, isDone: true })
    assert.equal((await story(opened.tenure)).length, 1)
    assert.equal((await opened.tenure.getSession('sess_1'))?.expireAt, START + 15 * MINUTE)
    await store.close()
  })

  test('a touch that was decided in time, and is written after the deadline, spares nobody', async () => {
    await using opened = await openService(kind, POLICY)
    await signedIn(opened.tenure, 'user_1', { sessionId: 'sess_1' })
    opened.clock.advanceBy(9 * MINUTE)
    const { tenure, reached, release } = await held(opened, 'commit', opened.store, opened.clock)
    const touching = tenure.touch('sess_1')
    await reached
    opened.clock.advanceBy(MINUTE)
    assert.equal((await opened.tenure.sweep()).settled, 1)
    release()
    assert.equal((await touching).changed, false)
    assert.deepEqual((await story(opened.tenure)).slice(1), [
      `${10 * MINUTE} sess_1 v2 active -> expired expire-deadline`,
    ])
  })
}

function backlog(kind: StoreKind): void {
  for (const [name, abandonedAfter, rows] of [
    ['has what fell in the order that it fell', 30 * DAY, COUNT],
    ['has both deadlines of a session, each at its own', 1, 2 * COUNT],
  ] as const) {
    test(`${name}, though sessions lie in another`, async (t) => {
      const seed = someSeed()
      t.diagnostic(`seed ${seed}`)
      await using opened = await openService(kind)
      const { tenure, store, clock } = opened
      clock.advanceTo(BORN + 1)
      const deadlines = await importBacklog(tenure, COUNT, { seed, abandonedAfter })
      const after = (await feedOf(store, COUNT)).at(-1)?.cursor ?? null
      clock.advanceTo(afterLast(COUNT))
      const faults: unknown[] = []
      const sweeper = sweeperOf(tenure, store, opened, faults)
      sweeper.start()
      while ((await store.countDue(clock.now(), 1)) > 0) await setImmediate()
      await sweeper.stop()
      assert.deepEqual(faults, [])
      const told = await feedOf(store, rows, { after })
      const inOrder = [...deadlines].sort(([, a], [, b]) => a - b)
      const expected = inOrder.flatMap(([id, at]) => [
        `${id} expired at ${at - START}`,
        ...(rows > COUNT ? [`${id} abandoned at ${at + abandonedAfter - START}`] : []),
      ])
      const found = told.map(({ sessionId, to, at }) => `${sessionId} ${to} at ${at - START}`)
      assert.deepEqual(found.toSorted(), expected.toSorted(), `seed ${seed}`)
      const misplaced = found.findIndex((line, place) => line !== expected[place])
      assert.equal(misplaced, -1, `seed ${seed}: ${found[misplaced]} is told where ${expected[misplaced]} fell`)
    })
  }
}
