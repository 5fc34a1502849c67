/** Sessions, clients, transitions and webhooks as the wire has them: the members of Clerk's, in their order, and no others. */
import type { Transition } from '../domain/transition.ts'
import { readWebhookMessage } from '../events/webhooks/message.ts'
import type { ClientRecord, SessionRecord } from '../service/records.ts'
import type { WebhookEndpoint } from '../service/webhooks/endpoint.ts'
import { nameIn } from '../snapshot/form.ts'
import type { LedgerEntry } from '../store/port.ts'
import type { DeadJob } from '../store/queue.ts'

/** What a snapshot may have brought besides what the lifecycle knows. */
type Members = Readonly<Record<string, unknown>>

/** A session as a list has it, and a client among its own. */
export function presentSession(session: SessionRecord) {
  return sessionParts(session, true)
}

/** A session by itself, which Clerk answers without its latest activity. */
export function presentSoleSession(session: SessionRecord) {
  return sessionParts(session, false)
}

function sessionParts(session: SessionRecord, hasActivity: boolean) {
  const members = session as unknown as Members
  return {
    object: 'session',
    id: session.id,
    user_id: session.userId,
    client_id: session.clientId,
    actor: members['actor'] ?? null,
    status: session.status,
    last_active_organization_id: members['lastActiveOrganizationId'] ?? null,
    last_active_at: session.lastActiveAt,
    ...(hasActivity ? { latest_activity: onTheWire(members['latestActivity'] ?? null) } : {}),
    expire_at: session.expireAt,
    abandon_at: session.abandonAt,
    updated_at: session.updatedAt,
    created_at: session.createdAt,
    // Those of a session that is not pending are done, or will never be.
    tasks: session.status === 'pending' ? (members['tasks'] ?? null) : null,
  }
}

/** A client with the sessions that it shows. */
export function presentClient(client: ClientRecord) {
  const members = client as unknown as Members
  return {
    object: 'client',
    id: client.id,
    session_ids: client.sessionIds,
    sessions: client.sessions.map(presentSession),
    sign_in_id: members['signInId'] ?? null,
    sign_up_id: members['signUpId'] ?? null,
    last_active_session_id: client.lastActiveSessionId,
    last_authentication_strategy: members['lastAuthenticationStrategy'] ?? null,
    updated_at: client.updatedAt,
    created_at: client.createdAt,
  }
}

/** A transition, or the row of the ledger that has it. */
export function presentTransition(transition: Transition | LedgerEntry) {
  const { clientId, sessionId, userId, from, to, cause, at, recordedAt, askedBy } = transition
  const ids = { client_id: clientId, session_id: sessionId, user_id: userId }
  const row = 'sequence' in transition ? { sequence: transition.sequence, version: transition.version } : {}
  const asked = askedBy === undefined ? {} : { asked_by: askedBy }
  return { ...ids, from, to, cause, at, recorded_at: recordedAt, ...asked, ...row }
}

/** An endpoint without its secrets, but with how many of them sign. */
export function presentWebhook({ id, url, types, form, description, createdAt, disabled, secrets }: WebhookEndpoint) {
  const own = { object: 'webhook', id, url, types, form, description }
  return { ...own, created_at: createdAt, disabled, secrets: secrets.length }
}

/** A delivery that was given up. */
export function presentDeadLetter({ id, key, attempts, reason, buriedAt, data }: DeadJob) {
  const { id: event, type } = readWebhookMessage(data) ?? { id: null, type: null }
  const about = { object: 'dead_letter', id, event_id: event, type, session_id: key }
  return { ...about, attempts, reason, buried_at: buriedAt }
}

/** Items of a list as they were asked for: bare, or with their count. */
export function presentList(items: readonly unknown[], total: number, isPaginated: boolean | undefined) {
  return isPaginated === true ? { data: items, total_count: total } : items
}

function onTheWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [nameIn('wire', name), member]))
}
