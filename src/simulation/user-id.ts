import { newSessionId } from '../domain/ids.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { UserId } from '../domain/session.ts'

/** An id as a user may have it, `user_` and a KSUID, as Clerk's are. Tenure makes none for itself: it owns no users. */
export function newUserId(now: EpochMs, randomness: Randomness): UserId {
  return newSessionId(now, randomness).replace('sess_', 'user_') as string as UserId
}
