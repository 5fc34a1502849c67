import type { SessionEvent } from '../../service/events/event.ts'
import type { WebhookForm } from '../../service/webhooks/endpoint.ts'
import { clerkEnvelope, cloudEvent, presentEvent } from '../forms.ts'

/** A webhook as its job keeps it: rendered once, so that every attempt has the same bytes. */
export interface WebhookMessage {
  /** The event's, the same on every attempt. */
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly body: string
}

const CONTENT_TYPES: Readonly<Record<WebhookForm, string>> = {
  clerk: 'application/json',
  tenure: 'application/json',
  cloudevents: 'application/cloudevents+json; charset=utf-8',
}

/**
 * An event as a webhook.
 *
 * @param issuer Where the service is reached: what events are said to come from.
 */
export function webhookMessage(event: SessionEvent, form: WebhookForm, issuer: string): WebhookMessage {
  const body = JSON.stringify(written(event, form, issuer))
  return { id: event.id, type: event.type, contentType: CONTENT_TYPES[form], body }
}

/** The webhook that a job keeps; `null` where it keeps something else, which somebody else has put in. */
export function readWebhookMessage(data: string): WebhookMessage | null {
  const message = parsed(data) as Partial<Record<keyof WebhookMessage, unknown>> | null
  const { id, type, contentType, body } = message ?? {}
  if (typeof id !== 'string' || typeof type !== 'string') return null
  return typeof contentType === 'string' && typeof body === 'string' ? { id, type, contentType, body } : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function written(event: SessionEvent, form: WebhookForm, issuer: string): object {
  switch (form) {
    case 'clerk':
      return clerkEnvelope(event, issuer)
    case 'tenure':
      return presentEvent(event)
    case 'cloudevents':
      return cloudEvent(event, issuer)
  }
  throw new TypeError(`there is no such form: ${form satisfies never}`)
}
