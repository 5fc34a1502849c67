import { transition as step } from 'xstate'
import {
  type CommandOptions,
  type CommandOutcome,
  NO_TRANSITIONS,
  type SessionCommand,
  type SessionEngine,
  type SettledSession,
} from '../src/domain/command.ts'
import type { EpochMs } from '../src/domain/instant.ts'
import { defaultPolicy } from '../src/domain/policy.ts'
import type { Session } from '../src/domain/session.ts'
import { groupOf, isStatus, STATUSES, type Status } from '../src/domain/status.ts'
import { type SessionEvent, type SessionFact, type SessionMachineInput, sessionMachine } from './session.machine.ts'

/**
 * One pure step of the session machine: what the transition table is compiled from and held to.
 *
 * @throws {TypeError} When the session's status is none of the eight.
 */
export function stepByMachine<S extends Session>(
  { session, policy }: SessionMachineInput & { readonly session: S },
  event: SessionEvent,
): SettledSession<S> {
  const [after, actions] = step(sessionMachine, snapshotOf({ session, policy }), event)
  const transitions = actions
    .filter(({ type }) => (type as string) === 'xstate.emit')
    .map(({ params }) => (params as unknown as { event: SessionFact }).event.transition)
  // The machine copies rows member by member, so what came in with more members goes out with them.
  return { session: after.context.session as S, transitions }
}

/**
 * The session machine as an engine: slow, and right by definition. A status that it does not know it leaves alone.
 *
 * A command costs it tens of microseconds; the table of tenure/lifecycle gives the same answers in nanoseconds.
 */
export const machineEngine: SessionEngine = {
  settle<S extends Session>(session: S, now: EpochMs): SettledSession<S> {
    if (!isStatus(session.status)) return { session, transitions: NO_TRANSITIONS }
    return stepByMachine({ session, policy: defaultPolicy }, { type: 'session.settle', now })
  },

  apply<S extends Session>(
    session: S,
    command: SessionCommand,
    now: EpochMs,
    { policy = defaultPolicy, askedBy }: CommandOptions = {},
  ): CommandOutcome<S> {
    if (!isStatus(session.status)) {
      return { session, transitions: NO_TRANSITIONS, changed: false, reason: session.status }
    }
    const event: SessionEvent = { type: `session.${command}`, now, askedBy }
    const settled = stepByMachine({ session, policy }, { type: 'session.settle', now })
    const stepped = stepByMachine({ session, policy }, event)
    if (!isSameRow(settled.session, stepped.session)) return { ...stepped, changed: true }
    const reason = hadEffect({ session: settled.session, policy }, event) ? 'repeated' : settled.session.status
    return { ...settled, changed: false, reason }
  },
}

const NEVER = Number.POSITIVE_INFINITY as EpochMs

function snapshotOf({ session, policy }: SessionMachineInput) {
  const { status } = session
  if (!isStatus(status)) throw new TypeError('the machine knows no such status')
  return sessionMachine.resolveState({ value: { [groupOf(status)]: status }, context: { session, policy } })
}

/** Whether a command that changed nothing is one that this status takes, or one that leads to it from another. */
function hadEffect({ session, policy }: SessionMachineInput, event: SessionEvent): boolean {
  const leadsHere = (from: Status) => {
    const other = { ...session, status: from, expireAt: NEVER, abandonAt: NEVER }
    return from !== session.status && stepByMachine({ session: other, policy }, event).session.status === session.status
  }
  return snapshotOf({ session, policy }).can(event) || STATUSES.some(leadsHere)
}

function isSameRow(a: Session, b: Session): boolean {
  return (
    a.status === b.status &&
    a.updatedAt === b.updatedAt &&
    a.lastActiveAt === b.lastActiveAt &&
    a.expireAt === b.expireAt &&
    a.abandonAt === b.abandonAt
  )
}
