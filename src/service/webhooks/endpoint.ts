/**
 * A webhook endpoint: where events are sent, which of them, and what they are signed with.
 *
 *   enabled  -- it answers 410, or somebody says so --> disabled  what waits for it is buried, and nothing more is queued
 *   disabled -- somebody says so                    --> enabled   from now on; what was buried comes back when it is redriven
 */
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { StoredItem } from '../../store/port.ts'
import type { EventType } from '../events/event.ts'

/** What an endpoint is kept as. */
export const WEBHOOK_ENDPOINT = 'webhook-endpoint'

/** How a body can be written. */
export const WEBHOOK_FORMS = ['clerk', 'tenure', 'cloudevents'] as const

/** How a body is written: in Clerk's envelope, as the feed has it, or as CloudEvents. */
export type WebhookForm = (typeof WEBHOOK_FORMS)[number]

/** A secret as it is stored. */
export interface StoredSecret {
  /** `whsec_…` in the clear, or that encrypted as a compact JWE. */
  readonly secret: string
  /** From this instant on it signs no more, epoch milliseconds; `null` for the newest, which signs until it is replaced. */
  readonly until: EpochMs | null
}

/** Since when an endpoint is disabled, and why. */
export interface Disabling {
  /** Epoch milliseconds. */
  readonly at: EpochMs
  readonly reason: string
}

/** Where events are sent. */
export interface WebhookEndpoint {
  /** `wh_…` */
  readonly id: string
  readonly url: string
  /** Only events of these types; all where it is `null`. */
  readonly types: readonly EventType[] | null
  readonly form: WebhookForm
  readonly description: string
  /** Events that were recorded before are not sent; epoch milliseconds. */
  readonly createdAt: EpochMs
  readonly disabled: Disabling | null
  /** The newest first. */
  readonly secrets: readonly StoredSecret[]
  /** How many times it was written. */
  readonly version: number
}

/** The queue in which an endpoint's deliveries wait. */
export function queueOf({ id }: Pick<WebhookEndpoint, 'id'>): string {
  return `webhook.${id}`
}

/** Whether an event is to be sent to an endpoint. */
export function isWanted(
  { types, createdAt, disabled }: WebhookEndpoint,
  event: { readonly type: EventType; readonly recordedAt: EpochMs },
): boolean {
  return disabled === null && event.recordedAt >= createdAt && (types === null || types.includes(event.type))
}

/** An endpoint as an item of the store, to be written over the version that it has. */
export function toItem({ id, version, ...members }: WebhookEndpoint): StoredItem {
  return { kind: WEBHOOK_ENDPOINT, id, version, value: JSON.stringify(members), expiresAt: null }
}

/** @throws {StoreError} ERR_STORE_CORRUPT where the item is none of an endpoint. */
export function fromItem({ id, version, value }: StoredItem): WebhookEndpoint {
  try {
    return { ...(JSON.parse(value) as Omit<WebhookEndpoint, 'id' | 'version'>), id, version }
  } catch (cause) {
    throw new StoreError('ERR_STORE_CORRUPT', 'a webhook endpoint in the store cannot be read', { cause })
  }
}
