import type { Clock } from '../../domain/clock.ts'
import { addDuration, type EpochMs } from '../../domain/instant.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { ClientId, SessionId, UserId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import type { Cause } from '../../domain/transition.ts'
import type { EventType, SessionEvent } from '../../service/events/event.ts'
import type { WebhookEndpoint } from '../../service/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../service/webhooks/webhook-endpoints.ts'
import { webhookMessage } from './message.ts'
import type { SendOutcome, WebhookSender } from './sender.ts'

/** What a test delivery is made by. */
export interface TestDelivery {
  readonly endpoints: Pick<WebhookEndpoints, 'keysOf'>
  readonly sender: Pick<WebhookSender, 'send'>
  readonly clock: Clock
  readonly randomness: Randomness
  /** Where the service is reached. */
  readonly issuer: string
}

/** What became of it. */
export interface TestOutcome extends SendOutcome {
  /** The event's, `evt_test_…`. */
  readonly eventId: string
}

/** What each type of event stands for in an example: from which status, to which, and why. */
const EXAMPLES: Readonly<Record<EventType, readonly [from: Status | null, to: Status, cause: Cause]>> = {
  'session.created': [null, 'active', 'sign-in'],
  'session.touched': ['active', 'active', 'touch'],
  'session.pending': ['active', 'pending', 'task-required'],
  'session.activated': ['pending', 'active', 'tasks-completed'],
  'session.expired': ['active', 'expired', 'expire-deadline'],
  'session.ended': ['active', 'ended', 'end'],
  'session.replaced': ['active', 'replaced', 'replace'],
  'session.abandoned': ['expired', 'abandoned', 'abandon-deadline'],
  'session.revoked': ['active', 'revoked', 'revoke'],
  'session.removed': ['active', 'removed', 'remove'],
}

/**
 * Sends an example of an event to an endpoint now, once, disabled or not: signed like any other, of nobody's session, with an
 * id that begins with `evt_test_`.
 */
export async function sendTest(
  endpoint: WebhookEndpoint,
  type: EventType,
  { endpoints, sender, clock, randomness, issuer }: TestDelivery,
): Promise<TestOutcome> {
  const event = exampleEvent(type, clock.now(), randomness)
  const keys = await endpoints.keysOf(endpoint, clock.now())
  const outcome = await sender.send(endpoint.url, webhookMessage(event, endpoint.form, issuer), keys)
  return { eventId: event.id, ...outcome }
}

function exampleEvent(type: EventType, now: EpochMs, randomness: Randomness): SessionEvent {
  const [from, to, cause] = EXAMPLES[type]
  const ids = {
    clientId: 'client_test' as ClientId,
    sessionId: 'sess_test' as SessionId,
    userId: 'user_test' as UserId,
  }
  const deadlines = {
    expireAt: addDuration(now, defaultPolicy.maximumLifetime ?? defaultPolicy.retention),
    abandonAt: addDuration(now, defaultPolicy.retention),
  }
  const times = { lastActiveAt: now, ...deadlines, updatedAt: now, createdAt: now }
  const session = { id: ids.sessionId, clientId: ids.clientId, userId: ids.userId, status: to, ...times, version: 1 }
  const id = `evt_test_${Buffer.from(randomness.bytes(12)).toString('hex')}`
  return { id, type, ...ids, from, to, cause, at: now, recordedAt: now, askedBy: null, version: 1, session }
}
