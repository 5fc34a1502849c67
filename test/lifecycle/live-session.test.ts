/** A live session: an actor that waits for its own deadlines, also after it was persisted and restored. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createActor, type Snapshot } from 'xstate'
import type { SessionFact } from '../../machines/index.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import type { Session } from '../../src/domain/session.ts'
import { isClosed, STATUSES } from '../../src/domain/status.ts'
import { liveSession } from '../../src/lifecycle/index.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { aPolicy, aSession, at, DAY, MINUTE } from '../support/sessions.ts'

interface Beginning {
  readonly session?: Session
  readonly policy?: Policy
  /** Restored from this and not begun anew. */
  readonly snapshot?: Snapshot<unknown>
}

/** A started actor by the clock, and every fact that it has told. */
function live(clock: Clock, { session = aSession(), policy = defaultPolicy, snapshot }: Beginning = {}) {
  const input = { session, policy }
  const actor = createActor(liveSession(clock), snapshot ? { input, clock, snapshot } : { input, clock })
  const facts: SessionFact[] = []
  for (const type of ['session.expired', 'session.abandoned', 'session.ended', 'session.pending'] as const) {
    actor.on(type, (fact) => facts.push(fact))
  }
  actor.start()
  const row = () => actor.getSnapshot().context.session
  return { actor, facts, row, status: () => row().status }
}

/** What a process writes down and another one reads. */
function throughJson({ actor }: ReturnType<typeof live>): Snapshot<unknown> {
  return JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>
}

test('a session is active a millisecond before expireAt and expired at it, then abandoned at abandonAt', () => {
  const clock = new ManualClock()
  const { status, facts } = live(clock)
  const statuses = [999, 1_000, 1_999, 2_000].map((now) => {
    clock.advanceTo(now)
    return status()
  })
  assert.deepEqual(statuses, ['active', 'expired', 'expired', 'abandoned'])
  assert.deepEqual(
    facts.map(({ type, transition }) => [type, transition.at, transition.recordedAt]),
    [
      ['session.expired', 1_000, 1_000],
      ['session.abandoned', 2_000, 2_000],
    ],
  )
  assert.equal(clock.pending, 0)
})

test('a session whose abandonAt comes first is abandoned at it, and then waits for nothing', () => {
  const clock = new ManualClock()
  const { status, facts } = live(clock, { session: aSession({ expireAt: 2_000, abandonAt: 1_000 }) })
  clock.advanceTo(999)
  assert.equal(status(), 'active')
  clock.advanceTo(1_000)
  assert.equal(status(), 'abandoned')
  assert.deepEqual([facts.length, clock.pending], [1, 0])
})

for (const days of [24, 25, 30, 400]) {
  test(`a deadline ${days} days away is waited for, to the millisecond`, () => {
    // Catches: the whole delay handed to the clock, which then wakes every millisecond and lets the test not end.
    const clock = new ManualClock()
    const { status } = live(clock, { session: aSession({ expireAt: days * DAY, abandonAt: days * DAY + 1 }) })
    clock.advanceTo(days * DAY - 1)
    assert.equal(status(), 'active')
    clock.advanceTo(days * DAY)
    assert.equal(status(), 'expired')
  })
}

test('a touch that slides the deadline arms the timer anew', () => {
  // Catches: a touch that does not enter its state again, so that the old timer stays.
  const clock = new ManualClock()
  const policy = aPolicy({ inactivityTimeout: 30 * MINUTE, maximumLifetime: DAY })
  const { actor, status } = live(clock, { session: aSession({ expireAt: 30 * MINUTE, abandonAt: 9 * DAY }), policy })
  clock.advanceTo(20 * MINUTE)
  actor.send({ type: 'session.touch', now: clock.now() })
  assert.equal(clock.pending, 1)
  clock.advanceTo(50 * MINUTE - 1)
  assert.equal(status(), 'active')
  clock.advanceTo(50 * MINUTE)
  assert.equal(status(), 'expired')
})

test('a pending session whose tasks are completed still expires at its deadline', () => {
  const clock = new ManualClock()
  const { actor, status } = live(clock, { session: aSession({ status: 'pending' }) })
  clock.advanceTo(500)
  actor.send({ type: 'session.completeTasks', now: clock.now() })
  assert.equal(status(), 'active')
  clock.advanceTo(1_000)
  assert.equal(status(), 'expired')
})

test('a session that ends stops waiting', () => {
  const clock = new ManualClock()
  const { actor, facts } = live(clock)
  actor.send({ type: 'session.end', now: at(10), askedBy: 'user_a' })
  assert.equal(clock.pending, 0)
  clock.advanceTo(9_000)
  assert.deepEqual(
    facts.map(({ type, transition }) => [type, transition.at, transition.askedBy]),
    [['session.ended', 10, 'user_a']],
  )
})

test('an actor that is stopped leaves no timer behind', () => {
  // Catches: a timer that is not cleared when its state is left.
  for (const status of STATUSES) {
    const clock = new ManualClock()
    const { actor } = live(clock, { session: aSession({ status }) })
    assert.equal(clock.pending, isClosed(status) ? 0 : 1)
    actor.stop()
    assert.equal(clock.pending, 0)
  }
})

test('a wall clock that steps back while the timer counts on is asked again, and waited for', () => {
  // Catches: a timer that tells its deadline past without asking the clock.
  const counter = new ManualClock(900)
  let behind = 0
  const wall: Clock = {
    now: () => at(counter.now() - behind),
    elapsed: () => counter.elapsed(),
    setTimeout: (fire, delay) => counter.setTimeout(fire, delay),
    clearTimeout: (handle) => counter.clearTimeout(handle),
  }
  const { status, facts } = live(wall)
  behind = 400
  counter.advanceTo(1_399)
  assert.deepEqual([wall.now(), status()], [999, 'active'])
  counter.advanceTo(1_400)
  assert.deepEqual([wall.now(), status(), facts.length], [1_000, 'expired', 1])
})

test('a deadline that had passed when the actor started takes effect at the deadline', () => {
  const clock = new ManualClock(1_500)
  const { facts, status } = live(clock)
  clock.advanceBy(1)
  assert.equal(status(), 'expired')
  assert.deepEqual([facts[0]?.transition.at, facts[0]?.transition.recordedAt], [1_000, 1_501])
})

for (const [name, deadline] of [
  ['a second', 1_000],
  ['400 days', 400 * DAY],
] as const) {
  test(`restored from JSON, a session still expires at its deadline ${name} away`, () => {
    const before = new ManualClock()
    const first = live(before, { session: aSession({ expireAt: deadline, abandonAt: deadline + 500 }) })
    before.advanceTo(deadline / 2)
    const snapshot = throughJson(first)
    first.actor.stop()
    const clock = new ManualClock(deadline / 2)
    const { status, facts } = live(clock, { snapshot })
    assert.equal(clock.pending, 1)
    clock.advanceTo(deadline - 1)
    assert.equal(status(), 'active')
    clock.advanceTo(deadline)
    assert.equal(status(), 'expired')
    clock.advanceTo(deadline + 500)
    assert.deepEqual(
      facts.map(({ type }) => type),
      ['session.expired', 'session.abandoned'],
    )
    assert.equal(clock.pending, 0)
  })
}

test('restored after its deadlines have passed, a session is told so, each at its own instant', () => {
  const snapshot = throughJson(live(new ManualClock()))
  const clock = new ManualClock(5_000)
  const { status, facts } = live(clock, { snapshot })
  clock.advanceBy(1)
  assert.equal(status(), 'abandoned')
  assert.deepEqual(
    facts.map(({ transition: { to, at, recordedAt } }) => [to, at, recordedAt]),
    [
      ['expired', 1_000, 5_001],
      ['abandoned', 2_000, 5_001],
    ],
  )
})

test('restored after a touch, a session waits for the deadline that the touch left', () => {
  const policy = aPolicy({ inactivityTimeout: 30 * MINUTE })
  const before = new ManualClock(20 * MINUTE)
  const first = live(before, { session: aSession({ expireAt: 30 * MINUTE, abandonAt: 9 * DAY }), policy })
  first.actor.send({ type: 'session.touch', now: before.now() })
  const clock = new ManualClock(25 * MINUTE)
  const { status } = live(clock, { snapshot: throughJson(first) })
  clock.advanceTo(50 * MINUTE - 1)
  assert.equal(status(), 'active')
  clock.advanceTo(50 * MINUTE)
  assert.equal(status(), 'expired')
})

test('an expired session, restored, waits for abandonAt', () => {
  const before = new ManualClock()
  const first = live(before)
  before.advanceTo(1_000)
  const clock = new ManualClock(1_200)
  const { status } = live(clock, { snapshot: throughJson(first) })
  clock.advanceTo(1_999)
  assert.equal(status(), 'expired')
  clock.advanceTo(2_000)
  assert.equal(status(), 'abandoned')
})
