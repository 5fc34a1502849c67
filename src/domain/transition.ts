import { type EpochMs, later } from './instant.ts'
import type { ClientId, Session, SessionId, UserId } from './session.ts'
import type { Status } from './status.ts'

/** Why a status changed: the two deadlines, the command that asked, or a snapshot that was imported; `touch` changes none. */
export type Cause =
  | 'sign-in'
  | 'expire-deadline'
  | 'abandon-deadline'
  | 'task-required'
  | 'tasks-completed'
  | 'end'
  | 'remove'
  | 'revoke'
  | 'replace'
  | 'import'
  | 'touch'

/** One change of one session's status: a row of the ledger. So is a touch that is recorded, which has `to` as it was. */
export interface Transition {
  readonly clientId: ClientId
  readonly sessionId: SessionId
  readonly userId: UserId
  /** `null` where the session begins, or is first heard of. */
  readonly from: Status | null
  readonly to: Status
  readonly cause: Cause
  /** When it took effect: a deadline's own instant, however late it was noticed. Epoch milliseconds. */
  readonly at: EpochMs
  /** When it was noticed. Epoch milliseconds. */
  readonly recordedAt: EpochMs
  /** Who asked, where a command named somebody; absent for deadlines. */
  readonly askedBy?: string
}

/** One entry into a status: which, and why. */
export interface Entry {
  readonly to: Status
  readonly cause: Cause
}

/** Whether a transition was made by the clock, and not by anybody who asked. */
export function isDeadlineCause(cause: Cause): boolean {
  return cause === 'expire-deadline' || cause === 'abandon-deadline'
}

/** Whether a row of the ledger records a touch: no transition, for the status is what it was. */
export function isRecordedTouch({ from, to }: Pick<Transition, 'from' | 'to'>): boolean {
  return from === to
}

/** The row of the ledger that records a touch of a session as it was before. The machine knows nothing of it. */
export function recordTouch(session: Session, now: EpochMs, askedBy?: string): Transition {
  return transitionInto(session, { to: session.status, cause: 'touch' }, now, askedBy)
}

/** The instant an entry takes effect: a deadline's own, or a command's, which never precedes the row's last change. */
function effectOf(cause: Cause, session: Session, now: EpochMs): EpochMs {
  if (cause === 'expire-deadline') return session.expireAt
  if (cause === 'abandon-deadline') return session.abandonAt
  return later(session.updatedAt, now)
}

/** The transition that an entry into a status makes of a session. Says nothing of whether it is allowed. */
export function transitionInto(session: Session, { to, cause }: Entry, now: EpochMs, askedBy?: string): Transition {
  const { clientId, id: sessionId, userId, status: from } = session
  const at = effectOf(cause, session, now)
  const transition = { clientId, sessionId, userId, from, to, cause, at, recordedAt: now }
  return askedBy === undefined || isDeadlineCause(cause) ? transition : { ...transition, askedBy }
}

/** The session after a transition: the new status, and `updatedAt` no earlier than the effect. Nothing else changes. */
export function enterStatus<S extends Session>(session: S, { to, at }: Pick<Transition, 'to' | 'at'>): S {
  return { ...session, status: to, updatedAt: later(session.updatedAt, at) }
}
