/**
 * The invariants of the lifecycle, for one session. Each comment "Catches:" names breaks of the code that were seen to
 * make the property fail.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { deadlinesFrom, recordActivity } from '../../src/domain/deadlines.ts'
import { later } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Session } from '../../src/domain/session.ts'
import { isLive, rankOf } from '../../src/domain/status.ts'
import { isDeadlineCause, type Transition } from '../../src/domain/transition.ts'
import { applyCommand, type CommandOutcome, settleSession, statusAt } from '../../src/lifecycle/index.ts'
import { aLiveSession, anInstant, anySession, aSmallPolicy } from '../support/arbitraries.ts'
import { aSessionProgram, type SessionStep } from '../support/programs.ts'
import { aSession, at, deepFreeze } from '../support/sessions.ts'
import '../support/seed.ts'

interface Step {
  readonly before: Session
  readonly step: SessionStep
  readonly outcome: CommandOutcome
}

/** Runs a program, every row frozen, and hands each of its steps to a check. */
function alongPrograms(check: (step: Step, policy: Policy) => void) {
  return fc.property(anySession, aSessionProgram, aSmallPolicy, (session, program, policy) => {
    let before = session
    for (const step of program) {
      const outcome = applyCommand(before, step.command, step.now, { policy })
      check({ before, step, outcome }, policy)
      before = deepFreeze(outcome.session)
    }
  })
}

const withoutRecordedAt = ({ recordedAt: _, ...transition }: Transition) => transition

test('1: a session is not alive at or after a deadline, whatever is stored and whatever is asked of it', () => {
  // Catches: `now <= expireAt` for `now < expireAt`; a settle that skips abandonAt where expireAt lies ahead.
  fc.assert(
    alongPrograms(({ before, step: { now }, outcome }) => {
      if (now < before.expireAt && now < before.abandonAt) return
      assert.equal(isLive(statusAt(before, now)), false)
      assert.equal(isLive(settleSession(before, now).session.status), false)
      assert.equal(isLive(outcome.session.status), false)
    }),
    { numRuns: 2_000 },
  )
})

test('2: no path leads back to life: rank never rises, and two steps alone keep it', () => {
  // Catches: tasks completed on an expired session making it active; a replacement of a revoked one.
  const kept = ['pending active', 'active pending', 'ended replaced']
  fc.assert(
    alongPrograms(({ before, outcome: { session, transitions } }) => {
      for (const { from, to } of transitions) {
        assert.ok(from !== null)
        assert.ok(rankOf(to) < rankOf(from) || kept.includes(`${from} ${to}`), `${from} -> ${to}`)
      }
      assert.ok(rankOf(session.status) <= rankOf(before.status))
    }),
    { numRuns: 2_000 },
  )
})

test('3: settling at a and then at b is settling at b, and the two steps have the transitions of the one', () => {
  // Catches: a deadline transition that takes effect when it is noticed; one settle that takes a single step.
  fc.assert(
    fc.property(anySession, anInstant, anInstant, (session, one, other) => {
      const [a, b] = one <= other ? [one, other] : [other, one]
      const first = settleSession(session, a)
      const second = settleSession(deepFreeze(first.session), b)
      const whole = settleSession(session, b)
      assert.deepEqual(second.session, whole.session)
      const steps = [...first.transitions, ...second.transitions]
      assert.deepEqual(steps.map(withoutRecordedAt), whole.transitions.map(withoutRecordedAt))
      assert.equal(settleSession(whole.session, b).session, whole.session)
    }),
    { numRuns: 2_000 },
  )
})

test('4: a clock that steps back resurrects nothing and moves no timestamp back', () => {
  // Catches: `updatedAt: at` for `later(updatedAt, at)`; `lastActiveAt: now`; an effect of a command at bare `now`.
  fc.assert(
    alongPrograms(({ before, outcome: { session, transitions } }) => {
      assert.ok(isLive(before.status) || !isLive(session.status))
      for (const member of ['createdAt', 'updatedAt', 'lastActiveAt', 'expireAt', 'abandonAt'] as const) {
        assert.ok(session[member] >= before[member], member)
      }
      for (const { cause, at } of transitions) assert.ok(isDeadlineCause(cause) || at >= before.updatedAt)
    }),
    { numRuns: 2_000 },
  )
})

test('5: no run of touches moves expireAt past the maximum lifetime, or any deadline earlier', () => {
  // Catches: the cap of maximumLifetime deleted; the policy's deadline for the later of it and the stored one.
  const gap = fc.integer({ min: 0, max: 2 }) // no longer than the shortest inactivity timeout: most runs stay alive
  const gaps = fc.array(gap, { minLength: 8, maxLength: 24 })
  const beyond = fc.constantFrom(0, 0, 2)
  fc.assert(
    fc.property(aLiveSession, aSmallPolicy, beyond, gaps, (imported, policy, stored, runs) => {
      let now = imported.createdAt
      const { expireAt, abandonAt } = deadlinesFrom(policy, now, now)
      const deadlines = { expireAt: at(expireAt + stored), abandonAt: at(abandonAt + stored) }
      let session = deepFreeze({ ...imported, lastActiveAt: now, ...deadlines })
      const limit = Math.max(session.expireAt, session.createdAt + (policy.maximumLifetime ?? 0))
      for (const each of runs) {
        now = at(now + each)
        const { session: touched } = applyCommand(session, 'touch', now, { policy })
        assert.ok(touched.expireAt <= limit)
        assert.ok(touched.expireAt >= session.expireAt && touched.abandonAt >= session.abandonAt)
        session = deepFreeze(touched)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('5: a touch moves a deadline that counts from activity to the policy and no further, and no other deadline', () => {
  // Catches: the policy's deadline for the later of it and the stored one; a deadline from creation that moves.
  fc.assert(
    fc.property(anySession, anInstant, aSmallPolicy, (session, now, policy) => {
      const touched = recordActivity(session, now, policy)
      const { expireAt, abandonAt } = deadlinesFrom(policy, session.createdAt, later(session.lastActiveAt, now))
      const [slidesExpiry, slidesAbandonment] = [
        policy.inactivityTimeout !== null,
        policy.abandonment.from !== 'creation',
      ]
      assert.equal(touched.expireAt, slidesExpiry ? Math.max(session.expireAt, expireAt) : session.expireAt)
      assert.equal(touched.abandonAt, slidesAbandonment ? Math.max(session.abandonAt, abandonAt) : session.abandonAt)
      assert.ok(expireAt <= session.createdAt + (policy.maximumLifetime ?? 0))
    }),
    { numRuns: 2_000 },
  )
})

test("5: with Clerk's defaults a touch moves no deadline, however short the session's are", () => {
  const session = aSession({ createdAt: 0, lastActiveAt: 0, expireAt: 1_800_000, abandonAt: 1_800_000 })
  const { changed, session: touched } = applyCommand(session, 'touch', at(600_000))
  assert.equal(changed, true)
  assert.deepEqual([touched.expireAt, touched.abandonAt], [1_800_000, 1_800_000])
})

test('6: transitions chain from status to status, and replaying them over the row before gives the row after', () => {
  // Catches: `from` read before the deadlines have fallen; a transition left out; `at` that is not what was written.
  fc.assert(
    alongPrograms(({ before, step: { command }, outcome: { changed, session, transitions } }) => {
      let { status, updatedAt } = before
      for (const { from, to, at } of transitions) {
        assert.equal(from, status)
        status = to
        updatedAt = later(updatedAt, at)
      }
      assert.equal(session.status, status)
      // A touch is activity and no transition.
      if (!(command === 'touch' && changed)) assert.equal(session.updatedAt, updatedAt)
    }),
    { numRuns: 2_000 },
  )
})

test('a command that changed nothing leaves the row as settling does', () => {
  fc.assert(
    alongPrograms(({ before, step: { now }, outcome }) => {
      if (outcome.changed) return
      const { session, transitions } = outcome
      assert.deepEqual({ session, transitions }, settleSession(before, now))
    }),
    { numRuns: 2_000 },
  )
})
