/** Paths through the session machine, walked by xstate/graph: what is reached, and what the lifecycle says of it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { initialTransition } from 'xstate'
import { getShortestPaths, getSimplePaths } from 'xstate/graph'
import { type SessionEvent, sessionMachine } from '../../machines/index.ts'
import { stepByMachine } from '../../machines/session-engine.ts'
import { defaultPolicy } from '../../src/domain/policy.ts'
import type { Session } from '../../src/domain/session.ts'
import { groupOf, rankOf, STATUSES, type Status } from '../../src/domain/status.ts'
import { applyCommand, SESSION_COMMANDS, type SessionCommand, settleSession } from '../../src/lifecycle/index.ts'
import { aPolicy, aSession, at } from '../support/sessions.ts'

const policy = aPolicy({
  maximumLifetime: 1_500,
  inactivityTimeout: 700,
  abandonment: { after: 2_000, from: 'creation' },
})

/** Every event at a live instant, a millisecond before and at each deadline, and after all of them. */
const EVENTS: readonly SessionEvent[] = [500, 999, 1_000, 1_500, 1_999, 2_000, 9_000].flatMap((now) =>
  (['settle', ...SESSION_COMMANDS] as const).map((name) => ({ type: `session.${name}` as const, now: at(now) })),
)

type Snapshot = ReturnType<typeof sessionMachine.transition>
const rowOf = (snapshot: Snapshot) => JSON.stringify(snapshot.context.session)
const statusOf = (snapshot: Snapshot) => snapshot.context.session.status
const isOurs = ({ type }: { type: string }) => type.startsWith('session.')

function byTable(session: Session, { type, now }: SessionEvent): Session {
  if (type === 'session.settle') return settleSession(session, now).session
  return applyCommand(session, type.slice('session.'.length) as SessionCommand, now, { policy }).session
}

function assertPathAgrees(
  start: Session,
  steps: readonly { readonly event: SessionEvent; readonly state: Snapshot }[],
) {
  let row = start
  for (const { event, state } of steps.filter((step) => isOurs(step.event))) {
    row = byTable(row, event)
    assert.deepEqual(state.context.session, row)
    assert.deepEqual(state.value, { [groupOf(row.status)]: row.status })
  }
}

test('every status is reached from a sign-in, and the shortest way to each row is the way of the table', () => {
  const session = aSession({ status: 'pending' })
  const paths = getShortestPaths(sessionMachine, { input: { session, policy }, events: EVENTS, serializeState: rowOf })
  assert.deepEqual(new Set(paths.map(({ state }) => statusOf(state))), new Set(STATUSES))
  assert.ok(paths.length > 100, `${paths.length} rows are too few to be the whole graph`)
  for (const { steps } of paths) assertPathAgrees(session, steps)
})

test('every way through the statuses that visits none twice is the way of the table, and never leads up', () => {
  const session = aSession()
  const events = EVENTS.filter(({ now }) => now === 500 || now === 1_000 || now === 2_000)
  const paths = getSimplePaths(sessionMachine, { input: { session, policy }, events, serializeState: statusOf })
  assert.deepEqual(new Set(paths.map(({ state }) => statusOf(state))), new Set(STATUSES))
  assert.ok(paths.length > 100)
  for (const { steps } of paths) {
    let row = session
    // The graph knows a status by one row of it, so each path is walked again from the start.
    for (const event of steps.map((step) => step.event).filter(isOurs)) {
      const next = stepByMachine({ session: row, policy }, event).session
      assert.deepEqual(next, byTable(row, event))
      assert.ok(rankOf(next.status) <= rankOf(row.status))
      row = next
    }
  }
})

test('what each status leads to in one step, whatever the event and the instant', () => {
  const reached = (status: Status) => {
    const session = aSession({ status })
    const steps = EVENTS.flatMap((event) => stepByMachine({ session, policy }, event).transitions.slice(0, 1))
    return [...new Set(steps.map(({ to }) => to))].sort()
  }
  assert.deepEqual(Object.fromEntries(STATUSES.map((status) => [status, reached(status)])), {
    pending: ['active', 'ended', 'expired', 'removed', 'replaced', 'revoked'],
    active: ['ended', 'expired', 'pending', 'removed', 'replaced', 'revoked'],
    expired: ['abandoned', 'removed', 'replaced', 'revoked'],
    ended: ['removed', 'replaced'],
    replaced: ['removed'],
    abandoned: ['removed'],
    revoked: ['removed'],
    removed: [],
  })
})

test('a session starts in the state that it is stored in, and its deadlines fall with its first event', () => {
  for (const status of STATUSES) {
    const [snapshot] = initialTransition(sessionMachine, { session: aSession({ status }), policy })
    assert.deepEqual(snapshot.value, { [groupOf(status)]: status })
  }
})

test('a status that the machine does not know is refused with a TypeError', () => {
  for (const status of ['weird', 'constructor', '__proto__', undefined] as unknown as Status[]) {
    const session = { ...aSession(), status }
    const refused = { name: 'TypeError', message: 'the machine knows no such status' }
    assert.throws(
      () => stepByMachine({ session, policy: defaultPolicy }, { type: 'session.settle', now: at(5) }),
      refused,
    )
  }
})
