/** Touches: what they advance, what they slide, and when they write nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from '../../../src/service/verify.ts'
import { gatedStore } from '../../support/gated-store.ts'
import { openService, reasonOf, START, signedIn } from '../../support/services.ts'
import { MINUTE } from '../../support/sessions.ts'
import { dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function touches(kind: StoreKind): void {
  test('a touch advances the activity and nothing that does not slide, in the row of its session alone', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    const client = await tenure.getClient(session.clientId)
    clock.advanceBy(MINUTE)
    const now = START + MINUTE
    const touched = { ...session, lastActiveAt: now, updatedAt: now, version: 2 }
    assert.deepEqual(await tenure.touch(session.id), { changed: true, session: touched, transitions: [] })
    assert.deepEqual(await tenure.getClient(session.clientId), { ...client, sessions: [touched] })
    assert.equal((await tenure.history()).total, 1)
  })

  test('a touch of the last active session before the interval is over writes nothing, and at exactly then it does', async () => {
    await using service = await openService(kind, { touchInterval: 1_000 })
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    const before = await dumpOf(service.store)
    clock.advanceTo(START + 999)
    assert.deepEqual(await tenure.touch(session.id), { changed: false, reason: 'throttled', session })
    assert.deepEqual(await dumpOf(service.store), before)
    clock.advanceTo(START + 1_000)
    assert.equal(reasonOf(await tenure.touch(session.id)), 'changed')
    assert.equal((await tenure.getSession(session.id))?.version, 2)
  })

  test('a touch of another session than the last active one is not throttled, and makes it last active', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const first = await signedIn(tenure, 'ann', { sessionId: 'first' })
    await signedIn(tenure, 'ben', { sessionId: 'second', clientId: first.clientId })
    clock.advanceBy(1)
    assert.equal(reasonOf(await tenure.touch('first')), 'changed')
    const client = await tenure.getClient(first.clientId)
    assert.deepEqual([client?.lastActiveSessionId, client?.updatedAt, client?.version], ['first', START + 1, 3])
    assert.equal((await tenure.history()).total, 2)
  })

  test('a touch that finds the activity as it is makes its session last active all the same', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const first = await signedIn(tenure, 'ann', { sessionId: 'first' })
    await signedIn(tenure, 'ben', { sessionId: 'second', clientId: first.clientId })
    const outcome = await tenure.touch('first')
    assert.equal(outcome.changed, true)
    assert.equal((await tenure.getClient(first.clientId))?.lastActiveSessionId, 'first')
    assert.deepEqual((await tenure.getSession('first'))?.lastActiveAt, START)
  })

  for (const [which, sessionId] of [
    ['the last active session', 'last'],
    ['another session', 'other'],
  ] as const) {
    test(`a touch of ${which} that is decided before a deadline, and would be written after it, extends nothing`, async () => {
      await using service = await openService(kind, { inactivityTimeout: 100, touchInterval: 0 })
      const { clientId } = await signedIn(service.tenure, 'ann', { sessionId: 'other' })
      await signedIn(service.tenure, 'ben', { sessionId: 'last', clientId })
      service.clock.advanceTo(START + 99)
      let seen: Verdict | undefined
      const slow = gatedStore(service.store, async (call, run) => {
        if (call === 'commit' && seen === undefined) {
          service.clock.advanceTo(START + 100)
          seen = await service.tenure.verify(sessionId)
        }
        return run()
      })
      assert.equal(reasonOf(await (await service.over(slow)).touch(sessionId)), 'expired')
      assert.deepEqual(seen, { live: false, reason: 'expired', since: START + 100 })
      assert.deepEqual(await service.tenure.verify(sessionId), seen)
    })
  }

  test('deadlines that count from activity slide, up to the lifetime and never past it', async () => {
    const abandonment = { after: 500, from: 'last-activity' } as const
    await using service = await openService(kind, {
      ...{ maximumLifetime: 250, touchInterval: 0, abandonment },
      inactivityTimeout: 100,
    })
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    assert.deepEqual([session.expireAt, session.abandonAt], [START + 100, START + 500])
    for (const [at, expireAt] of [
      [99, 199],
      [198, 250],
      [249, 250],
    ] as const) {
      clock.advanceTo(START + at)
      const outcome = await tenure.touch(session.id)
      assert.ok(outcome.changed)
      assert.deepEqual([outcome.session.expireAt, outcome.session.abandonAt], [START + expireAt, START + at + 500])
      assert.deepEqual(await tenure.getSession(session.id), outcome.session)
    }
    clock.advanceTo(START + 250)
    assert.equal(reasonOf(await tenure.touch(session.id)), 'expired')
  })

  test('a touch at exactly expireAt finds the session expired, and writes nothing', async () => {
    await using service = await openService(kind, { maximumLifetime: 100, touchInterval: 0 })
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    clock.advanceTo(START + 99)
    assert.equal(reasonOf(await tenure.touch(session.id)), 'changed')
    const before = await dumpOf(service.store)
    clock.advanceTo(START + 100)
    const outcome = await tenure.touch(session.id)
    assert.deepEqual(
      [reasonOf(outcome), outcome.session?.status, outcome.session?.updatedAt],
      ['expired', 'expired', START + 100],
    )
    clock.advanceTo(START + 1e11)
    assert.equal(reasonOf(await tenure.touch(session.id)), 'abandoned')
    assert.deepEqual(await dumpOf(service.store), before)
  })

  for (const [command, status] of [
    ['end', 'ended'],
    ['revoke', 'revoked'],
    ['remove', 'removed'],
  ] as const) {
    test(`a touch after ${command} is told that the session is ${status}, and writes nothing`, async () => {
      await using service = await openService(kind, { touchInterval: 0 })
      const { tenure, clock } = service
      const session = await signedIn(tenure, 'ann')
      await tenure[command](session.id)
      clock.advanceBy(5)
      const before = await dumpOf(service.store)
      assert.equal(reasonOf(await tenure.touch(session.id)), status)
      assert.deepEqual(await dumpOf(service.store), before)
    })
  }

  test('a touch writes down what a deadline did to another session of the client', async () => {
    await using service = await openService(kind, { maximumLifetime: 100, touchInterval: 0 })
    const { tenure, clock } = service
    const first = await signedIn(tenure, 'ann', { sessionId: 'first' })
    clock.advanceTo(START + 50)
    await signedIn(tenure, 'ben', { sessionId: 'second', clientId: first.clientId })
    clock.advanceTo(START + 120)
    const outcome = await tenure.touch('second')
    assert.ok(outcome.changed)
    assert.deepEqual(
      outcome.transitions.map(({ sessionId, to, at, recordedAt }) => [sessionId, to, at - START, recordedAt - START]),
      [['first', 'expired', 100, 120]],
    )
    const { items } = await tenure.history({ sessionId: 'first' })
    assert.deepEqual(
      items.map(({ to, version }) => [to, version]),
      [
        ['active', 1],
        ['expired', 2],
      ],
    )
  })

  test('a touch by a clock that stepped back moves nothing back, and revives nothing', async () => {
    await using service = await openService(kind, { maximumLifetime: 100, touchInterval: 0, inactivityTimeout: 50 })
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    clock.advanceTo(START + 40)
    await tenure.touch(session.id)
    const before = await dumpOf(service.store)
    clock.advanceTo(START + 10)
    assert.notEqual(reasonOf(await tenure.touch(session.id)), 'changed')
    assert.deepEqual(await dumpOf(service.store), before)
    clock.advanceTo(START + 90)
    await tenure.revoke(session.id)
    clock.advanceTo(START + 10)
    assert.equal(reasonOf(await tenure.touch(session.id)), 'revoked')
    assert.equal((await tenure.verify(session.id)).live, false)
  })

  test('a session that nobody knows is an outcome', async () => {
    await using service = await openService(kind)
    assert.deepEqual(await service.tenure.touch('sess_x'), { changed: false, reason: 'unknown-session', session: null })
  })
}
