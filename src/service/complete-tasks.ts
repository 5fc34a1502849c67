import type { SessionId } from '../domain/session.ts'
import { type Asking, commandSession, type SessionOutcome } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Makes a pending session active: every task is complete.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export function completeTasks(dependencies: Dependencies, id: SessionId, asking: Asking): Promise<SessionOutcome> {
  return commandSession(dependencies, id, 'completeTasks', asking)
}
