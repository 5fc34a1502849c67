/** Signing in: what joins the client, and what makes way for it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type NewSession, signInClient } from '../../src/lifecycle/index.ts'
import { aClient, aPolicy, at, DAY, held, MINUTE, sess, statusesOf, user } from '../support/sessions.ts'

const replacing = aPolicy({ sessionMode: 'single', onConflict: 'replace' })
const rejecting = aPolicy({ sessionMode: 'single', onConflict: 'reject' })
const arrival: NewSession = { id: sess('new'), userId: user('new') }

test('a session begins active, shown and last active, its deadlines from the policy', () => {
  const { changed, client, transitions } = signInClient(aClient([]), arrival, at(300))
  assert.equal(changed, true)
  assert.deepEqual(held(client, 'new'), {
    ...{ id: sess('new'), clientId: client.id, userId: user('new'), status: 'active' },
    ...{ createdAt: 300, updatedAt: 300, lastActiveAt: 300, expireAt: 300 + 7 * DAY, abandonAt: 300 + 30 * DAY },
  })
  assert.deepEqual([client.sessionIds, client.lastActiveSessionId, client.updatedAt], [[sess('new')], sess('new'), 300])
  assert.deepEqual(transitions, [
    {
      ...{ clientId: client.id, sessionId: sess('new'), userId: user('new'), from: null, to: 'active' },
      ...{ cause: 'sign-in', at: 300, recordedAt: 300 },
    },
  ])
})

test('an inactivity timeout shorter than the lifetime decides the first expireAt', () => {
  const policy = aPolicy({ inactivityTimeout: 30 * MINUTE })
  const { client } = signInClient(aClient([]), arrival, at(300), { policy })
  assert.equal(held(client, 'new').expireAt, 300 + 30 * MINUTE)
})

test('in multi mode a session joins the live sessions of other users, which stay', () => {
  const { client } = signInClient(aClient([{ name: 'a' }, { name: 'b', status: 'pending' }]), arrival, at(300))
  assert.deepEqual(statusesOf(client), { a: 'active', b: 'pending', new: 'active' })
  assert.equal(client.lastActiveSessionId, sess('new'))
})

for (const [mode, policy] of [
  ['multi', aPolicy()],
  ['single', replacing],
] as const) {
  test(`in ${mode} mode the same user's live, expired and ended sessions are replaced, the others stay closed`, () => {
    const all = ['pending', 'active', 'expired', 'ended', 'replaced', 'abandoned', 'revoked', 'removed'] as const
    const before = aClient(all.map((status) => ({ name: status, user: 'new', status })))
    const { client, transitions } = signInClient(before, arrival, at(300), { policy })
    assert.deepEqual(statusesOf(client), {
      ...{ pending: 'replaced', active: 'replaced', expired: 'replaced', ended: 'replaced', replaced: 'replaced' },
      ...{ abandoned: 'abandoned', revoked: 'revoked', removed: 'removed', new: 'active' },
    })
    assert.deepEqual(
      transitions.map(({ cause, from, askedBy }) => [cause, from, askedBy]),
      [
        ['sign-in', null, undefined],
        ...(['pending', 'active', 'expired', 'ended'] as const).map((from) => ['replace', from, sess('new')]),
      ],
    )
  })
}

test('a session that is due when its user signs in again expires first, then is replaced', () => {
  const { transitions } = signInClient(aClient([{ name: 'a', user: 'new', expireAt: 100 }]), arrival, at(300))
  assert.deepEqual(
    transitions.map(({ sessionId, to, at }) => `${at} ${sessionId} ${to}`),
    ['100 sess_a expired', '300 sess_new active', '300 sess_a replaced'],
  )
})

test('in single mode every live session is replaced; what other users left expired or ended stays', () => {
  const parts = [{ name: 'a' }, { name: 'b', status: 'pending' }, { name: 'c', status: 'expired' }] as const
  const before = aClient([...parts, { name: 'd', status: 'ended' }])
  const { client } = signInClient(before, arrival, at(300), { policy: replacing })
  assert.deepEqual(statusesOf(client), { a: 'replaced', b: 'replaced', c: 'expired', d: 'ended', new: 'active' })
  assert.equal(client.lastActiveSessionId, sess('new'))
})

test('where the policy rejects, a sign-in beside a live session is refused, and the client is settled', () => {
  const before = aClient([
    { name: 'a', expireAt: 300 },
    { name: 'b', expireAt: 301 },
  ])
  const refused = signInClient(before, arrival, at(300), { policy: rejecting })
  assert.ok(!refused.changed && refused.reason === 'session-exists')
  assert.deepEqual(statusesOf(refused.client), { a: 'expired', b: 'active' })
  const accepted = signInClient(before, arrival, at(301), { policy: rejecting })
  assert.equal(accepted.changed, true)
  assert.deepEqual(statusesOf(accepted.client), { a: 'expired', b: 'expired', new: 'active' })
})

test('a pending session joins without becoming last active', () => {
  const before = aClient([{ name: 'a' }])
  const { client, transitions } = signInClient(before, { ...arrival, status: 'pending' }, at(300))
  assert.deepEqual(statusesOf(client), { a: 'active', new: 'pending' })
  assert.deepEqual([client.lastActiveSessionId, client.updatedAt], [sess('a'), 300])
  assert.equal(transitions[0]?.to, 'pending')
})

test('a pending session that replaces the last active one takes its place', () => {
  const before = aClient([{ name: 'a', user: 'new' }])
  const { client } = signInClient(before, { ...arrival, status: 'pending' }, at(300))
  assert.deepEqual(statusesOf(client), { a: 'replaced', new: 'pending' })
  assert.equal(client.lastActiveSessionId, sess('new'))
})

test('a sign-in by an id that the client holds is repeated', () => {
  const before = signInClient(aClient([{ name: 'a' }]), arrival, at(300)).client
  const outcome = signInClient(before, arrival, at(301))
  assert.ok(!outcome.changed && outcome.reason === 'repeated')
  assert.equal(outcome.client, before)
})

test("a sign-in by the id of another user's session, or of one that is over, is refused", () => {
  // Catches: any namesake taken for a repetition.
  const others = signInClient(aClient([{ name: 'new', user: 'other' }]), arrival, at(300))
  assert.ok(!others.changed && others.reason === 'id-taken')
  const over = signInClient(aClient([{ name: 'new', user: 'new', status: 'ended' }]), arrival, at(300))
  assert.ok(!over.changed && over.reason === 'id-taken')
})

test('a sign-in that changed the client gives no reason why it did not', () => {
  assert.equal('reason' in signInClient(aClient([]), arrival, at(300)), false)
})

test('members beyond the lifecycle stay on a session, and those of the lifecycle are not taken from outside', () => {
  const foreign = { ...arrival, factor: 'passkey', expireAt: 1, createdAt: 1, clientId: 'client_other' }
  const { client } = signInClient(aClient([]), foreign, at(300))
  const session = held(client, 'new')
  assert.ok('factor' in session && session.factor === 'passkey')
  assert.deepEqual([session.createdAt, session.expireAt, session.clientId], [300, 300 + 7 * DAY, client.id])
})

test('who asked is kept with the sign-in, and the new session with what it replaced', () => {
  const before = aClient([{ name: 'a', user: 'new' }])
  const { transitions } = signInClient(before, arrival, at(300), { askedBy: 'user_admin' })
  assert.deepEqual(
    transitions.map(({ askedBy }) => askedBy),
    ['user_admin', sess('new')],
  )
})

test('a sign-in by a clock that has stepped back moves no timestamp of the client or of a replaced session back', () => {
  const before = aClient([{ name: 'a', user: 'new', updatedAt: 500 }], { updatedAt: 600 })
  const { client } = signInClient(before, arrival, at(300))
  assert.deepEqual([client.updatedAt, held(client, 'a').updatedAt, held(client, 'new').createdAt], [600, 500, 300])
})
