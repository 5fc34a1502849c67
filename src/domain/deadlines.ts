import { addDuration, type EpochMs, later } from './instant.ts'
import type { Policy } from './policy.ts'
import type { Deadlines, Session } from './session.ts'
import { isClosed, isLive, type Status } from './status.ts'

/** Which deadlines lie behind an instant, and in which order they came. */
export type PastDeadlines = 'none' | 'expire' | 'abandon' | 'expire-abandon' | 'abandon-expire'

/** Every value of {@link PastDeadlines}. */
export const PAST_DEADLINES = ['none', 'expire', 'abandon', 'expire-abandon', 'abandon-expire'] as const

/**
 * The deadlines that an instant has reached, in the order they fell.
 *
 * A deadline is the first dead instant, as with JWT "exp" (RFC 7519, section 4.1.4): at exactly `expireAt` the
 * deadline is past. Of two at one instant, `expireAt` comes first.
 */
export function pastDeadlines({ expireAt, abandonAt }: Deadlines, now: EpochMs): PastDeadlines {
  if (now < expireAt) return now < abandonAt ? 'none' : 'abandon'
  if (now < abandonAt) return 'expire'
  return abandonAt < expireAt ? 'abandon-expire' : 'expire-abandon'
}

/**
 * The next deadline that can still change a session's status, or `null` where it is closed.
 *
 * It may lie behind the present: then the session is due, and settling it takes effect at that deadline.
 *
 * @param session Stored status and deadlines, epoch milliseconds.
 */
export function nextDeadline(session: Deadlines & { readonly status: Status }): EpochMs | null {
  const { status, expireAt, abandonAt } = session
  if (isClosed(status)) return null
  return isLive(status) && expireAt <= abandonAt ? expireAt : abandonAt
}

/**
 * The deadlines that a policy gives a session last active at an instant.
 *
 * Each is held at the calendar's last instant where the sum would leave it.
 */
export function deadlinesFrom(policy: Policy, createdAt: EpochMs, lastActiveAt: EpochMs): Deadlines {
  const { maximumLifetime, inactivityTimeout, abandonment } = policy
  const ends: EpochMs[] = []
  if (maximumLifetime !== null) ends.push(addDuration(createdAt, maximumLifetime))
  if (inactivityTimeout !== null) ends.push(addDuration(lastActiveAt, inactivityTimeout))
  return {
    expireAt: Math.min(...ends) as EpochMs,
    abandonAt: addDuration(abandonment.from === 'creation' ? createdAt : lastActiveAt, abandonment.after),
  }
}

/**
 * A live session after activity at an instant: touched, and its deadlines slid as the policy allows.
 *
 * Only what the policy counts from the last activity slides; what counts from the creation was settled then, so that a
 * touch does not turn an impersonation of half an hour into a week. No timestamp moves back and no deadline moves
 * earlier: each that slides is the later of the stored one and the policy's, which never passes
 * `createdAt + maximumLifetime`.
 *
 * @see docs/decisions/0007-a-touch-slides-what-counts-from-activity.md
 */
export function recordActivity<S extends Session>(session: S, now: EpochMs, policy: Policy): S {
  const lastActiveAt = later(session.lastActiveAt, now)
  const { expireAt, abandonAt } = deadlinesFrom(policy, session.createdAt, lastActiveAt)
  return {
    ...session,
    lastActiveAt,
    updatedAt: later(session.updatedAt, now),
    expireAt: policy.inactivityTimeout === null ? session.expireAt : later(session.expireAt, expireAt),
    abandonAt: policy.abandonment.from === 'creation' ? session.abandonAt : later(session.abandonAt, abandonAt),
  }
}
