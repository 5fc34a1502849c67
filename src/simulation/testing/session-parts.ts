import { deadlinesFrom } from '../../domain/deadlines.ts'
import { type EpochMs, later } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Deadlines } from '../../domain/session.ts'
import { isLive, type Status } from '../../domain/status.ts'
import { type Instant, instantOf } from './builder-parts.ts'

/** What a built session is to have otherwise than a new one. */
export interface SessionParts {
  readonly id?: string | undefined
  readonly clientId?: string | undefined
  readonly userId?: string | undefined
  /** `active` where it is left out. */
  readonly status?: Status | undefined
  /** The present where it is left out; of an expired or abandoned session so long ago that its deadline falls now. */
  readonly createdAt?: Instant | undefined
  readonly lastActiveAt?: Instant | undefined
  readonly updatedAt?: Instant | undefined
  /** What the policy says where it is left out. */
  readonly expireAt?: Instant | undefined
  readonly abandonAt?: Instant | undefined
}

/** The names of {@link SessionParts}. */
export const SESSION_NAMES = [
  ...(['id', 'clientId', 'userId', 'status'] as const),
  ...(['createdAt', 'lastActiveAt', 'updatedAt', 'expireAt', 'abandonAt'] as const),
] as const satisfies readonly (keyof SessionParts)[]

/** What is left to a session's world. */
export interface SessionSetting {
  readonly now: EpochMs
  readonly policy: Policy
  readonly ids: { session(): string; client(): string; user(): string }
}

/** A session's members as the SDK names and orders them, each as its parts say or, where they do not, as its policy makes it. */
export function layOutSession(who: string, parts: SessionParts, { now, policy, ids }: SessionSetting) {
  const { status = 'active' } = parts
  const given = (name: 'createdAt' | 'lastActiveAt' | 'updatedAt' | keyof Deadlines) =>
    instantOf(`${who}: ${name}`, parts[name], now)
  const createdAt = given('createdAt') ?? creationOf(status, given('lastActiveAt'), now, policy)
  const lastActiveAt = given('lastActiveAt') ?? createdAt
  const ruled = deadlinesFrom(policy, createdAt, lastActiveAt)
  const deadlines = { expireAt: given('expireAt') ?? ruled.expireAt, abandonAt: given('abandonAt') ?? ruled.abandonAt }
  return {
    object: 'session',
    id: parts.id ?? ids.session(),
    userId: parts.userId ?? ids.user(),
    clientId: parts.clientId ?? ids.client(),
    status,
    lastActiveAt,
    ...deadlines,
    updatedAt: given('updatedAt') ?? later(lastActiveAt, changeOf(status, deadlines, now)),
    createdAt,
  }
}

function creationOf(status: Status, lastActiveAt: EpochMs | undefined, now: EpochMs, policy: Policy): EpochMs {
  const { expireAt, abandonAt } = deadlinesFrom(policy, 0 as EpochMs, 0 as EpochMs)
  if (status === 'expired') return Math.max(0, now - expireAt) as EpochMs
  if (status === 'abandoned') return Math.max(0, now - Math.max(expireAt, abandonAt)) as EpochMs
  return Math.min(now, lastActiveAt ?? now) as EpochMs
}

/** When a session came to its status, at the latest. */
function changeOf(status: Status, { expireAt, abandonAt }: Deadlines, now: EpochMs): EpochMs {
  if (isLive(status)) return 0 as EpochMs
  if (status === 'expired') return Math.min(expireAt, now) as EpochMs
  return status === 'abandoned' ? (Math.min(abandonAt, now) as EpochMs) : now
}
