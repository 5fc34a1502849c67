import type { DurationMs } from './duration.ts'

/**
 * The durations and limits that deadlines are computed from, in milliseconds: a policy document read and found whole.
 *
 * @see schemas/policy.schema.json for the document's shape, and docs/lifecycle.md for what each does.
 */
export interface Policy {
  /** `expireAt` is never past `createdAt` + this. `null`: no limit, and then there is an inactivity timeout. */
  readonly maximumLifetime: DurationMs | null
  /** If set, a session expires this long after its last activity, if the lifetime does not end it before. */
  readonly inactivityTimeout: DurationMs | null
  /** `abandonAt` lies this long after the session's creation, or after its last activity. */
  readonly abandonment: { readonly after: DurationMs; readonly from: 'creation' | 'last-activity' }
  /** A touch of the client's last active session sooner than this after `lastActiveAt` writes nothing. */
  readonly touchInterval: DurationMs
  /** Whether several users may be signed in on one client. */
  readonly sessionMode: 'multi' | 'single'
  /** In single mode: what a sign-in does where a session is live. `null` in multi mode. */
  readonly onConflict: 'replace' | 'reject' | null
  /** How many live sessions a user may have over all clients. `null`: no limit. */
  readonly maximumSessionsPerUser: number | null
  /** What a sign-in over the limit does. `null` where there is no limit. */
  readonly onOverflow: 'reject' | 'replace-oldest' | null
  /** How long a closed session is kept after it closed. */
  readonly retention: DurationMs
}

const DAY = 86_400_000

/** Clerk's defaults: seven days to expire, thirty to be abandoned, both from creation, neither sliding. */
export const defaultPolicy: Policy = {
  maximumLifetime: (7 * DAY) as DurationMs,
  inactivityTimeout: null,
  abandonment: { after: (30 * DAY) as DurationMs, from: 'creation' },
  touchInterval: 60_000 as DurationMs,
  sessionMode: 'multi',
  onConflict: null,
  maximumSessionsPerUser: null,
  onOverflow: null,
  retention: (30 * DAY) as DurationMs,
}
