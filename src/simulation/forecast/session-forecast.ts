import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId, UserId } from '../../domain/session.ts'
import type { LiveStatus } from '../../domain/status.ts'
import type { Fate } from './fate.ts'

/** What becomes of one session that is live at the instant of a forecast. */
export interface SessionForecast {
  readonly clientId: ClientId
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly status: LiveStatus
  readonly createdAt: EpochMs
  readonly lastActiveAt: EpochMs
  /** How it ends under the policy, and under what that is compared with. */
  readonly under: Fate
  readonly against: Fate
}
