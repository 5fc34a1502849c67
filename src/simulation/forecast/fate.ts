import { deadlinesFrom } from '../../domain/deadlines.ts'
import { addDuration, type EpochMs, later } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Deadlines, Session } from '../../domain/session.ts'

/**
 * What can end a live session: a member of the policy, or the stored deadline itself where a forecast goes by those.
 *
 * `sessionMode` and `maximumSessionsPerUser` end a session where it is one too many; the others are deadlines.
 */
export const RULES = [
  'maximumLifetime',
  'inactivityTimeout',
  'abandonment',
  'sessionMode',
  'maximumSessionsPerUser',
  'expireAt',
  'abandonAt',
] as const

/** One of {@link RULES}. */
export type Rule = (typeof RULES)[number]

/** How a session that is live ends, if nobody does anything more in it. */
export interface Fate extends Deadlines {
  /** The first instant at which it is no longer live; the forecast's own where it is over then. Epoch milliseconds. */
  readonly endsAt: EpochMs
  readonly rule: Rule
}

/** What a fate is told by: when the session began, and when its user was last active. */
export type Beginnings = Pick<Session, 'createdAt' | 'lastActiveAt'>

/** How a live session ends by the deadlines that are stored. Of two at one instant, `expireAt` comes first. */
export function storedFate({ expireAt, abandonAt }: Deadlines): Fate {
  const expiresFirst = expireAt <= abandonAt
  return {
    expireAt,
    abandonAt,
    endsAt: expiresFirst ? expireAt : abandonAt,
    rule: expiresFirst ? 'expireAt' : 'abandonAt',
  }
}

/**
 * How a live session ends where its deadlines are those that a policy gives it, from an instant on.
 *
 * Where the lifetime and the inactivity timeout end it at one instant, the lifetime does. What the policy allows one
 * client or one user is not looked at here.
 *
 * @param at The instant at which the policy is applied: a session whose deadline lies before it ends then.
 */
export function policyFate({ createdAt, lastActiveAt }: Beginnings, policy: Policy, at: EpochMs): Fate {
  const { expireAt, abandonAt } = deadlinesFrom(policy, createdAt, lastActiveAt)
  if (abandonAt < expireAt) return { expireAt, abandonAt, endsAt: later(abandonAt, at), rule: 'abandonment' }
  const { maximumLifetime } = policy
  const isLifetime = maximumLifetime !== null && expireAt === addDuration(createdAt, maximumLifetime)
  const rule = isLifetime ? 'maximumLifetime' : 'inactivityTimeout'
  return { expireAt, abandonAt, endsAt: later(expireAt, at), rule }
}
