/** A live client: an actor that waits for the earliest deadline of its sessions. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createActor, type Snapshot } from 'xstate'
import type { SessionFact } from '../../machines/index.ts'
import { defaultPolicy } from '../../src/domain/policy.ts'
import type { Client } from '../../src/domain/session.ts'
import { liveClient } from '../../src/lifecycle/index.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { aClient, at, DAY, sess, statusesOf, user } from '../support/sessions.ts'

/** A started actor by the clock, and what it has told: `instant fact session`. */
function live(clock: ManualClock, client: Client, snapshot?: Snapshot<unknown>) {
  const input = { client, policy: defaultPolicy }
  const actor = createActor(liveClient(clock), snapshot ? { input, clock, snapshot } : { input, clock })
  const told: string[] = []
  const tell = ({ type, transition: { at, sessionId } }: SessionFact) => told.push(`${at} ${type} ${sessionId}`)
  for (const type of ['session.created', 'session.expired', 'session.abandoned', 'session.ended'] as const) {
    actor.on(type, tell)
  }
  const refused: string[] = []
  actor.on('client.refused', ({ event, reason }) => refused.push(`${event} ${reason}`))
  actor.start()
  return { actor, told, refused, client: () => actor.getSnapshot().context.client }
}

test('each session falls at its own deadline, and the last active one passes its place on', () => {
  const clock = new ManualClock()
  const { actor, told, client } = live(
    clock,
    aClient([{ name: 'a' }, { name: 'b', expireAt: 1_500, abandonAt: 1_600 }]),
  )
  clock.advanceTo(999)
  assert.deepEqual([told, client().lastActiveSessionId], [[], sess('a')])
  clock.advanceTo(1_000)
  assert.deepEqual([client().lastActiveSessionId, client().updatedAt], [sess('b'), 1_000])
  clock.advanceTo(1_499)
  assert.equal(actor.getSnapshot().value, 'signedIn')
  clock.advanceTo(1_500)
  assert.equal(actor.getSnapshot().value, 'dormant')
  clock.advanceTo(2_000)
  assert.equal(actor.getSnapshot().value, 'signedOut')
  assert.deepEqual(told, [
    '1000 session.expired sess_a',
    '1500 session.expired sess_b',
    '1600 session.abandoned sess_b',
    '2000 session.abandoned sess_a',
  ])
  assert.equal(clock.pending, 0)
})

test('one timer waits, however many sessions there are', () => {
  const clock = new ManualClock()
  const { actor } = live(clock, aClient([{ name: 'a' }, { name: 'b' }, { name: 'c', status: 'expired' }]))
  assert.equal(clock.pending, 1)
  clock.advanceTo(1_000)
  assert.equal(clock.pending, 1)
  actor.stop()
  assert.equal(clock.pending, 0)
})

test('a live session whose abandonAt comes first falls at it', () => {
  // Catches: a timer that waits for the expireAt of every live session.
  const clock = new ManualClock()
  const { client } = live(clock, aClient([{ name: 'a', expireAt: 1_000, abandonAt: 500 }]))
  clock.advanceTo(500)
  assert.deepEqual(statusesOf(client()), { a: 'abandoned' })
})

test('deadlines 30 and 400 days away are waited for', () => {
  const clock = new ManualClock()
  const parts = [30, 400].map((days) => ({ name: `${days}`, expireAt: days * DAY, abandonAt: 500 * DAY }))
  const { told } = live(clock, aClient(parts))
  clock.advanceTo(30 * DAY - 1)
  assert.deepEqual(told, [])
  clock.advanceTo(450 * DAY)
  assert.deepEqual(told, [`${30 * DAY} session.expired sess_30`, `${400 * DAY} session.expired sess_400`])
})

test('a sign-in on a client that waited for nothing begins to wait', () => {
  const clock = new ManualClock(5)
  const { actor, told, client } = live(clock, aClient([]))
  assert.equal(clock.pending, 0)
  actor.send({ type: 'client.signIn', now: clock.now(), session: { id: sess('a'), userId: user('a') } })
  clock.advanceTo(5 + 30 * DAY)
  assert.deepEqual(told, [
    '5 session.created sess_a',
    `${5 + 7 * DAY} session.expired sess_a`,
    `${5 + 30 * DAY} session.abandoned sess_a`,
  ])
  assert.equal(client().lastActiveSessionId, null)
})

test('a sign-out of all stops waiting; what is asked after it is refused with its reason', () => {
  const clock = new ManualClock()
  const { actor, told, refused } = live(clock, aClient([{ name: 'a' }, { name: 'b' }]))
  actor.send({ type: 'client.signOut', now: at(10), command: 'end' })
  assert.equal(clock.pending, 0)
  assert.deepEqual(told, ['10 session.ended sess_a', '10 session.ended sess_b'])
  actor.send({ type: 'client.touch', now: at(20), sessionId: sess('a') })
  actor.send({ type: 'client.end', now: at(20), sessionId: sess('a') })
  actor.send({ type: 'client.end', now: at(20), sessionId: sess('x') })
  assert.deepEqual(refused, ['client.touch ended', 'client.end repeated', 'client.end unknown-session'])
})

test('restored from JSON, a client goes on waiting for each deadline; one that passed meanwhile is told at once', () => {
  const first = live(
    new ManualClock(),
    aClient([{ name: 'a' }, { name: 'b', expireAt: 40 * DAY, abandonAt: 50 * DAY }]),
  )
  const snapshot = JSON.parse(JSON.stringify(first.actor.getPersistedSnapshot())) as Snapshot<unknown>
  first.actor.stop()
  const clock = new ManualClock(1_500)
  const { told, client } = live(clock, aClient([]), snapshot)
  clock.advanceTo(1_501)
  assert.deepEqual(told, ['1000 session.expired sess_a'])
  clock.advanceTo(40 * DAY - 1)
  assert.deepEqual(statusesOf(client()), { a: 'abandoned', b: 'active' })
  clock.advanceTo(40 * DAY)
  assert.deepEqual(statusesOf(client()), { a: 'abandoned', b: 'expired' })
})
