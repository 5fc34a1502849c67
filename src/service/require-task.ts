import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Makes an active session pending: the user has a task to complete first.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function requireTask(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'requireTask', asking)
}
