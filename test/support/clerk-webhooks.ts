/** Webhooks as Clerk sends them, signed as Svix signs. */
import { createHmac } from 'node:crypto'
import type { Answer, OpenedHttp } from './http-service.ts'
import { START } from './services.ts'
import { WIRE_BEGINNING } from './wire-client.ts'

const BYTES = Buffer.alloc(24, 'clerk')

/** What the webhooks of tests are signed with, as Clerk's dashboard shows it and as bytes. */
export const WEBHOOK_SECRET = `whsec_${BYTES.toString('base64')}`
export const WEBHOOK_KEY = Uint8Array.from(BYTES)

/** A wire document, or a part of one. */
export type Wire = Readonly<Record<string, unknown>>

/** A session as Clerk's webhooks have it, begun at {@link START}. */
export function aWebhookSession(parts: Wire = {}): Wire {
  return {
    object: 'session',
    id: 'sess_1',
    user_id: 'user_1',
    user: { object: 'user', id: 'user_1', first_name: 'John', private_metadata: { secret: 'private' } },
    client_id: 'client_1',
    ...WIRE_BEGINNING,
    ...parts,
  }
}

/** An event in Clerk's envelope. */
export function anEnvelope(type: string, data: unknown, timestamp = START): Wire {
  return {
    event_attributes: { http_request: { client_ip: '192.0.2.1', user_agent: 'Mozilla/5.0' } },
    object: 'event',
    type,
    instance_id: 'ins_1',
    timestamp,
    data,
  }
}

/** How a webhook is signed. */
export interface Signing {
  readonly id?: string
  /** Epoch seconds. */
  readonly timestamp?: number | string
  readonly key?: Uint8Array
  readonly family?: 'svix' | 'webhook'
}

/** The headers of a webhook that is signed. */
export function signedHeaders(body: string | Buffer, now: number, signing: Signing = {}): Record<string, string> {
  const { id = 'msg_1', timestamp = Math.floor(now / 1000), key = WEBHOOK_KEY, family = 'svix' } = signing
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return {
    [`${family}-id`]: id,
    [`${family}-timestamp`]: String(timestamp),
    [`${family}-signature`]: `v1,${signature}`,
  }
}

/** Sends an event, signed. */
export async function deliver(http: OpenedHttp, event: unknown, signing: Signing = {}): Promise<Answer> {
  const body = typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event)
  return http.ask('POST', '/v1/ingest/clerk', body, signedHeaders(body, http.clock.now(), signing))
}

/** Sends webhooks one after the other, each with an id of its own. */
export async function deliverAll(http: OpenedHttp, events: readonly Wire[]): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const event of events) {
    delivered += 1
    answers.push(await deliver(http, event, { id: `msg_all_${delivered}` }))
  }
  return answers
}

let delivered = 0
