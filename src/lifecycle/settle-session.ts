import { NO_TRANSITIONS, type SettledSession } from '../domain/command.ts'
import { pastDeadlines } from '../domain/deadlines.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Deadlines, Session } from '../domain/session.ts'
import type { Status } from '../domain/status.ts'
import { type Entry, enterStatus, type Transition, transitionInto } from '../domain/transition.ts'
import { TRANSITION_TABLE } from './transition-table.ts'

/**
 * The status that a session has at an instant, whatever is stored.
 *
 * A deadline is the first dead instant, as with JWT "exp" (RFC 7519, section 4.1.4): at exactly `expireAt` the session
 * is expired. Closed statuses do not change with time.
 *
 * @param session Stored status and deadlines, epoch milliseconds.
 * @param now Instant to judge at, epoch milliseconds, from the injected clock.
 */
export function statusAt(session: Deadlines & { readonly status: Status }, now: EpochMs): Status {
  const past = pastDeadlines(session, now)
  if (past === 'none') return session.status
  return TRANSITION_TABLE[session.status]?.settle[past].status ?? session.status
}

/**
 * Brings a session's status up to what its deadlines say at an instant.
 *
 * Each transition takes effect at its own deadline, however late it is noticed: `updatedAt` becomes the later of
 * itself and that deadline, and `recordedAt` is `now`. A clock that has stepped back changes nothing. A status that
 * the machine does not know is left as it is.
 *
 * @param session Any object with a session's members; others are kept, in their order.
 * @param now Instant to settle at, epoch milliseconds, from the injected clock.
 */
export function settleSession<S extends Session>(session: S, now: EpochMs): SettledSession<S> {
  const past = pastDeadlines(session, now)
  if (past === 'none') return { session, transitions: NO_TRANSITIONS }
  const entry = TRANSITION_TABLE[session.status]?.settle[past]
  if (entry === undefined || entry.steps.length === 0) return { session, transitions: NO_TRANSITIONS }
  return takeSteps(session, entry.steps, now)
}

/** Takes the steps of a table entry, one after the other. */
export function takeSteps<S extends Session>(
  session: S,
  steps: readonly Entry[],
  now: EpochMs,
  askedBy?: string,
): SettledSession<S> {
  const transitions: Transition[] = []
  let stepped = session
  for (const step of steps) {
    const transition = transitionInto(stepped, step, now, askedBy)
    transitions.push(transition)
    stepped = enterStatus(stepped, transition)
  }
  return { session: stepped, transitions }
}
