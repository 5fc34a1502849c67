import { type EpochMs, later } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'

/** Until when a session is live, and until when dormant; closed after that, as far as the snapshot lets one tell. */
export interface Stretches {
  /** No earlier than the creation. */
  readonly liveUntil: EpochMs
  /** No earlier than `liveUntil`, and the same where the session is never dormant. */
  readonly dormantUntil: EpochMs
}

/**
 * The stretches of a session's life, past and to come.
 *
 * What is stored as closed ahead of its deadlines was closed when it last changed, for all that a snapshot says.
 *
 * @param stored The session as it came in, not settled.
 * @param now The present, epoch milliseconds.
 */
export function stretchesOf(stored: Session, now: EpochMs): Stretches {
  const { createdAt, expireAt, abandonAt } = stored
  const { live, dormant } = endsOf(stored, now)
  const liveUntil = Math.max(createdAt, Math.min(live, expireAt, abandonAt)) as EpochMs
  return { liveUntil, dormantUntil: later(liveUntil, Math.min(dormant, abandonAt) as EpochMs) }
}

/** When the stretches end by what is stored; a deadline may come sooner. */
function endsOf({ status, expireAt, abandonAt, updatedAt, lastActiveAt }: Session, now: EpochMs) {
  const changedAt = Math.min(now, later(updatedAt, lastActiveAt))
  switch (status) {
    case 'pending':
    case 'active':
      return { live: expireAt, dormant: abandonAt }
    case 'expired':
      return { live: expireAt <= now ? expireAt : changedAt, dormant: abandonAt }
    case 'abandoned':
      return abandonAt <= now ? { live: expireAt, dormant: abandonAt } : { live: changedAt, dormant: changedAt }
    case 'ended':
      // A session ends while it is live: it was never dormant.
      return { live: changedAt, dormant: 0 }
    case 'replaced':
    case 'revoked':
    case 'removed':
      return { live: changedAt, dormant: changedAt }
    default:
      status satisfies never
      return { live: now, dormant: now }
  }
}
