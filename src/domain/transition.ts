import type { EpochMs } from './instant.ts'
import type { ClientId, SessionId, UserId } from './session.ts'
import type { Status } from './status.ts'

/** Why a status changed: the two deadlines, or the command that asked. */
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

/** One change of one session's status: a row of the ledger. */
export interface Transition {
  readonly clientId: ClientId
  readonly sessionId: SessionId
  readonly userId: UserId
  /** `null` for a sign-in. */
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
