/**
 * Session: one user signed in on one client. Its fate is decided here, and nowhere else.
 *
 *   live     pending, active   the user may act, or finish the sign-in
 *   dormant  expired           no longer usable, still waiting for its user to come back
 *   closed   ended, replaced, abandoned, revoked, removed: over
 *
 *   live    -- expireAt  --> expired     never usable again
 *   live    -- abandonAt --> abandoned   where that deadline comes first
 *   expired -- abandonAt --> abandoned   its user never came back
 *   pending <-> active                   tasks required and completed
 *   live    -- touch     --> the same    may slide its deadlines
 *   live    -- end       --> ended       the user signed out
 *   live, dormant -- revoke --> revoked  the application ended it
 *   live, dormant, ended -- replace --> replaced   a newer session took its place
 *   all but removed -- remove --> removed          gone from the client
 *
 * Every event carries the instant it happens at, and deadlines come first: an event that finds a deadline past takes
 * the deadline's transition, effective at the deadline, and is then sent again to the state that it led to.
 *
 * No `after` here: XState loses a pending delay when a snapshot is restored (statelyai/xstate#5331), and a delay of
 * more than 24.8 days fires at once. Deadlines are context; see docs/decisions/0001-deadlines-are-data.md.
 */
import { assign, emit, fromCallback, raise, setup } from 'xstate'
import type { SessionCommand } from '../src/domain/command.ts'
import { nextDeadline, type PastDeadlines, pastDeadlines, recordActivity } from '../src/domain/deadlines.ts'
import { type EpochMs, MAXIMUM_INSTANT } from '../src/domain/instant.ts'
import type { Policy } from '../src/domain/policy.ts'
import type { Session } from '../src/domain/session.ts'
import { STATUSES, type Status } from '../src/domain/status.ts'
import { type Cause, type Entry, enterStatus, type Transition, transitionInto } from '../src/domain/transition.ts'

/** An event of the session machine: a command, or `session.settle`, at an instant. */
export interface SessionEvent {
  readonly type: 'session.settle' | `session.${SessionCommand}`
  /** The instant it happens at, epoch milliseconds, from the injected clock. */
  readonly now: EpochMs
  /** Who asked; kept in the transition. */
  readonly askedBy?: string | undefined
}

/** The fact that a transition makes, past tense, as a live actor emits it. */
export interface SessionFact {
  readonly type: FactType
  readonly transition: Transition
}

/** `session.created` for a sign-in; then `session.<status>`, but `session.activated` where tasks were completed. */
export type FactType = `session.${Exclude<Status, 'active'>}` | 'session.created' | 'session.activated'

/** What a session machine is made of: a session's row, and the policy that slides its deadlines. */
export interface SessionMachineInput {
  readonly session: Session
  readonly policy: Policy
}

/** What the timer of a live or dormant session waits for. */
export interface DeadlineTimerInput {
  /** The next deadline that can still change the status, epoch milliseconds. */
  readonly deadline: EpochMs
}

/** What a deadline timer tells the machine that invoked it: at this instant its deadline is past. */
export interface DeadlineTimerEvent {
  readonly type: 'session.settle' | 'client.settle'
  readonly now: EpochMs
}

const machineSetup = setup({
  types: {
    context: {} as SessionMachineInput,
    input: {} as SessionMachineInput,
    events: {} as SessionEvent,
    emitted: {} as SessionFact,
  },
  actors: {
    /** Inert as it stands: a machine keeps no time. `liveSession` of tenure/lifecycle provides one that waits. */
    deadlineTimer: fromCallback<DeadlineTimerEvent, DeadlineTimerInput>(() => {}),
  },
  guards: {
    abandonAtCameFirst: ({ context, event }) => isOneOf(past(context, event), 'abandon', 'abandon-expire'),
    expireAtIsPast: ({ context, event }) => isOneOf(past(context, event), 'expire', 'expire-abandon'),
    abandonAtIsPast: ({ context, event }) => event.now >= context.session.abandonAt,
    isStoredAs: ({ context }, { status }: { status: Status }) => context.session.status === status,
  },
  actions: {
    tell: emit(({ context, event }, entry: Entry): SessionFact => {
      const transition = transitionInto(context.session, entry, event.now, event.askedBy)
      return { type: factOf(transition), transition }
    }),
    enter: assign(({ context, event }, entry: Entry) => ({
      session: enterStatus(context.session, transitionInto(context.session, entry, event.now)),
    })),
    recordActivity: assign(({ context, event }) => ({
      session: recordActivity(context.session, event.now, context.policy),
    })),
    sendAgain: raise(({ event }) => event),
  },
})

/** A transition into a status: the fact is told while the old status is still known, then the status is written. */
function enter<To extends Status>(to: To, cause: Cause) {
  return {
    target: `#${to}`,
    actions: [
      { type: 'tell', params: { to, cause } },
      { type: 'enter', params: { to, cause } },
    ],
  } as const
}

/** The same for a deadline: it comes before the event that found it past, which is then sent again. */
function deadline<To extends Status, Guard extends string>(guard: Guard, to: To, cause: Cause) {
  const { target, actions } = enter(to, cause)
  return { guard, target, actions: [...actions, 'sendAgain'] } as const
}

const settleLive = [
  deadline('abandonAtCameFirst', 'abandoned', 'abandon-deadline'),
  deadline('expireAtIsPast', 'expired', 'expire-deadline'),
] as const
const settleDormant = deadline('abandonAtIsPast', 'abandoned', 'abandon-deadline')

/** Waits for the next deadline; made anew where a touch slides it, for a touch enters its state again. */
const untilNextDeadline = {
  id: 'deadlineTimer',
  src: 'deadlineTimer',
  input: ({ context }: { context: SessionMachineInput }): DeadlineTimerInput => ({
    deadline: nextDeadline(context.session) ?? MAXIMUM_INSTANT,
  }),
} as const

/** The statechart of a session. Pure as it stands: it reads no clock, and its timer does nothing. */
export const sessionMachine = machineSetup.createMachine({
  id: 'session',
  context: ({ input }) => ({ session: input.session, policy: input.policy }),
  initial: 'stored',
  states: {
    // A session comes in with the status that it is stored with.
    stored: {
      always: STATUSES.map((status) => ({
        guard: { type: 'isStoredAs', params: { status } } as const,
        target: `#${status}`,
      })),
    },
    // Every transition names the status it leads to: no group is entered by its `initial`, which XState asks for.
    live: {
      initial: 'active',
      on: {
        'session.settle': settleLive,
        'session.end': [...settleLive, enter('ended', 'end')],
        'session.revoke': [...settleLive, enter('revoked', 'revoke')],
        'session.replace': [...settleLive, enter('replaced', 'replace')],
        'session.remove': [...settleLive, enter('removed', 'remove')],
      },
      states: {
        pending: {
          id: 'pending',
          tags: 'begins',
          invoke: untilNextDeadline,
          on: {
            'session.touch': [...settleLive, { target: '#pending', reenter: true, actions: 'recordActivity' }],
            'session.requireTask': settleLive,
            'session.completeTasks': [...settleLive, enter('active', 'tasks-completed')],
          },
        },
        active: {
          id: 'active',
          tags: 'begins',
          invoke: untilNextDeadline,
          on: {
            'session.touch': [...settleLive, { target: '#active', reenter: true, actions: 'recordActivity' }],
            'session.requireTask': [...settleLive, enter('pending', 'task-required')],
            'session.completeTasks': settleLive,
          },
        },
      },
    },
    dormant: {
      initial: 'expired',
      on: {
        'session.settle': settleDormant,
        'session.touch': settleDormant,
        'session.requireTask': settleDormant,
        'session.completeTasks': settleDormant,
        'session.end': settleDormant,
        'session.revoke': [settleDormant, enter('revoked', 'revoke')],
        'session.replace': [settleDormant, enter('replaced', 'replace')],
        'session.remove': [settleDormant, enter('removed', 'remove')],
      },
      states: {
        expired: { id: 'expired', invoke: untilNextDeadline },
      },
    },
    closed: {
      initial: 'ended',
      on: {
        'session.remove': enter('removed', 'remove'),
      },
      states: {
        ended: { id: 'ended', on: { 'session.replace': enter('replaced', 'replace') } },
        replaced: { id: 'replaced' },
        abandoned: { id: 'abandoned' },
        revoked: { id: 'revoked' },
        removed: { id: 'removed', on: { 'session.remove': {} } },
      },
    },
  },
})

/** The fact that a transition makes. */
export function factOf({ from, to }: Pick<Transition, 'from' | 'to'>): FactType {
  if (from === null) return 'session.created'
  return to === 'active' ? 'session.activated' : `session.${to}`
}

function past({ session }: SessionMachineInput, event: SessionEvent): PastDeadlines {
  return pastDeadlines(session, event.now)
}

function isOneOf(value: PastDeadlines, ...wanted: PastDeadlines[]): boolean {
  return wanted.includes(value)
}
