/**
 * The law of a session once more, from its text alone: no machine, no table, none of the functions that are under test.
 *
 * @see docs/lifecycle.md
 */
import type { Policy } from '../../domain/policy.ts'
import type { Session } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'

const RANKS: Readonly<Record<Status, number>> = {
  pending: 3,
  active: 3,
  expired: 2,
  ended: 1,
  replaced: 1,
  abandoned: 1,
  revoked: 1,
  removed: 0,
}

/** How alive a status is: 3 live, 2 dormant, 1 closed, 0 removed. */
export function lawfulRank(status: Status): number {
  return RANKS[status]
}

type Dated = Pick<Session, 'status' | 'expireAt' | 'abandonAt'>

/** A deadline that fell, and the status that it led to. */
export interface Fall {
  readonly to: 'expired' | 'abandoned'
  readonly at: number
}

/** The deadlines that fell by an instant and changed a status, in their order. */
export function lawfulFalls({ status, expireAt, abandonAt }: Dated, now: number): readonly Fall[] {
  const falls: Fall[] = []
  const rank = RANKS[status]
  if (rank === 3 && now >= expireAt && expireAt <= abandonAt) falls.push({ to: 'expired', at: expireAt })
  if (rank >= 2 && now >= abandonAt) falls.push({ to: 'abandoned', at: abandonAt })
  return falls
}

/** The status at an instant, whatever is stored. */
export function lawfulStatus(session: Dated, now: number): Status {
  return lawfulFalls(session, now).at(-1)?.to ?? session.status
}

/** The next deadline that can still change the status; infinitely far where there is none. */
export function lawfulDue({ status, expireAt, abandonAt }: Dated): number {
  if (RANKS[status] < 2) return Number.POSITIVE_INFINITY
  return RANKS[status] === 2 ? abandonAt : Math.min(expireAt, abandonAt)
}

/** The deadlines that activity at an instant leaves a session with. */
export function lawfulDeadlines(session: Session, lastActiveAt: number, policy: Policy): readonly [number, number] {
  const { maximumLifetime, inactivityTimeout, abandonment } = policy
  const lifetime = maximumLifetime === null ? Number.POSITIVE_INFINITY : session.createdAt + maximumLifetime
  const slid = inactivityTimeout === null ? 0 : Math.min(lifetime, lastActiveAt + inactivityTimeout)
  const left = abandonment.from === 'creation' ? 0 : lastActiveAt + abandonment.after
  return [Math.max(session.expireAt, slid), Math.max(session.abandonAt, left)]
}
