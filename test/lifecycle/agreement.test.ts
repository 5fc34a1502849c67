/**
 * Machine, table and closed form, held to the same answers: every status x event x order of deadlines, at each instant
 * around every boundary. The closed form is test/support/closed-form.ts.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { machineEngine } from '../../machines/session-engine.ts'
import type { CommandOutcome, SessionEngine } from '../../src/domain/command.ts'
import { pastDeadlines } from '../../src/domain/deadlines.ts'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Session } from '../../src/domain/session.ts'
import { STATUSES } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { tableEngine } from '../../src/lifecycle/client.ts'
import { nextDeadline, SESSION_COMMANDS, statusAt, TRANSITION_TABLE } from '../../src/lifecycle/index.ts'
import { COMMAND_LAW, type LawfulCommand, lawfulDeadlines, lawfulSettle, lawfulStatus } from '../support/closed-form.ts'
import { aClient, aPolicy, aSession, at } from '../support/sessions.ts'

const ASKED_BY = 'user_admin'

const ORDERS = [
  { expireAt: 1_000, abandonAt: 2_000 },
  { expireAt: 1_000, abandonAt: 1_000 },
  { expireAt: 1_000, abandonAt: 500 },
  { expireAt: 0, abandonAt: 0 },
] as const
/** Before, between, at and after the deadlines; and once after everything, as where a clock has stepped back. */
const CHANGED = [
  { createdAt: 0, lastActiveAt: 0, updatedAt: 0 },
  { createdAt: 100, lastActiveAt: 200, updatedAt: 300 },
  { createdAt: 100, lastActiveAt: 750, updatedAt: 750 },
  { createdAt: 100, lastActiveAt: 1_000, updatedAt: 1_500 },
  { createdAt: 3_000, lastActiveAt: 3_000, updatedAt: 3_000 },
] as const
const POLICIES: readonly Policy[] = [
  aPolicy(),
  aPolicy({
    maximumLifetime: 1_200,
    inactivityTimeout: 400,
    abandonment: { after: 1_700, from: 'last-activity' },
  }),
]

/** A millisecond before, at and after each of a session's instants. */
function boundaries(session: Session): EpochMs[] {
  const { createdAt, lastActiveAt, updatedAt, expireAt, abandonAt } = session
  const around = [createdAt, lastActiveAt, updatedAt, expireAt, abandonAt].flatMap((each) => [each - 1, each, each + 1])
  return [...new Set(around)].filter((each) => each >= 0).map(at)
}

function* cases(): Generator<{ session: Session; now: EpochMs }> {
  for (const status of STATUSES) {
    for (const deadlines of ORDERS) {
      for (const changed of CHANGED) {
        const session = aSession({ status, ...deadlines, ...changed })
        for (const now of boundaries(session)) yield { session, now }
      }
    }
  }
}

function lawfulSession(session: Session, now: EpochMs): { session: Session; transitions: Transition[] } {
  const { client, transitions } = lawfulSettle({ ...aClient([]), sessions: [session] }, now)
  return { session: client.sessions[0] as Session, transitions }
}

function lawfulOutcome(before: Session, command: LawfulCommand, now: EpochMs, policy: Policy): CommandOutcome {
  const { session, transitions } = lawfulSession(before, now)
  const { status, updatedAt } = session
  const law = COMMAND_LAW[command]
  if (!(law.accepted as readonly string[]).includes(status)) {
    return { changed: false, reason: status === law.result ? 'repeated' : status, session, transitions }
  }
  const effect = Math.max(updatedAt, now) as EpochMs
  if (law.result === null) {
    const lastActiveAt = Math.max(session.lastActiveAt, now) as EpochMs
    const [expireAt, abandonAt] = lawfulDeadlines(session, lastActiveAt, policy) as [EpochMs, EpochMs]
    const touched = { ...session, lastActiveAt, updatedAt: effect, expireAt, abandonAt }
    const isSame = JSON.stringify(touched) === JSON.stringify(session)
    return isSame
      ? { changed: false, reason: 'repeated', session, transitions }
      : { changed: true, session: touched, transitions }
  }
  const { clientId, id: sessionId, userId } = session
  const made = {
    clientId,
    sessionId,
    userId,
    from: status,
    to: law.result,
    cause: law.cause,
    at: effect,
    recordedAt: now,
  }
  return {
    changed: true,
    session: { ...session, status: law.result, updatedAt: effect },
    transitions: [...transitions, { ...made, askedBy: ASKED_BY }],
  }
}

const ENGINES: readonly [name: string, engine: SessionEngine][] = [
  ['machine', machineEngine],
  ['table', tableEngine],
]

for (const [name, engine] of ENGINES) {
  test(`settling by the ${name} is settling by the closed form, around every boundary`, () => {
    for (const { session, now } of cases()) {
      assert.deepEqual(
        { session, now, is: engine.settle(session, now) },
        { session, now, is: lawfulSession(session, now) },
      )
    }
  })

  for (const command of SESSION_COMMANDS) {
    test(`${command} by the ${name} is ${command} by the closed form, around every boundary`, () => {
      for (const { session, now } of cases()) {
        for (const policy of command === 'touch' ? POLICIES : POLICIES.slice(0, 1)) {
          const is = engine.apply(session, command, now, { policy, askedBy: ASKED_BY })
          assert.deepEqual({ session, now, is }, { session, now, is: lawfulOutcome(session, command, now, policy) })
        }
      }
    })
  }
}

test('the status at an instant is the three lines of the law, and the status that settling writes', () => {
  for (const { session, now } of cases()) {
    assert.deepEqual({ session, now, is: statusAt(session, now) }, { session, now, is: lawfulStatus(session, now) })
    assert.equal(statusAt(session, now), tableEngine.settle(session, now).session.status)
  }
})

test('the next deadline is the first instant at which settling changes something, and none where nothing can', () => {
  for (const { session } of cases()) {
    const due = nextDeadline(session)
    if (due === null) {
      assert.equal(lawfulStatus(session, Number.POSITIVE_INFINITY), session.status)
      continue
    }
    assert.equal(lawfulStatus(session, due - 1), session.status)
    assert.notEqual(lawfulStatus(session, due), session.status)
  }
})

test('an entry of the table says what its row, event and order of deadlines lead to', () => {
  for (const { session, now } of cases()) {
    for (const command of SESSION_COMMANDS) {
      const entry = TRANSITION_TABLE[session.status][command][pastDeadlines(session, now)]
      const lawful = lawfulOutcome(session, command, now, aPolicy())
      const steps = lawful.transitions.map(({ to, cause }) => ({ to, cause }))
      assert.deepEqual([entry.status, entry.steps], [lawful.session.status, steps])
      const isAccepted = (COMMAND_LAW[command].accepted as readonly string[]).includes(lawfulStatus(session, now))
      assert.equal(entry.verdict === 'accepted', isAccepted)
    }
  }
})

test('the table is frozen to the last step, and a status from the prototype of objects is not in it', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'weird']) assert.equal(name in TRANSITION_TABLE, false)
  assert.ok(Object.isFrozen(TRANSITION_TABLE))
  for (const rows of Object.values(TRANSITION_TABLE)) {
    assert.ok(Object.isFrozen(rows))
    for (const entries of Object.values(rows)) {
      assert.ok(Object.isFrozen(entries))
      for (const entry of Object.values(entries)) {
        assert.ok(Object.isFrozen(entry) && Object.isFrozen(entry.steps) && entry.steps.every(Object.isFrozen))
      }
    }
  }
})
