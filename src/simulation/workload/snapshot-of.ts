import type { Policy } from '../../domain/policy.ts'

const HOUR = 3_600_000

/** A snapshot of a client as another service would have it: one active session, an hour old. */
export function snapshotOf(place: number, userId: string, now: number, policy: Policy) {
  const id = `client_${place}`
  const sessionId = `sess_imported_${place}`
  const createdAt = now - HOUR
  const { maximumLifetime, inactivityTimeout, abandonment } = policy
  const expireAt =
    now + Math.min(maximumLifetime ?? Number.POSITIVE_INFINITY, inactivityTimeout ?? Number.POSITIVE_INFINITY)
  const times = { updatedAt: now, createdAt }
  const session = {
    ...{ object: 'session', id: sessionId, userId, clientId: id, actor: null, status: 'active' },
    ...{ lastActiveOrganizationId: null, lastActiveAt: now, latestActivity: null },
    ...{ expireAt, abandonAt: now + abandonment.after, tasks: null, ...times },
  }
  const client = {
    ...{ object: 'client', id, sessionIds: [sessionId], sessions: [session], signInId: null, signUpId: null },
    ...{ lastActiveSessionId: sessionId, ...times },
  }
  return { id, sessionId, text: JSON.stringify(client) }
}
