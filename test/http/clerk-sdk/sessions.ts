/** One session: read, created, revoked, and not verified any more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, openClerk, refusal, sdkSession, signIn } from '../../support/clerk-sdk.ts'
import { START } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

export function sessions(kind: StoreKind): void {
  test('a session that is created is live, on a new client, and Clerk’s durations from now', async () => {
    await using http = await openClerk(kind)
    const { clerk, service } = http
    const session = await clerk.sessions.createSession({ userId: 'user_ann' })
    assert.match(session.id, /^sess_\w+$/)
    assert.match(session.clientId, /^client_\w+$/)
    assert.deepEqual([session.userId, session.status], ['user_ann', 'active'])
    assert.deepEqual([session.createdAt, session.updatedAt, session.lastActiveAt], [START, START, START])
    assert.deepEqual([session.expireAt, session.abandonAt], [START + 7 * DAY, START + 30 * DAY])
    assert.deepEqual([session.actor, session.lastActiveOrganizationId], [null, null])
    const { latestActivity, actor, lastActiveOrganizationId, ...members } = session
    assert.deepEqual(members, sdkSession(await service.tenure.getSession(session.id)))
    assert.deepEqual((await clerk.clients.getClient(session.clientId)).sessionIds, [session.id])
  })

  test('two sessions that are created for one user are on two clients, and both live', async () => {
    await using http = await openClerk(kind)
    const { clerk } = http
    const [a, b] = [
      await clerk.sessions.createSession({ userId: 'user_ann' }),
      await clerk.sessions.createSession({ userId: 'user_ann' }),
    ]
    assert.notEqual(a.clientId, b.clientId)
    const { data } = await clerk.sessions.getSessionList({ userId: 'user_ann', status: 'active' })
    assert.deepEqual(new Set(data.map(({ id }) => id)), new Set([a.id, b.id]))
  })

  test('a session without a user, or whose user’s id is none, is refused with the parameter’s name', async () => {
    await using http = await openClerk(kind)
    const { sessions: api } = http.clerk
    assert.equal(await refusal(api.createSession({ userId: undefined as unknown as string })), '422 form_param_missing')
    assert.equal(await refusal(api.createSession({ userId: 'white space' })), '422 form_param_value_invalid')
    assert.equal(await refusal(api.createSession({ userId: 7 as unknown as string })), '422 form_param_type_invalid')
  })

  test('a session is read as it is at that instant, with no sweep: live, expired at exactly expireAt, then abandoned', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const { id, expireAt, abandonAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const seen: unknown[] = []
    for (const instant of [expireAt - 1, expireAt, abandonAt - 1, abandonAt]) {
      clock.advanceTo(instant)
      const { status, updatedAt } = await clerk.sessions.getSession(id)
      seen.push([status, updatedAt])
    }
    const expected = [
      ['active', START],
      ['expired', expireAt],
      ['expired', expireAt],
      ['abandoned', abandonAt],
    ]
    assert.deepEqual(seen, expected)
  })

  test('a session is read with its actor and organization, and by itself without its latest activity', async () => {
    await using http = await openClerk(kind)
    const activity = { object: 'session_activity', id: 'sess_activity_1', is_mobile: true, browser_name: 'Firefox' }
    const members = { actor: { sub: 'user_admin' }, last_active_organization_id: 'org_1', latest_activity: activity }
    const { id } = await signIn(http, { user_id: 'user_ann', ...members })
    const session = await http.clerk.sessions.getSession(id)
    assert.deepEqual([session.actor, session.lastActiveOrganizationId], [{ sub: 'user_admin' }, 'org_1'])
    assert.equal(session.latestActivity, undefined)
    const [listed] = (await http.clerk.sessions.getSessionList({ userId: 'user_ann' })).data
    assert.deepEqual([listed?.latestActivity?.isMobile, listed?.latestActivity?.browserName], [true, 'Firefox'])
  })

  test('an id that no session has is not found, in Clerk’s words', async () => {
    await using http = await openClerk(kind)
    for (const id of ['sess_nobody', 'client_1', 'sess_ünïcode', 'sess_%25', 'x'.repeat(600)]) {
      assert.equal(await refusal(http.clerk.sessions.getSession(id)), '404 resource_not_found', id)
      assert.equal(await refusal(http.clerk.sessions.revokeSession(id)), '404 resource_not_found', id)
    }
  })

  for (const status of ['active', 'pending'] as const) {
    test(`a session that is ${status} is revoked, and read so from then on`, async () => {
      await using http = await openClerk(kind)
      const { clerk, clock } = http
      const { id } = await signIn(http, { user_id: 'user_ann', status })
      clock.advanceBy('PT1H')
      const session = await clerk.sessions.revokeSession(id)
      assert.deepEqual([session.id, session.status, session.updatedAt], [id, 'revoked', START + 3_600_000])
      assert.deepEqual(await clerk.sessions.getSession(id), session)
    })
  }

  test('a session that has expired, and nobody wrote it down, is still revoked', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    clock.advanceTo(expireAt)
    assert.equal((await clerk.sessions.revokeSession(id)).status, 'revoked')
  })

  test('revoking a session that is over already answers it as it is, and changes nothing', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock, service } = http
    for (const [name, status] of [
      ['end', 'ended'],
      ['revoke', 'revoked'],
      ['remove', 'removed'],
    ] as const) {
      const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
      await command(http, id, name)
      const before = await service.tenure.getSession(id)
      clock.advanceBy('PT1M')
      const session = await clerk.sessions.revokeSession(id)
      assert.equal(session.status, status)
      assert.deepEqual(await service.tenure.getSession(id), before)
    }
    const { id, abandonAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    clock.advanceTo(abandonAt)
    assert.equal((await clerk.sessions.revokeSession(id)).status, 'abandoned')
  })

  test('verifying a session by its id is deprecated, whether there is one or not', async () => {
    await using http = await openClerk(kind)
    const { id } = await http.clerk.sessions.createSession({ userId: 'user_ann' })
    assert.equal(await refusal(http.clerk.sessions.verifySession(id, 'token')), '410 operation_deprecated')
    assert.equal(await refusal(http.clerk.sessions.verifySession('sess_nobody', 'token')), '410 operation_deprecated')
  })
}
