import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Ends a live session: its user signed out. It stays on its client.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function endSession(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'end', asking)
}
