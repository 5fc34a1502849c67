/** Who is last active when the session that was stops being live, and when that moves the client's `updatedAt`. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { commandClient, settleClient, signOutClient } from '../../src/lifecycle/index.ts'
import { aClient, at, type SessionParts, sess, statusesOf } from '../support/sessions.ts'

/** The last active session expires at 100; these are the others. */
function afterExpiry(others: readonly SessionParts[], now = 100) {
  const client = aClient([{ name: 'first', expireAt: 100 }, ...others], { lastActive: 'first' })
  return settleClient(client, at(now)).client
}

test('a millisecond before its deadline the last active session stays, at the deadline the next takes its place', () => {
  assert.equal(afterExpiry([{ name: 'b' }], 99).lastActiveSessionId, sess('first'))
  const { lastActiveSessionId, updatedAt } = afterExpiry([{ name: 'b' }], 100)
  assert.deepEqual([lastActiveSessionId, updatedAt], [sess('b'), 100])
})

test('the live session with the latest lastActiveAt takes the place, wherever it stands', () => {
  const [early, late] = [
    { name: 'early', lastActiveAt: 10 },
    { name: 'late', lastActiveAt: 11 },
  ]
  assert.equal(afterExpiry([early, late]).lastActiveSessionId, sess('late'))
  assert.equal(afterExpiry([late, early]).lastActiveSessionId, sess('late'))
})

test('of sessions active at one instant the greater id by code unit takes the place', () => {
  const greatest = (...names: string[]) => afterExpiry(names.map((name) => ({ name }))).lastActiveSessionId
  assert.equal(greatest('Z', 'a'), sess('a'))
  assert.equal(greatest('a', 'Z'), sess('a'))
  assert.equal(greatest('2', '10'), sess('2'))
  // By code point the emoji would be the greater one, and by locale neither is.
  assert.equal(greatest('\u{1f600}', '\uffff'), sess('\uffff'))
})

test('a pending session can take the place; an expired, ended or abandoned one cannot', () => {
  assert.equal(afterExpiry([{ name: 'b', status: 'pending' }]).lastActiveSessionId, sess('b'))
  for (const status of ['expired', 'ended', 'replaced', 'abandoned', 'revoked', 'removed'] as const) {
    assert.equal(afterExpiry([{ name: 'b', status }]).lastActiveSessionId, null)
  }
})

test('a session that stops at the same instant does not take the place', () => {
  assert.equal(afterExpiry([{ name: 'b', expireAt: 100 }]).lastActiveSessionId, null)
  assert.equal(afterExpiry([{ name: 'b', abandonAt: 100 }]).lastActiveSessionId, null)
  assert.equal(afterExpiry([{ name: 'b', expireAt: 101 }]).lastActiveSessionId, sess('b'))
})

test('a session created at that instant takes the place, one created a millisecond later does not', () => {
  assert.equal(afterExpiry([{ name: 'b', createdAt: 100 }], 500).lastActiveSessionId, sess('b'))
  assert.equal(afterExpiry([{ name: 'b', createdAt: 101 }], 500).lastActiveSessionId, null)
})

test('places pass on through one settle, each at its own deadline, until nobody is left', () => {
  const client = aClient([
    { name: 'first', expireAt: 100 },
    { name: 'second', expireAt: 200, lastActiveAt: 30 },
    { name: 'never', expireAt: 150, lastActiveAt: 20 },
    { name: 'third', expireAt: 300, lastActiveAt: 10 },
  ])
  const lastActiveAt = (now: number) => {
    const settled = settleClient(client, at(now)).client
    return [settled.lastActiveSessionId, settled.updatedAt]
  }
  assert.deepEqual(lastActiveAt(100), [sess('second'), 100])
  assert.deepEqual(lastActiveAt(199), [sess('second'), 100])
  assert.deepEqual(lastActiveAt(200), [sess('third'), 200])
  assert.deepEqual(lastActiveAt(300), [null, 300])
  assert.deepEqual(lastActiveAt(900), [null, 300])
})

test('a last active session that came in null, dangling or dead stays, and so does the updatedAt', () => {
  for (const lastActive of [null, 'nobody', 'dead']) {
    const client = aClient([{ name: 'b', expireAt: 50 }, { name: 'c' }, { name: 'dead', status: 'ended' }], {
      lastActive,
    })
    const settled = settleClient(client, at(60)).client
    assert.deepEqual(statusesOf(settled), { b: 'expired', c: 'active', dead: 'ended' })
    assert.equal(settled.lastActiveSessionId, client.lastActiveSessionId)
    assert.equal(settled.updatedAt, 0)
  }
})

test('a last active session that came in expired stays, even when it is abandoned', () => {
  const client = aClient([{ name: 'a', status: 'expired', abandonAt: 50 }, { name: 'b' }])
  const settled = settleClient(client, at(60)).client
  assert.deepEqual(statusesOf(settled), { a: 'abandoned', b: 'active' })
  assert.deepEqual([settled.lastActiveSessionId, settled.updatedAt], [sess('a'), 0])
})

test('the updatedAt of a client that was changed after the deadline stays', () => {
  const client = aClient([{ name: 'a', expireAt: 100 }, { name: 'b' }], { updatedAt: 700 })
  const settled = settleClient(client, at(800)).client
  assert.deepEqual([settled.lastActiveSessionId, settled.updatedAt], [sess('b'), 700])
})

test('transitions of one instant: expireAt before abandonAt, then the order of the sessions', () => {
  const client = aClient([
    { name: 'a', status: 'expired', abandonAt: 100 },
    { name: 'b', expireAt: 100, abandonAt: 100 },
    { name: 'c', expireAt: 90, abandonAt: 100 },
    { name: 'd', expireAt: 100 },
  ])
  const told = settleClient(client, at(200)).transitions.map(({ sessionId, to, at }) => `${at} ${sessionId} ${to}`)
  assert.deepEqual(told, [
    '90 sess_c expired',
    '100 sess_b expired',
    '100 sess_d expired',
    '100 sess_a abandoned',
    '100 sess_b abandoned',
    '100 sess_c abandoned',
  ])
})

test('ending the last active session passes its place on at the instant of the command', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', lastActiveAt: 10 }, { name: 'c', lastActiveAt: 20 }])
  const { client: after } = commandClient(client, sess('a'), 'end', at(300))
  assert.deepEqual([after.lastActiveSessionId, after.updatedAt], [sess('c'), 300])
})

test('ending another session leaves the last active one and the updatedAt of the client', () => {
  const client = aClient([{ name: 'a' }, { name: 'b' }])
  const { client: after } = commandClient(client, sess('b'), 'end', at(300))
  assert.deepEqual([after.lastActiveSessionId, after.updatedAt], [sess('a'), 0])
})

test('with two sessions of one id the place is kept until the last of them stops', () => {
  const client = aClient([{ name: 'a', expireAt: 100 }, { name: 'a', expireAt: 200 }, { name: 'b' }])
  assert.equal(settleClient(client, at(150)).client.lastActiveSessionId, sess('a'))
  assert.equal(settleClient(client, at(200)).client.lastActiveSessionId, sess('b'))
})

test('a clock that has stepped back: the client is changed no earlier than the transition that changed it', () => {
  // A row's transition never precedes its updatedAt, and the session that is listed last is not the latest one.
  const client = aClient([
    { name: 'a', updatedAt: 500 },
    { name: 'b', updatedAt: 400 },
  ])
  const { client: after, transitions } = signOutClient(client, 'end', at(300))
  assert.deepEqual(
    transitions.map(({ at }) => at),
    [500, 400],
  )
  assert.deepEqual([after.lastActiveSessionId, after.updatedAt], [null, 500])
})
