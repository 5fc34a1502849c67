/**
 * A webhook endpoint: where events are sent, which of them, and what they are signed with.
 *
 *   enabled  -- it answers 410, or somebody says so --> disabled  what waits for it is buried, and what comes is not queued
 *   disabled -- somebody says so                    --> enabled   from now on; what was buried comes back when it is redriven
 *
 * What comes before and what after, the feed says by its cursors: clocks may differ, and step.
 */
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { StoredItem } from '../../store/port.ts'
import type { EventType } from '../events/event.ts'
import { type CursorOrder, type Gap, isInGap } from './endpoint-gaps.ts'

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
  /** Epoch milliseconds. */
  readonly createdAt: EpochMs
  /**
   * Only events behind this cursor of the feed are sent; all where it is `null`. Where it is left out, those that were
   * recorded from `createdAt` on: so an endpoint was stored before it had one.
   */
  readonly behind?: string | null
  readonly disabled: Disabling | null
  /** While it is disabled the last one lasts. */
  readonly gaps: readonly Gap[]
  /** The newest first. */
  readonly secrets: readonly StoredSecret[]
  /** How many times it was written. */
  readonly version: number
}

/** The queue in which an endpoint's deliveries wait. */
export function queueOf({ id }: Pick<WebhookEndpoint, 'id'>): string {
  return `webhook.${id}`
}

/** Whether an event is to be queued for an endpoint. */
export function isWanted(
  { types, createdAt, behind, gaps }: WebhookEndpoint,
  event: { readonly type: EventType; readonly recordedAt: EpochMs; readonly cursor: string },
  order: CursorOrder,
): boolean {
  if (types !== null && !types.includes(event.type)) return false
  const isBegun =
    behind === undefined ? event.recordedAt >= createdAt : behind === null || order.isBehind(event.cursor, behind)
  return isBegun && !gaps.some((gap) => isInGap(event.cursor, gap, order))
}

/** An endpoint as an item of the store, to be written over the version that it has. */
export function toItem({ id, version, ...members }: WebhookEndpoint): StoredItem {
  return { kind: WEBHOOK_ENDPOINT, id, version, value: JSON.stringify(members), expiresAt: null }
}

/** @throws {StoreError} ERR_STORE_CORRUPT where the item is none of an endpoint. */
export function fromItem({ id, version, value }: StoredItem): WebhookEndpoint {
  try {
    const members = JSON.parse(value) as Omit<WebhookEndpoint, 'id' | 'version'>
    // One that was stored before it had gaps: what is relayed while it is disabled is not queued.
    const gaps = members.gaps ?? (members.disabled === null ? [] : [{ behind: null, upTo: null }])
    return { ...members, gaps, id, version }
  } catch (cause) {
    throw new StoreError('ERR_STORE_CORRUPT', 'a webhook endpoint in the store cannot be read', { cause })
  }
}
