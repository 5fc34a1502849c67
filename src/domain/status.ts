/** Every status that a session can have, from freshest to most over. */
export const STATUSES = [
  'pending',
  'active',
  'expired',
  'ended',
  'replaced',
  'abandoned',
  'revoked',
  'removed',
] as const

/** What a session is at an instant. */
export type Status = (typeof STATUSES)[number]

/** The user may act, or finish the sign-in. */
export type LiveStatus = 'pending' | 'active'
/** No longer usable, still waiting for its user to come back. */
export type DormantStatus = 'expired'
/** Over. */
export type ClosedStatus = Exclude<Status, LiveStatus | DormantStatus>

/** The three groups of statuses, as the statechart draws them. */
export type StatusGroup = 'live' | 'dormant' | 'closed'

const KNOWN: ReadonlySet<string> = new Set(STATUSES)

/** Whether a text is one of the eight statuses: what was kept from a snapshot may be none. */
export function isStatus(text: string): text is Status {
  return KNOWN.has(text)
}

/** The group that a status belongs to. */
export function groupOf(status: Status): StatusGroup {
  switch (status) {
    case 'pending':
    case 'active':
      return 'live'
    case 'expired':
      return 'dormant'
    case 'ended':
    case 'replaced':
    case 'abandoned':
    case 'revoked':
    case 'removed':
      return 'closed'
    default:
      return status satisfies never
  }
}

/** Whether the user may act in a session of this status, or finish signing in. */
export function isLive(status: Status): status is LiveStatus {
  return status === 'active' || status === 'pending'
}

/** Whether a session of this status is over for good. */
export function isClosed(status: Status): status is ClosedStatus {
  return !isLive(status) && status !== 'expired'
}

/** How alive a status is: live 3, dormant 2, closed 1, removed 0. No transition ever raises it. */
export function rankOf(status: Status): 0 | 1 | 2 | 3 {
  if (isLive(status)) return 3
  if (status === 'expired') return 2
  return status === 'removed' ? 0 : 1
}
