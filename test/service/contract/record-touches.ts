/** Touches that are recorded: a row of the ledger for each that is written, and an event; and nothing of it unless asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { clerkEnvelope } from '../../../src/events/forms.ts'
import { audit } from '../../../src/service/audit.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { gatedStore } from '../../support/gated-store.ts'
import {
  countedRandomness,
  openService,
  reasonOf,
  START,
  servicePolicy,
  signedIn,
  story,
} from '../../support/services.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'
import { allOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const TYPE = 'session.touched'

/** A service, and Tenure over its store that records touches, by a policy of a minute between them. */
async function recording(kind: StoreKind) {
  const service = await openService(kind)
  const policy = servicePolicy({ touchInterval: MINUTE, inactivityTimeout: DAY, maximumLifetime: 7 * DAY })
  const { store, clock } = service
  const over = (other: typeof store) =>
    openTenure({ store: other, policy, clock, randomness: countedRandomness(), recordTouches: true })
  const [tenure, silent] = [
    await over(store),
    await openTenure({ store, policy, clock, randomness: countedRandomness() }),
  ]
  return { tenure, silent, over, store, clock, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

export function recordedTouches(kind: StoreKind): void {
  test('a touch that is written leaves one row, from the status to itself at its instant, and its outcome has no transition', async () => {
    await using service = await recording(kind)
    const { tenure, clock } = service
    const { id, clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(MINUTE - 1)
    assert.equal(reasonOf(await tenure.touch(id)), 'throttled')
    clock.advanceBy(1)
    const outcome = await tenure.touch(id, { askedBy: 'gateway' })
    assert.ok(outcome.changed)
    assert.deepEqual([outcome.transitions, outcome.session.version], [[], 2])
    assert.deepEqual(await story(tenure), [
      '0 a v1 nothing -> active sign-in',
      `${MINUTE} a v2 active -> active touch by gateway`,
    ])
    assert.equal((await tenure.getClient(clientId))?.version, 1, 'a touch of the last active session leaves the client')
    assert.deepEqual(await allOf(audit(service)), [])
  })

  test('where touches are not recorded there is no row and no event', async () => {
    await using service = await recording(kind)
    const { tenure, silent, clock } = service
    await signedIn(silent, 'ann', { sessionId: 'a' })
    clock.advanceBy(MINUTE)
    assert.equal(reasonOf(await silent.touch('a')), 'changed')
    assert.equal((await silent.history()).total, 1)
    clock.advanceBy(MINUTE)
    await tenure.touch('a')
    assert.deepEqual((await story(silent)).slice(1), [`${2 * MINUTE} a v3 active -> active touch`])
    assert.deepEqual(await allOf(audit(service)), [])
  })

  test('a touch that makes another session last active leaves one row, and one that makes it that alone leaves none', async () => {
    await using service = await recording(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await tenure.touch('a')
    assert.equal((await tenure.getClient(clientId))?.lastActiveSessionId, 'a')
    assert.equal((await tenure.history()).total, 2, 'its activity was this instant already')
    clock.advanceBy(1)
    await tenure.touch('b')
    assert.deepEqual((await story(tenure)).slice(2), ['1 b v2 active -> active touch'])
    assert.deepEqual(await allOf(audit(service)), [])
  })

  test('what deadlines did to another session of the client is written with it, before it, and each once', async () => {
    await using service = await recording(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(DAY - MINUTE)
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    clock.advanceBy(2 * MINUTE)
    await tenure.touch('b', { askedBy: 'gateway' })
    assert.deepEqual((await story(tenure)).slice(2), [
      `${DAY} a v2 active -> expired expire-deadline`,
      `${DAY + MINUTE} b v2 active -> active touch by gateway`,
    ])
    clock.advanceBy(DAY)
    assert.equal(reasonOf(await tenure.touch('b')), 'expired')
    assert.equal((await tenure.sweep()).settled, 1)
    assert.deepEqual(await allOf(audit(service)), [])
  })

  test('it is told as session.touched, in its place among what happened, with the session, in the form of Clerk too', async () => {
    await using service = await recording(kind)
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(MINUTE)
    await tenure.touch('a')
    clock.advanceBy(MINUTE)
    await tenure.touch('a')
    await tenure.end('a')
    const told = (await tenure.events()).events.map(({ event }) => event)
    assert.deepEqual(
      told.map(({ type }) => type),
      ['session.created', TYPE, TYPE, 'session.ended'],
    )
    assert.equal(new Set(told.map(({ id }) => id)).size, 4)
    const { events } = await tenure.events({ types: [TYPE] })
    const [first] = events
    assert.ok(first && events.length === 2)
    const { from, to, cause, at, version, session } = first.event
    assert.deepEqual(
      [from, to, cause, at, version, session?.status],
      ['active', 'active', 'touch', START + MINUTE, 2, 'active'],
    )
    const { type, data } = clerkEnvelope(first.event, 'ins_1')
    assert.deepEqual([type, data.object, (data as { status?: string }).status], [TYPE, 'session', 'active'])
  })

  test('a subscription to it hears of each, and wakes for those that this process writes', async () => {
    await using service = await recording(kind)
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    const heard: number[] = []
    const subscribed = await tenure.on(TYPE, ({ at }) => heard.push(at - START), { name: 'activity' })
    for (let count = 1; count <= 2; count += 1) {
      clock.advanceBy(MINUTE)
      await tenure.touch('a')
      for (let turns = 0; heard.length < count; turns += 1) {
        assert.ok(turns < 100_000, 'it was never heard')
        await setImmediate()
      }
    }
    await subscribed.stop()
    assert.deepEqual(heard, [MINUTE, 2 * MINUTE])
  })

  test('of touches that race over one version one is written, with one row', async () => {
    await using service = await recording(kind)
    const { clock, store } = service
    // Nobody writes before everybody has read.
    let reading = 4
    const all = Promise.withResolvers<void>()
    const gated = gatedStore(store, async (call, run) => {
      const answer = call === 'commit' ? undefined : await run()
      if (call === 'read' && --reading === 0) all.resolve()
      if (call === 'commit') await all.promise
      return call === 'commit' ? run() : answer
    })
    const tenure = await service.over(gated)
    await signedIn(service.tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(MINUTE)
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => tenure.touch('a')))
    assert.deepEqual(outcomes.map(reasonOf).toSorted(), ['changed', 'throttled', 'throttled', 'throttled'])
    assert.deepEqual((await story(tenure)).slice(1), [`${MINUTE} a v2 active -> active touch`])
    assert.deepEqual(await allOf(audit(service)), [])
  })
}
