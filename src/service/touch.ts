import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Records activity: advances `lastActiveAt`, slides the deadlines that the policy counts from activity, and makes the
 * session its client's last active one.
 *
 * A touch of the last active session sooner than the policy's `touchInterval` writes nothing: `throttled`.
 *
 * Where touches are recorded, one that is written leaves a row in the ledger, from the status to itself; its outcome has no
 * transition for it all the same, as the status did not change.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function touchSession(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'touch', asking)
}
