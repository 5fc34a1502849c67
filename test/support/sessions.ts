/** Sessions, clients and policies for tests: plain numbers and short names in, branded and deeply frozen values out. */
import type { DurationMs } from '../../src/domain/duration.ts'
import { type EpochMs, toInstant } from '../../src/domain/instant.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import type { Client, ClientId, Session, SessionId, UserId } from '../../src/domain/session.ts'
import type { Status } from '../../src/domain/status.ts'

export const MINUTE = 60_000
export const DAY = 86_400_000

/** An instant, epoch milliseconds. */
export const at = (milliseconds: number): EpochMs => toInstant(milliseconds)
export const sess = (name: string): SessionId => `sess_${name}` as SessionId
export const user = (name: string): UserId => `user_${name}` as UserId

export interface SessionParts {
  /** Without `sess_`. */
  readonly name?: string
  /** Without `user_`; the session's own name where it is left out. */
  readonly user?: string
  readonly status?: Status
  readonly createdAt?: number
  readonly updatedAt?: number
  readonly lastActiveAt?: number
  readonly expireAt?: number
  readonly abandonAt?: number
}

/** An active session that expires at 1000 and is abandoned at 2000. */
export function aSession(parts: SessionParts = {}): Session {
  const { name = 'a', status = 'active', createdAt = 0, expireAt = 1_000, abandonAt = 2_000 } = parts
  return Object.freeze({
    id: sess(name),
    clientId: 'client_a' as ClientId,
    userId: user(parts.user ?? name),
    status,
    lastActiveAt: at(parts.lastActiveAt ?? createdAt),
    expireAt: at(expireAt),
    abandonAt: at(abandonAt),
    updatedAt: at(parts.updatedAt ?? createdAt),
    createdAt: at(createdAt),
  })
}

export interface ClientParts {
  /** Without `sess_`; the first session where it is left out. */
  readonly lastActive?: string | null
  readonly updatedAt?: number
}

/** A client that holds these sessions, shows them all, and was last changed at 0. */
export function aClient(parts: readonly SessionParts[], { lastActive, updatedAt = 0 }: ClientParts = {}): Client {
  const sessions = parts.map(aSession)
  const named = typeof lastActive === 'string' ? sess(lastActive) : lastActive
  return deepFreeze({
    id: 'client_a' as ClientId,
    sessionIds: sessions.map(({ id }) => id),
    sessions,
    lastActiveSessionId: named === undefined ? (sessions[0]?.id ?? null) : named,
    createdAt: at(0),
    updatedAt: at(updatedAt),
  })
}

export interface PolicyParts extends Partial<Pick<Policy, 'sessionMode' | 'onConflict'>> {
  readonly maximumLifetime?: number | null
  readonly inactivityTimeout?: number | null
  readonly abandonment?: { readonly after: number; readonly from: 'creation' | 'last-activity' }
  readonly touchInterval?: number
}

/** Clerk's defaults but for these parts, durations in milliseconds. */
export function aPolicy(parts: PolicyParts = {}): Policy {
  const { abandonment, touchInterval } = parts
  return Object.freeze({
    ...defaultPolicy,
    ...parts,
    maximumLifetime: durationOr(parts.maximumLifetime, defaultPolicy.maximumLifetime),
    inactivityTimeout: durationOr(parts.inactivityTimeout, defaultPolicy.inactivityTimeout),
    abandonment: abandonment
      ? { after: abandonment.after as DurationMs, from: abandonment.from }
      : defaultPolicy.abandonment,
    touchInterval: (touchInterval ?? defaultPolicy.touchInterval) as DurationMs,
  })
}

/** Frozen to the last member: a function that writes into its input throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}

/** Each session's status by its name without `sess_`. */
export function statusesOf({ sessions }: Client): Record<string, Status> {
  return Object.fromEntries(sessions.map(({ id, status }) => [id.slice('sess_'.length), status]))
}

/** The session of a name; throws where the client holds none, as a test that asks for it is wrong. */
export function held({ sessions }: Client, name: string): Session {
  const session = sessions.find(({ id }) => id === sess(name))
  if (session === undefined) throw new TypeError('the client holds no session of that name')
  return session
}

function durationOr(parts: number | null | undefined, fallback: DurationMs | null): DurationMs | null {
  return parts === undefined ? fallback : (parts as DurationMs | null)
}
