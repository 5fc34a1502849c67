/**
 * The invariants of the lifecycle, for whole clients: ties, sessions of one id, last active sessions that are null,
 * dangling or dead, sessions created after another's deadline. Each comment "Catches:" names breaks of the code that
 * were seen to make the property fail.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { ClientEvent } from '../../machines/index.ts'
import { later } from '../../src/domain/instant.ts'
import type { Client, Session } from '../../src/domain/session.ts'
import { isLive, rankOf } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { type ClientOutcome, settleClient } from '../../src/lifecycle/index.ts'
import { aClientOfDistinct, anInstant, anyClient, aSmallPolicy } from '../support/arbitraries.ts'
import { lawfulSettle } from '../support/closed-form.ts'
import { aClientProgram, byLifecycle } from '../support/programs.ts'
import { deepFreeze } from '../support/sessions.ts'
import '../support/seed.ts'

interface Step {
  readonly before: Client
  readonly event: ClientEvent
  readonly outcome: ClientOutcome
}

/** Runs a program, every client frozen, and hands each of its steps to a check. */
function alongPrograms(clients: fc.Arbitrary<Client>, check: (step: Step) => void) {
  return fc.property(clients, aClientProgram, aSmallPolicy, (client, program, policy) => {
    let before = client
    for (const event of program) {
      const outcome = byLifecycle(before, event, policy)
      check({ before, event, outcome })
      before = deepFreeze(outcome.client)
    }
  })
}

const withoutRecordedAt = ({ recordedAt: _, ...transition }: Transition) => transition
const isNamedLive = ({ sessions, lastActiveSessionId }: Client) =>
  sessions.some(({ id, status }) => id === lastActiveSessionId && isLive(status))

test('settling a client is letting its deadlines fall one after the other', () => {
  // Catches: the next session chosen as of now and not of then; places passed on once and not on and on; a heir
  // created later; ties by the lesser id; transitions in the order of the sessions; abandonAt first on a tie.
  fc.assert(
    fc.property(anyClient, anInstant, (client, now) => {
      assert.deepEqual(settleClient(client, now), lawfulSettle(client, now))
    }),
    { numRuns: 2_000 },
  )
})

test('1: no session of a client is alive at or after a deadline, whatever happens to the client', () => {
  // Catches: a command that settles nothing but the session it is for.
  fc.assert(
    alongPrograms(anyClient, ({ before, event, outcome }) => {
      for (const [index, { expireAt, abandonAt }] of before.sessions.entries()) {
        const after = outcome.client.sessions[index] as Session
        if (event.now >= expireAt || event.now >= abandonAt) assert.equal(isLive(after.status), false)
      }
      // Who was last active and live has not left the place to somebody dead.
      if (isNamedLive(before)) assert.ok(outcome.client.lastActiveSessionId === null || isNamedLive(outcome.client))
    }),
    { numRuns: 1_000 },
  )
})

test('2: no event of a client brings one of its sessions back, and none is dropped or moved', () => {
  // Catches: tasks completed on an expired session making it active; removed sessions filtered out.
  fc.assert(
    alongPrograms(anyClient, ({ before, outcome: { client } }) => {
      assert.ok(client.sessions.length >= before.sessions.length)
      for (const [index, { id, status }] of before.sessions.entries()) {
        const after = client.sessions[index] as Session
        assert.equal(after.id, id)
        assert.ok(rankOf(after.status) <= rankOf(status))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('3: settling a client at a, then b, then c is settling it at c, transitions and all', () => {
  // Catches: the next session chosen as of now and not of then; places passed on once; updatedAt set to now.
  fc.assert(
    fc.property(anyClient, fc.tuple(anInstant, anInstant, anInstant), (client, instants) => {
      const transitions: Transition[] = []
      let stepped = client
      const [a, b, c] = instants.sort((one, other) => one - other)
      for (const now of [a, b, c]) {
        const settled = settleClient(stepped, now)
        transitions.push(...settled.transitions)
        stepped = deepFreeze(settled.client)
        assert.equal(settleClient(stepped, now).client, stepped)
      }
      const whole = settleClient(client, c)
      assert.deepEqual(stepped, whole.client)
      assert.deepEqual(transitions.map(withoutRecordedAt), whole.transitions.map(withoutRecordedAt))
    }),
    { numRuns: 2_000 },
  )
})

test('4: a clock that steps back moves no timestamp of a client back', () => {
  // Catches: `updatedAt: now` for the later of both, in a sign-in and in a selection.
  fc.assert(
    alongPrograms(anyClient, ({ before, outcome: { client } }) => {
      assert.ok(client.updatedAt >= before.updatedAt)
      for (const [index, session] of before.sessions.entries()) {
        const after = client.sessions[index] as Session
        assert.ok(after.updatedAt >= session.updatedAt && after.lastActiveAt >= session.lastActiveAt)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('6: replaying the transitions of a client over its sessions gives its sessions', () => {
  // Catches: the transitions of the deadlines left out of a command's; a replacement that is not told.
  fc.assert(
    alongPrograms(aClientOfDistinct, ({ before, event, outcome: { client, transitions } }) => {
      const rows = new Map(before.sessions.map(({ id, status, updatedAt }) => [id, { status, updatedAt }] as const))
      for (const { sessionId, from, to, at } of transitions) {
        const row = rows.get(sessionId)
        assert.equal(row?.status ?? null, from)
        rows.set(sessionId, { status: to, updatedAt: later(row?.updatedAt ?? at, at) })
      }
      for (const { id, status, updatedAt } of client.sessions) {
        assert.equal(status, rows.get(id)?.status)
        if (event.type !== 'client.touch') assert.equal(updatedAt, rows.get(id)?.updatedAt)
      }
      assert.equal(rows.size, client.sessions.length)
    }),
    { numRuns: 1_000 },
  )
})

test('a command that changed nothing leaves the client as settling does', () => {
  fc.assert(
    alongPrograms(anyClient, ({ before, event, outcome }) => {
      if (outcome.changed) return
      const { client, transitions } = outcome
      assert.deepEqual({ client, transitions }, settleClient(before, event.now))
    }),
    { numRuns: 1_000 },
  )
})

test('the updatedAt of a client moves with who is last active and with what it shows, and with nothing else', () => {
  // Catches: any command moving it.
  fc.assert(
    alongPrograms(anyClient, ({ before, outcome: { client } }) => {
      const isSame =
        client.lastActiveSessionId === before.lastActiveSessionId &&
        client.sessions.length === before.sessions.length &&
        client.sessionIds.length === before.sessionIds.length &&
        client.sessions.every(({ status }, index) => {
          const was = before.sessions[index]?.status
          return status === was || !(status === 'removed' || status === 'revoked')
        })
      if (isSame) assert.equal(client.updatedAt, before.updatedAt)
    }),
    { numRuns: 1_000 },
  )
})
