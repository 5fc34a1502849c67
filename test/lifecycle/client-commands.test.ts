/** What a touch, a selection, an end, a removal, a revocation and a sign-out of all do to a client. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { commandClient, selectSession, showClient, signOutClient } from '../../src/lifecycle/index.ts'
import { aClient, aPolicy, at, held, MINUTE, sess, statusesOf } from '../support/sessions.ts'

const LATER = { expireAt: 100 * MINUTE, abandonAt: 200 * MINUTE }
const sliding = aPolicy({ inactivityTimeout: 30 * MINUTE, touchInterval: MINUTE })
const single = aPolicy({ sessionMode: 'single', onConflict: 'replace' })

test('a touch a millisecond sooner than touchInterval after the last writes nothing, at touchInterval it writes', () => {
  const client = aClient([{ name: 'a', ...LATER, lastActiveAt: 5 * MINUTE }])
  const early = commandClient(client, sess('a'), 'touch', at(6 * MINUTE - 1), { policy: sliding })
  assert.ok(!early.changed && early.reason === 'throttled')
  assert.equal(early.client, client)
  const due = commandClient(client, sess('a'), 'touch', at(6 * MINUTE), { policy: sliding })
  assert.equal(due.changed, true)
  assert.equal(held(due.client, 'a').lastActiveAt, 6 * MINUTE)
})

test('a touch of a session that is not the last active one is not throttled, and makes it so', () => {
  const client = aClient([
    { name: 'a', ...LATER },
    { name: 'b', ...LATER, lastActiveAt: 5 * MINUTE },
  ])
  const { changed, client: after } = commandClient(client, sess('b'), 'touch', at(5 * MINUTE + 1))
  assert.equal(changed, true)
  assert.deepEqual([after.lastActiveSessionId, after.updatedAt], [sess('b'), 5 * MINUTE + 1])
  assert.equal(held(after, 'b').lastActiveAt, 5 * MINUTE + 1)
})

test('a touch of the last active session leaves the updatedAt of the client', () => {
  const client = aClient([{ name: 'a', ...LATER }], { updatedAt: 7 })
  const { changed, client: after } = commandClient(client, sess('a'), 'touch', at(5 * MINUTE))
  assert.deepEqual([changed, after.updatedAt], [true, 7])
})

test('a touch at exactly expireAt finds the session expired, and does not select it', () => {
  const client = aClient([{ name: 'a', expireAt: 100 }, { name: 'b' }], { lastActive: 'b' })
  const outcome = commandClient(client, sess('a'), 'touch', at(100))
  assert.ok(!outcome.changed && outcome.reason === 'expired')
  assert.deepEqual(statusesOf(outcome.client), { a: 'expired', b: 'active' })
  assert.equal(outcome.client.lastActiveSessionId, sess('b'))
  assert.equal(outcome.transitions.length, 1)
})

test('a touch by a clock that has stepped back is throttled where the session is last active already', () => {
  const client = aClient([{ name: 'a', ...LATER, lastActiveAt: 5 * MINUTE, updatedAt: 5 * MINUTE }])
  const outcome = commandClient(client, sess('a'), 'touch', at(MINUTE))
  assert.ok(!outcome.changed && outcome.reason === 'throttled')
})

test('a touch by a clock that has stepped back selects another session, and moves no timestamp of it back', () => {
  const active = { ...LATER, lastActiveAt: 5 * MINUTE, updatedAt: 5 * MINUTE }
  const client = aClient(
    [
      { name: 'a', ...LATER },
      { name: 'b', ...active },
    ],
    { updatedAt: 6 * MINUTE },
  )
  const outcome = commandClient(client, sess('b'), 'touch', at(MINUTE))
  assert.equal(outcome.changed, true)
  assert.deepEqual([outcome.client.lastActiveSessionId, outcome.client.updatedAt], [sess('b'), 6 * MINUTE])
  const { lastActiveAt, updatedAt } = held(outcome.client, 'b')
  assert.deepEqual([lastActiveAt, updatedAt], [5 * MINUTE, 5 * MINUTE])
})

test('a touch of an id that two sessions share reaches the live one, and selects it', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended' }, { name: 'b' }])
  const { changed, client: after } = commandClient(client, sess('b'), 'touch', at(300))
  assert.deepEqual([changed, after.lastActiveSessionId], [true, sess('b')])
  assert.deepEqual(
    after.sessions.map(({ lastActiveAt }) => lastActiveAt),
    [0, 0, 300],
  )
})

test('a selection makes a live session last active and records no activity', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'pending' }])
  const { changed, client: after } = selectSession(client, sess('b'), at(300))
  assert.deepEqual([changed, after.lastActiveSessionId, after.updatedAt], [true, sess('b'), 300])
  assert.equal(after.sessions, client.sessions)
})

test('a selection of what is selected already, of a dead or of an unknown session changes nothing', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended' }, { name: 'c', expireAt: 300 }])
  const reasonOf = (name: string) => {
    const outcome = selectSession(client, sess(name), at(300))
    return outcome.changed ? null : outcome.reason
  }
  assert.deepEqual(['a', 'b', 'c', 'x'].map(reasonOf), ['repeated', 'ended', 'expired', 'unknown-session'])
})

test('a selection of an id that two sessions share selects it as long as one of them is live', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended' }, { name: 'b' }])
  assert.equal(selectSession(client, sess('b'), at(300)).client.lastActiveSessionId, sess('b'))
})

test('a command for a session that the client does not hold still settles the client', () => {
  const client = aClient([{ name: 'a', expireAt: 100 }])
  const outcome = commandClient(client, sess('x'), 'end', at(100))
  assert.ok(!outcome.changed && outcome.reason === 'unknown-session')
  assert.deepEqual(statusesOf(outcome.client), { a: 'expired' })
})

test('ending what has ended is repeated, ending what has expired is refused', () => {
  const client = aClient([
    { name: 'a', status: 'ended' },
    { name: 'b', expireAt: 100 },
  ])
  const again = commandClient(client, sess('a'), 'end', at(50))
  assert.ok(!again.changed && again.reason === 'repeated')
  assert.equal(again.client, client)
  const late = commandClient(client, sess('b'), 'end', at(100))
  assert.ok(!late.changed && late.reason === 'expired')
})

test('a removal takes the id out of sessionIds, keeps the session, and changes the client', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended' }])
  const { client: after } = commandClient(client, sess('b'), 'remove', at(300))
  assert.deepEqual(after.sessionIds, [sess('a')])
  assert.deepEqual(statusesOf(after), { a: 'active', b: 'removed' })
  assert.deepEqual([after.lastActiveSessionId, after.updatedAt], [sess('a'), 300])
})

test('a removal of what the client no longer showed leaves its updatedAt', () => {
  // Catches: leaving told by the command alone.
  const client = { ...aClient([{ name: 'a', ...LATER, status: 'revoked' }]), sessionIds: [] }
  const { changed, client: after } = commandClient(client, sess('a'), 'remove', at(300), { policy: single })
  assert.deepEqual([changed, statusesOf(after), after.updatedAt], [true, { a: 'removed' }, client.updatedAt])
  assert.equal(commandClient(client, sess('a'), 'remove', at(300)).client.updatedAt, 300)
})

test('a removed id leaves sessionIds, be it one that single-session mode did not show', () => {
  // Catches: leaving only for what was shown.
  const client = aClient([{ name: 'a', ...LATER, status: 'revoked' }])
  const { client: after } = commandClient(client, sess('a'), 'remove', at(300), { policy: single })
  assert.deepEqual([after.sessionIds, after.updatedAt], [[], 300])
})

test('a revocation keeps the id in sessionIds in multi mode, and takes it out in single mode', () => {
  const client = aClient([{ name: 'a' }, { name: 'b' }])
  const inMulti = commandClient(client, sess('b'), 'revoke', at(300)).client
  assert.deepEqual([inMulti.sessionIds, inMulti.updatedAt], [client.sessionIds, 0])
  const inSingle = commandClient(client, sess('b'), 'revoke', at(300), { policy: single }).client
  assert.deepEqual([inSingle.sessionIds, inSingle.updatedAt], [[sess('a')], 300])
  for (const after of [inMulti, inSingle]) assert.deepEqual(statusesOf(after), { a: 'active', b: 'revoked' })
})

test('an expired session can still be revoked; the last active one stays', () => {
  const client = aClient([{ name: 'a', status: 'expired' }, { name: 'b' }], { lastActive: 'b' })
  const { changed, client: after } = commandClient(client, sess('a'), 'revoke', at(300))
  assert.deepEqual([changed, after.lastActiveSessionId], [true, sess('b')])
})

test('signing out ends the live sessions, and leaves the expired and closed ones', () => {
  const parts = [{ name: 'a' }, { name: 'b', status: 'pending' }, { name: 'c', expireAt: 300 }] as const
  const client = aClient([...parts, { name: 'd', status: 'revoked' }])
  const outcome = signOutClient(client, 'end', at(300), { askedBy: 'user_a' })
  assert.deepEqual(statusesOf(outcome.client), { a: 'ended', b: 'ended', c: 'expired', d: 'revoked' })
  assert.deepEqual([outcome.client.lastActiveSessionId, outcome.client.updatedAt], [null, 300])
  assert.deepEqual(outcome.client.sessionIds, client.sessionIds)
  assert.deepEqual(
    outcome.transitions.map(({ askedBy }) => askedBy),
    [undefined, 'user_a', 'user_a'],
  )
})

test('signing out by removal removes every session, and shows none', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'expired' }, { name: 'c', status: 'ended' }])
  const { client: after } = signOutClient(client, 'remove', at(300))
  assert.deepEqual(statusesOf(after), { a: 'removed', b: 'removed', c: 'removed' })
  assert.deepEqual([after.sessionIds, after.lastActiveSessionId, after.updatedAt], [[], null, 300])
})

test('signing out where nothing is left to sign out is repeated', () => {
  for (const command of ['end', 'remove'] as const) {
    const client = aClient([{ name: 'a', status: 'removed' }])
    const outcome = signOutClient(client, command, at(300))
    assert.ok(!outcome.changed && outcome.reason === 'repeated')
    assert.equal(outcome.client, client)
  }
})

test('a client shows all but removed sessions, newest last, and revoked ones in multi mode only', () => {
  const client = aClient([
    { name: 'new', createdAt: 20 },
    { name: 'old', status: 'replaced' },
    { name: 'revoked', status: 'revoked', createdAt: 10 },
    { name: 'removed', status: 'removed' },
    { name: 'also', status: 'abandoned' },
  ])
  const shown = showClient(client, { sessionMode: 'multi' })
  assert.deepEqual(shown.sessionIds, ['old', 'also', 'revoked', 'new'].map(sess))
  assert.deepEqual(
    shown.sessions.map(({ id }) => id),
    shown.sessionIds,
  )
  assert.deepEqual(showClient(client, { sessionMode: 'single' }).sessionIds, ['old', 'also', 'new'].map(sess))
  assert.equal(client.sessions.length, 5)
})
