/** Sweeping: what is written down, in which order and how much of it, and what others do meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { SessionId } from '../../src/domain/session.ts'
import type { Store } from '../../src/store/port.ts'
import { openFileService } from '../support/file-service.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { openService, START, signedIn, statuses, story } from '../support/services.ts'
import { DAY } from '../support/sessions.ts'
import { aNewClient, dumpOf, put } from '../support/stored.ts'
import { overStores } from '../support/stores.ts'

const DONE = { busy: 0, isDone: true }

/** The sessions that ledger rows were written of for a deadline, in their order. */
async function swept(store: Store): Promise<readonly string[]> {
  const { rows } = await store.listLedger({ limit: 1000 })
  return rows.filter(({ cause }) => cause.endsWith('-deadline')).map(({ sessionId }) => sessionId)
}

overStores((kind) => {
  test('what is due is written down at its deadline, with its ledger rows, and a second sweep finds nothing', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(DAY)
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    clock.advanceTo(START + 8 * DAY - 1)
    await signedIn(tenure, 'cho', { sessionId: 'c' })
    assert.deepEqual(await tenure.sweep(), { settled: 1, transitions: 1, ...DONE })
    assert.deepEqual(await story(tenure, { sessionId: 'a' as SessionId }), [
      '0 a v1 nothing -> active sign-in',
      `${7 * DAY} a v2 active -> expired expire-deadline`,
    ])
    const recorded = (await tenure.history()).items.map(({ sessionId, recordedAt }) => [sessionId, recordedAt - START])
    assert.deepEqual(recorded.at(-1), ['a', 8 * DAY - 1])
    assert.equal((await tenure.getClient(clientId))?.lastActiveSessionId, 'b')
    const before = await dumpOf(service.store)
    assert.deepEqual(await tenure.sweep(), { settled: 0, transitions: 0, ...DONE })
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('a session that passed both deadlines makes two transitions, and is due no more', async () => {
    await using service = await openService(kind)
    await signedIn(service.tenure, 'ann', { sessionId: 'a' })
    service.clock.advanceBy('P30D')
    assert.deepEqual(await service.tenure.sweep(), { settled: 1, transitions: 2, ...DONE })
    assert.deepEqual(await statuses(service.tenure), { a: 'abandoned' })
    service.clock.advanceBy('P300D')
    assert.deepEqual(await service.tenure.sweep(), { settled: 0, transitions: 0, ...DONE })
  })

  test('at exactly the deadline a session is due, and a millisecond sooner it is not', async () => {
    await using service = await openService(kind)
    await signedIn(service.tenure, 'ann')
    service.clock.advanceTo(START + 7 * DAY - 1)
    assert.equal((await service.tenure.sweep()).settled, 0)
    service.clock.advanceBy(1)
    assert.equal((await service.tenure.sweep()).settled, 1)
  })

  test('a limit leaves the rest for another sweep, the oldest deadline first', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    for (const name of ['c', 'a', 'e', 'b', 'd']) {
      await signedIn(tenure, name, { sessionId: name })
      clock.advanceBy(1)
    }
    clock.advanceBy('P7D')
    assert.deepEqual(await tenure.sweep({ limit: 2 }), { settled: 2, transitions: 2, busy: 0, isDone: false })
    assert.deepEqual(await swept(store), ['c', 'a'])
    assert.equal((await tenure.sweep({ limit: 2 })).isDone, false)
    assert.deepEqual(await tenure.sweep({ limit: 2 }), { settled: 1, transitions: 1, ...DONE })
    assert.deepEqual((await swept(store)).toSorted(), ['a', 'b', 'c', 'd', 'e'])
    for (const limit of [0, -1, 1.5, Number.NaN, '5' as unknown as number]) {
      await assert.rejects(tenure.sweep({ limit }), TypeError)
    }
  })

  test('after a long stop the ledger has the deadlines in their order, those of one session among those of others', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    for (const name of ['b', 'a']) {
      await signedIn(tenure, name, { sessionId: name })
      clock.advanceBy('P1D')
    }
    clock.advanceBy('P40D')
    await tenure.sweep()
    const { rows } = await store.listLedger({ limit: 100 })
    const told = rows.slice(2).map(({ sessionId, to, at }) => `${(at - START) / DAY} ${sessionId} ${to}`)
    assert.deepEqual(told, ['7 b expired', '8 a expired', '30 b abandoned', '31 a abandoned'])
  })

  test('many batches of sessions are swept in one pass', async () => {
    await using service = await openService(kind)
    const clients = Array.from({ length: 1203 }, (_, index) => aNewClient([{ name: `${index}` }], { name: `${index}` }))
    await put(service.store, ...clients)
    assert.deepEqual(await service.tenure.sweep(), { settled: 1203, transitions: 2406, ...DONE })
  })

  test('a session that another process extended before it was written is spared', async () => {
    const policy = { maximumLifetime: 30 * DAY, inactivityTimeout: 7 * DAY, touchInterval: 0 }
    await using service = await openService(kind, policy)
    const { tenure, clock, store } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b' })
    clock.advanceTo(START + 7 * DAY - 1)
    // Another process, whose clock is a millisecond behind, gets in between the sweep's beginning and its locks.
    const now = (START + 7 * DAY) as EpochMs
    const sweeping = interposedStore(store, {
      now: async () => {
        assert.deepEqual(await store.countDue(now, 9), 2)
        assert.equal((await tenure.touch('a')).changed, true)
        return now
      },
      changeDue: (due, decide) => store.changeDue(due, (view) => decide({ ...view, now })),
    })
    const outcome = await (await service.over(sweeping)).sweep()
    assert.deepEqual(outcome, { settled: 1, transitions: 1, ...DONE })
    assert.deepEqual(await statuses(tenure), { a: 'active', b: 'expired' })
  })

  test('one busy client does not hold up the others, and has its turn in the next sweep', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    for (const name of ['b', 'c']) await signedIn(tenure, name, { sessionId: name })
    clock.advanceBy('P7D')
    // Somebody else is faster each time that the first client is to be written.
    const isBusy = (ids: readonly string[] = []) => ids.includes(clientId)
    const contended = interposedStore(store, {
      changeDue: async (due, decide) => {
        await store.changeDue(due, (view) => ({ result: decide(view), changes: [] }))
        return null
      },
      commit: async (view, decision) => !isBusy(view.clients.map(({ id }) => id)) && store.commit(view, decision),
      change: async (selection, decide) => (isBusy(selection.clientIds) ? null : store.change(selection, decide)),
    })
    const outcome = await (await service.over(contended)).sweep()
    assert.deepEqual(outcome, { settled: 2, transitions: 2, busy: 1, isDone: false })
    assert.deepEqual(await tenure.sweep(), { settled: 1, transitions: 1, ...DONE })
  })

  test('sweeps of two processes at once write each transition once', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const other = await service.again()
    for (let count = 0; count < 60; count += 1) await signedIn(tenure, `user_${count}`)
    clock.advanceBy('P30D')
    const outcomes = await Promise.all([tenure.sweep(), other.sweep(), tenure.sweep({ limit: 7 })])
    assert.equal(
      outcomes.reduce((sum, { settled }) => sum + settled, 0),
      60,
    )
    assert.equal((await swept(store)).length, 120)
  })

  test('a sweep ends though sessions go on falling due while it runs', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    await signedIn(tenure, 'ann')
    clock.advanceBy('P7D')
    const now = clock.now()
    let arrivals = 0
    const arrive = async () => {
      arrivals += 1
      clock.advanceTo(START)
      await signedIn(tenure, `late_${arrivals}`)
      clock.advanceTo(now)
    }
    const growing = interposedStore(store, {
      findDue: (dueBy, limit) => arrive().then(() => store.findDue(dueBy, limit)),
      changeDue: (due, decide) => arrive().then(() => store.changeDue(due, decide)),
    })
    const outcome = await (await service.over(growing)).sweep({ limit: 20 })
    assert.deepEqual([outcome.settled, outcome.isDone], [20, false])
  })
})

test('rows whose due_at is wrong do not hold up those behind them, and the sweep ends', async () => {
  await using service = await openFileService()
  const { tenure, clock } = service
  for (let count = 0; count < 1100; count += 1) await signedIn(tenure, `user_${count}`)
  await signedIn(tenure, 'ann', { sessionId: 'a' })
  service.damage(`UPDATE sessions SET due_at = 0, expire_at = expire_at + ${DAY} WHERE id <> 'a'`)
  clock.advanceBy('P7D')
  assert.deepEqual(await tenure.sweep(), { settled: 1, transitions: 1, busy: 0, isDone: false })
})
