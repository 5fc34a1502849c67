import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Revokes a live or dormant session: the application ended it.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function revokeSession(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'revoke', asking)
}
