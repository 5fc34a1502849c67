/** A maximum of sessions a user, over all clients: what a sign-in over it does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUserId } from '../../../src/domain/session.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { openService, reasonOf, START, signedIn, statuses, story } from '../../support/services.ts'
import { dumpOf, userVersion } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const rejecting = { maximumSessionsPerUser: 2, onOverflow: 'reject' } as const
const replacing = { maximumSessionsPerUser: 2, onOverflow: 'replace-oldest' } as const

/** Signs `ann` in on clients of their own, one after the other. */
async function annSignsIn(tenure: Tenure, ...sessionIds: readonly string[]): Promise<void> {
  for (const sessionId of sessionIds) await signedIn(tenure, 'ann', { sessionId })
}

export function maximums(kind: StoreKind): void {
  test('where the policy rejects, one sign-in too many is refused, on a client of its own and on another', async () => {
    await using service = await openService(kind, rejecting)
    const { tenure } = service
    await annSignsIn(tenure, 's1', 's2')
    const other = await signedIn(tenure, 'ben', { sessionId: 'b' })
    const before = await dumpOf(service.store)
    const refused = { changed: false, reason: 'too-many-sessions', session: null }
    assert.deepEqual(await tenure.signIn({ userId: 'ann' }), refused)
    assert.deepEqual(await tenure.signIn({ userId: 'ann', clientId: other.clientId }), refused)
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('what the new session replaces on its own client does not count', async () => {
    await using service = await openService(kind, rejecting)
    const { tenure } = service
    await annSignsIn(tenure, 's1')
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 's2' })
    await signedIn(tenure, 'ann', { sessionId: 's3', clientId })
    assert.deepEqual(await statuses(tenure), { s1: 'active', s2: 'replaced', s3: 'active' })
  })

  test('pending sessions count; closed ones, and those that a deadline ended unswept, do not', async () => {
    await using service = await openService(kind, { ...rejecting, maximumLifetime: 100 })
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'dead' })
    clock.advanceTo(START + 50)
    await signedIn(tenure, 'ann', { sessionId: 'waiting', status: 'pending' })
    clock.advanceTo(START + 99)
    assert.equal(reasonOf(await tenure.signIn({ userId: 'ann' })), 'too-many-sessions')
    clock.advanceTo(START + 100)
    await signedIn(tenure, 'ann', { sessionId: 'third' })
    assert.equal(reasonOf(await tenure.signIn({ userId: 'ann' })), 'too-many-sessions')
    await tenure.end('third')
    await signedIn(tenure, 'ann', { sessionId: 'fourth' })
    assert.deepEqual(await statuses(tenure), { dead: 'expired', waiting: 'pending', third: 'ended', fourth: 'active' })
  })

  test('where the policy replaces, the oldest elsewhere makes way, by creation and then by id', async () => {
    await using service = await openService(kind, replacing)
    const { tenure, clock } = service
    await annSignsIn(tenure, 's2', 's1')
    clock.advanceBy(5)
    const outcome = await tenure.signIn({ userId: 'ann', sessionId: 's3' })
    assert.ok(outcome.changed)
    assert.deepEqual(
      outcome.transitions.map(({ sessionId, cause }) => `${sessionId} ${cause}`),
      ['s3 sign-in', 's1 replace'],
    )
    await annSignsIn(tenure, 's4')
    assert.deepEqual(await statuses(tenure), { s1: 'replaced', s2: 'replaced', s3: 'active', s4: 'active' })
    assert.deepEqual((await story(tenure, { sessionId: 's2' })).slice(1), ['5 s2 v2 active -> replaced replace by s4'])
  })

  test('more than one makes way where the maximum was lowered', async () => {
    await using service = await openService(kind, { maximumSessionsPerUser: 5, onOverflow: 'reject' })
    await annSignsIn(service.tenure, 's1', 's2', 's3', 's4', 's5')
    await using lowered = await openService(kind, replacing)
    const tenure = await lowered.over(service.store)
    await annSignsIn(tenure, 's6')
    const live = await tenure.listSessions({ status: ['active', 'pending'] })
    assert.deepEqual(
      live.items.map(({ id }) => id),
      ['s6', 's5'],
    )
  })

  test('the sessions of one client that make way are written together, its heir not among them', async () => {
    await using service = await openService(kind, { maximumSessionsPerUser: 1, onOverflow: 'replace-oldest' })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'ann' })
    await signedIn(tenure, 'ben', { sessionId: 'ben', clientId })
    clock.advanceBy(60_000)
    await tenure.touch('ann')
    await signedIn(tenure, 'ann', { sessionId: 'new' })
    assert.deepEqual(await statuses(tenure), { ann: 'replaced', ben: 'active', new: 'active' })
    assert.equal((await tenure.getClient(clientId))?.lastActiveSessionId, 'ben')
  })

  test('users do not count for each other', async () => {
    await using service = await openService(kind, { maximumSessionsPerUser: 1, onOverflow: 'reject' })
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann')
    await signedIn(tenure, 'ben', { clientId })
    await signedIn(tenure, 'cho')
    assert.equal(reasonOf(await tenure.signIn({ userId: 'cho' })), 'too-many-sessions')
  })

  test('a repeated sign-in at the maximum is repeated, and counts nothing', async () => {
    await using service = await openService(kind, rejecting)
    const { tenure, store } = service
    await annSignsIn(tenure, 's1', 's2')
    assert.equal(reasonOf(await tenure.signIn({ userId: 'ann', sessionId: 's2' })), 'repeated')
    assert.equal(await userVersion(store, toUserId('ann')), 2)
  })
}
