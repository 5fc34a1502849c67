import assert from 'node:assert/strict'
import test from 'node:test'
import { testWorld } from '../../../src/simulation/index.ts'
import { readClient, writeClient } from '../../../src/snapshot/index.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'

const world = testWorld({ seed: 7, policy: { inactivityTimeout: 'PT30M', maximumLifetime: 'P1D' } })
const { aSession, aClient, aSnapshot } = world
const now = world.start

test('a session is active, created now, and has the deadlines of its policy and ids like those of Clerk', () => {
  const session = aSession()
  const { id, userId, clientId, ...rest } = session
  assert.match(id, /^sess_[0-9A-Za-z]{27}$/)
  assert.match(userId, /^user_[0-9A-Za-z]{27}$/)
  assert.match(clientId, /^client_[0-9A-Za-z]{27}$/)
  assert.deepEqual(rest, {
    status: 'active',
    lastActiveAt: now,
    expireAt: now + 30 * MINUTE,
    abandonAt: now + 30 * DAY,
    updatedAt: now,
    createdAt: now,
  })
  assert.ok(Object.isFrozen(session))
  assert.notEqual(aSession().id, id)
})

test('a part that is given is taken, as a number or as text by the clock, and deadlines follow from the others', () => {
  const session = aSession({ userId: 'ann', createdAt: 'now-PT2H', lastActiveAt: now - 1000, abandonAt: 5 })
  assert.deepEqual(
    [session.userId, session.createdAt, session.lastActiveAt, session.expireAt, session.abandonAt],
    ['ann', now - 120 * MINUTE, now - 1000, now - 1000 + 30 * MINUTE, 5],
  )
})

test('an expired session has its deadline now, an abandoned one its last, and an ended one changed now', () => {
  const expired = aSession({ status: 'expired' })
  assert.deepEqual([expired.expireAt, expired.updatedAt, expired.createdAt], [now, now, now - 30 * MINUTE])
  const abandoned = aSession({ status: 'abandoned' })
  assert.deepEqual([abandoned.abandonAt, abandoned.updatedAt, abandoned.createdAt], [now, now, now - 30 * DAY])
  assert.equal(aSession({ status: 'ended', createdAt: 'now-P3D' }).updatedAt, now)
})

test('a client holds the sessions that it is given, shows what its mode shows, and was last active in the latest live one', () => {
  const sessions = [
    { id: 'a', createdAt: 'now-P1D' },
    { id: 'b', lastActiveAt: 'now-PT1M' },
    { id: 'c', status: 'removed' },
  ] as const
  const client = aClient({ sessions })
  assert.deepEqual(client.sessionIds, ['a', 'b'])
  assert.deepEqual([client.lastActiveSessionId, client.createdAt, client.updatedAt], ['b', now - DAY, now])
  assert.ok(client.sessions.every(({ clientId }) => clientId === client.id))
  assert.deepEqual(
    [
      aClient().sessions.length,
      aClient({ sessions: [] }).lastActiveSessionId,
      aClient({ lastActiveSessionId: null }).lastActiveSessionId,
    ],
    [1, null, null],
  )
})

for (const form of ['sdk', 'wire'] as const) {
  test(`a snapshot of the form ${form} is valid, has nothing odd, and comes out of the reader as it went in`, () => {
    const latestActivity = { id: 'sess_activity_1', isMobile: true, browserName: 'Firefox' }
    const actor = { sub: 'user_admin', camelCase: 1 }
    const snapshot = aSnapshot({ form, sessions: [{ latestActivity, actor, tasks: [{ key: 'choose-organization' }] }] })
    const reading = readClient(snapshot, { strict: true })
    assert.ok(reading.valid, JSON.stringify(reading.errors))
    assert.equal(reading.form, form)
    assert.equal(writeClient(reading, reading.client), JSON.stringify(snapshot))
    const [session] = snapshot['sessions'] as [Record<string, unknown>]
    assert.deepEqual(session['actor'], actor)
    const kept = { object: 'session_activity', id: 'sess_activity_1' }
    const named = {
      sdk: { ...kept, isMobile: true, browserName: 'Firefox' },
      wire: { ...kept, is_mobile: true, browser_name: 'Firefox' },
    }
    assert.deepEqual(session[form === 'sdk' ? 'latestActivity' : 'latest_activity'], named[form])
  })
}

test('both forms are of one client where the seed is one', () => {
  const [sdk, wire] = (['sdk', 'wire'] as const).map((form) => readClient(testWorld().aSnapshot({ form })))
  assert.ok(sdk?.valid && wire?.valid)
  assert.deepEqual(
    wire.client.sessions[0],
    Object.fromEntries(
      Object.keys(wire.client.sessions[0] ?? {}).map((name) => [name, sdk.client.sessions[0]?.[name as 'id']]),
    ),
  )
})

test('a store takes a snapshot in, of either form', async () => {
  await using other = testWorld()
  const tenure = await other.openTenure()
  const snapshots = [other.aSnapshot({ form: 'wire' }), other.aSnapshot({ sessions: [{}, { status: 'expired' }] })]
  for await (const { result } of tenure.importClients(snapshots)) assert.equal(result, 'imported')
  assert.equal((await tenure.listSessions()).total, 3)
})

test('a mistake in a part is told: which builder, which part, and what is wrong with it', () => {
  const cases: readonly [() => unknown, RegExp][] = [
    [() => aSession({ statsu: 'active' } as never), /^aSession has no statsu: did you mean status\?$/],
    [() => aSession({ sessions: [] } as never), /^aSession has no sessions: /],
    [() => aSession({ status: 'live' as never }), /^aSession: status is none of the eight statuses/],
    [() => aSession({ id: 'a b' }), /^aSession: id is not an id/],
    [() => aSession({ createdAt: 'yesterday' }), /^aSession: createdAt: an instant is ISO 8601/],
    [() => aSession({ expireAt: -1 }), /^aSession: expireAt is no instant/],
    [
      () => aClient({ sessions: [{ userid: 'ann' } as never] }),
      /^aClient: a session has no userid: did you mean userId\?$/,
    ],
    [() => aClient({ sessions: [{}, { userId: '' }] }), /^aClient: \/sessions\/1\/userId is not an id/],
    [() => aClient({ lastActiveSessionId: 5 as never }), /^aClient: \/lastActiveSessionId is not of type/],
    [() => aSnapshot({ form: 'snake' as never }), /^aSnapshot: form must be sdk or wire$/],
    [() => aSnapshot({ last_active_session_id: null } as never), /did you mean lastActiveSessionId\?$/],
    [() => aSnapshot({ sessions: [{ latestActivity: {} }] }), /^aSnapshot: \/sessions\/0\/latestActivity/],
  ]
  for (const [build, message] of cases) {
    assert.throws(build, { name: 'TypeError', message })
  }
})
