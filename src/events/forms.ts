import { formatInstant } from '../domain/instant.ts'
import type { SessionEvent } from '../service/events/event.ts'
import { nameIn } from '../snapshot/form.ts'

/** An event as the feed has it: snake_case, instants in epoch milliseconds. */
export function presentEvent(event: SessionEvent) {
  const { id, type, clientId, sessionId, userId, from, to, cause, at, recordedAt, askedBy, version } = event
  return {
    object: 'session_event',
    id,
    type,
    client_id: clientId,
    session_id: sessionId,
    user_id: userId,
    ...{ from, to, cause, at },
    recorded_at: recordedAt,
    asked_by: askedBy,
    version,
  }
}

/**
 * An event in the envelope of Clerk's webhooks: `data` is the session, and `verifyWebhook` of `@clerk/backend` takes it.
 *
 * Of a session that was purged since, `data` has what the ledger knows.
 */
export function clerkEnvelope(event: SessionEvent, instanceId: string) {
  const { type, recordedAt, session, sessionId, clientId, userId, to } = event
  const known = session ?? { id: sessionId, clientId, userId, status: to }
  const data = Object.entries(known).filter(([name]) => name !== 'version')
  return {
    data: {
      object: 'session',
      ...Object.fromEntries(data.map(([name, value]) => [nameIn('wire', name), value])),
      user: null,
    },
    event_attributes: { http_request: { client_ip: '', user_agent: '' } },
    instance_id: instanceId,
    object: 'event',
    timestamp: recordedAt,
    type,
    // Beside what Clerk sends: what consumers tell repeats apart by, and why and when it happened.
    event: presentEvent(event),
  }
}

/**
 * An event as CloudEvents 1.0 JSON. `source` and `id` together tell repeats apart.
 *
 * @param source Where the service is reached.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function cloudEvent(event: SessionEvent, source: string) {
  return {
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    subject: event.sessionId,
    time: formatInstant(event.at),
    datacontenttype: 'application/json',
    data: presentEvent(event),
  }
}
