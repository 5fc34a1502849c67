import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Removes a session from its client, whatever its status. It can still be read and listed, until it is purged.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function removeSession(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'remove', asking)
}
