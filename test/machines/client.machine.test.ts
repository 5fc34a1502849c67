/** The client machine: its states, the facts it tells, and its agreement with the functions of src/lifecycle. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { initialTransition, transition } from 'xstate'
import { type ClientEvent, type ClientRefusal, clientMachine, type SessionFact } from '../../machines/index.ts'
import { factOf } from '../../machines/session.machine.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import type { Client } from '../../src/domain/session.ts'
import { groupOf, type Status } from '../../src/domain/status.ts'
import { anyClient, aSmallPolicy } from '../support/arbitraries.ts'
import { aClientProgram, byLifecycle } from '../support/programs.ts'
import { aClient, at, deepFreeze, sess, statusesOf, user } from '../support/sessions.ts'
import '../support/seed.ts'

type Told = SessionFact | ClientRefusal

function begin(client: Client, policy: Policy = defaultPolicy) {
  const [snapshot] = initialTransition(clientMachine, { client, policy })
  return snapshot
}

/** One pure step, and what it would tell. */
function step(before: ReturnType<typeof begin>, event: ClientEvent) {
  const [snapshot, actions] = transition(clientMachine, before, event)
  const told = actions
    .filter(({ type }) => (type as string) === 'xstate.emit')
    .map(({ params }) => (params as unknown as { event: Told }).event)
  return { snapshot, told }
}

function stateOf({ sessions }: Client): string {
  const groups = sessions.map(({ status }) => groupOf(status))
  if (groups.includes('live')) return 'signedIn'
  return groups.includes('dormant') ? 'dormant' : 'signedOut'
}

test('any run of events gives the machine the client, the transitions and the reasons of the table', () => {
  // Catches: any change of the session machine that the table does not follow, and of one that acts on a client.
  fc.assert(
    fc.property(anyClient, aClientProgram, aSmallPolicy, (client, program, policy) => {
      let snapshot = begin(client, policy)
      for (const event of program) {
        const outcome = byLifecycle(snapshot.context.client, event, policy)
        const next = step(snapshot, event)
        const facts: Told[] = outcome.transitions.map((each) => ({ type: factOf(each), transition: each }))
        if (!outcome.changed && event.type !== 'client.settle') {
          facts.push({ type: 'client.refused', event: event.type, reason: outcome.reason })
        }
        assert.deepEqual(next.snapshot.context.client, outcome.client)
        assert.deepEqual(next.told, facts)
        assert.equal(next.snapshot.value, stateOf(outcome.client))
        deepFreeze(next.snapshot.context.client)
        snapshot = next.snapshot
      }
    }),
    { numRuns: 150 },
  )
})

test('a client is signed in while a session is live, dormant while one is expired, and signed out after', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended' }])
  let snapshot = begin(client)
  const states: unknown[] = [snapshot.value]
  for (const now of [999, 1_000, 1_999, 2_000]) {
    snapshot = step(snapshot, { type: 'client.settle', now: at(now) }).snapshot
    states.push(snapshot.value)
  }
  assert.deepEqual(states, ['signedIn', 'signedIn', 'dormant', 'dormant', 'signedOut'])
})

test('a client without a session is signed out, and a sign-in signs it in', () => {
  const snapshot = begin(aClient([]))
  assert.equal(snapshot.value, 'signedOut')
  const session = { id: sess('a'), userId: user('a') }
  const next = step(snapshot, { type: 'client.signIn', now: at(300), session })
  assert.equal(next.snapshot.value, 'signedIn')
  assert.deepEqual(
    next.told.map(({ type }) => type),
    ['session.created'],
  )
})

test('a fact is named after the status it leads to, but for a sign-in and for completed tasks', () => {
  const facts: [from: Parameters<typeof factOf>[0]['from'], to: Parameters<typeof factOf>[0]['to'], fact: string][] = [
    [null, 'active', 'session.created'],
    [null, 'pending', 'session.created'],
    ['pending', 'active', 'session.activated'],
    ['active', 'pending', 'session.pending'],
    ['active', 'expired', 'session.expired'],
    ['expired', 'abandoned', 'session.abandoned'],
    ['active', 'ended', 'session.ended'],
    ['ended', 'replaced', 'session.replaced'],
    ['expired', 'revoked', 'session.revoked'],
    ['revoked', 'removed', 'session.removed'],
  ]
  for (const [from, to, fact] of facts) assert.equal(factOf({ from, to }), fact)
})

test('a command that changes nothing is told with its reason, after the facts of the deadlines before it', () => {
  const { told } = step(begin(aClient([{ name: 'a' }])), { type: 'client.end', now: at(1_000), sessionId: sess('a') })
  assert.deepEqual(
    told.map(({ type }) => type),
    ['session.expired', 'client.refused'],
  )
  assert.deepEqual(told[1], { type: 'client.refused', event: 'client.end', reason: 'expired' })
})

test('a repeated end is told as repeated', () => {
  const client = aClient([{ name: 'a', status: 'ended' }])
  const { told } = step(begin(client), { type: 'client.end', now: at(10), sessionId: sess('a') })
  assert.deepEqual(told, [{ type: 'client.refused', event: 'client.end', reason: 'repeated' }])
})

test('settling where nothing is due tells nothing and keeps the very client', () => {
  const client = aClient([{ name: 'a' }])
  const { snapshot, told } = step(begin(client), { type: 'client.settle', now: at(999) })
  assert.deepEqual(told, [])
  assert.equal(snapshot.context.client, client)
})

test('a session of a status that nobody knows is left alone, and the others go on', () => {
  // Catches: a machine that throws where the table passes over, and an actor that stops for it.
  const client = aClient([
    { name: 'a', expireAt: 100 },
    { name: 'odd', expireAt: 100, status: 'paused' as Status },
  ])
  const settled = step(begin(client), { type: 'client.settle', now: at(200) })
  assert.deepEqual(statusesOf(settled.snapshot.context.client), { a: 'expired', odd: 'paused' })
  const { told } = step(settled.snapshot, { type: 'client.remove', sessionId: sess('odd'), now: at(201) })
  assert.deepEqual(told, [{ type: 'client.refused', event: 'client.remove', reason: 'paused' }])
})
