/**
 * Holds what a webhook endpoint got, what its queue and the relay came to, and what was published beside them, to what the
 * ledger has. Each complaint is a line of text.
 *
 * @see test/crash/events-verdict.test.ts, where each of them is shown to be made.
 */
import { isDeepStrictEqual } from 'node:util'
import { presentEvent } from '../../src/events/forms.ts'
import { eventOf, eventType } from '../../src/service/events/event.ts'
import type { LedgerEntry, SessionRecords } from '../../src/store/port.ts'
import type { QueueCounts } from '../../src/store/queue.ts'
import { entriesById, faultsOfOrder, faultsOfReader, named } from './events-complaints.ts'
import type { WebhookArrival } from './events-inbox.ts'

/** What is left of webhooks when all of them were delivered. */
export interface WebhookEvidence {
  /** In the order they arrived. */
  readonly arrivals: readonly WebhookArrival[]
  /** How many followed a redirect. */
  readonly strays: number
  /** What is still in the endpoint's queue. */
  readonly queue: QueueCounts
  /** How far the relay has come, and where the feed ends. */
  readonly relayed: string | null
  readonly feedEnd: string | null
  /** The ids of the events that a queue of somebody's own was given; `null` where there are no such queues. */
  readonly published: readonly string[] | null
}

/** The type that the queue of somebody's own has subscribed to. */
export const PUBLISHED = 'session.expired'

/**
 * How many deliveries there may be of each event, and how many of those that faults cut off more: an endpoint refuses one in
 * eight. Where leases do not hold there are twice as many as events, and more.
 */
const MOST_EACH = 1.5
const MOST_CUT_OFF = 20

/** Everything that is wrong, of an endpoint that wants every event that is in the ledger. */
export function webhookFaultsIn(records: readonly SessionRecords[], evidence: WebhookEvidence): string[] {
  const { arrivals, strays, queue, relayed, feedEnd, published } = evidence
  const rows = entriesById(records)
  const arrived = [...new Set(arrivals.map(({ id }) => id))]
  const taken = new Set(arrivals.flatMap(({ id, isTaken }) => (isTaken ? [id] : [])))
  const undelivered = [...rows].filter(([id]) => !taken.has(id))
  return [
    ...undelivered.map(([, entry]) => `${named(entry)}: never delivered`),
    ...arrivals.flatMap((arrival, place) => faultsOfArrival(arrival, place, rows)),
    ...changed(arrivals, rows),
    ...faultsOfOrder('the endpoint', records, arrived),
    ...(strays === 0 ? [] : [`${strays} redirects were followed`]),
    ...(arrivals.length <= MOST_EACH * rows.size + MOST_CUT_OFF
      ? []
      : [`${arrivals.length} deliveries of ${rows.size} events: leases do not hold`]),
    ...(queue.open === 0 ? [] : [`${queue.open} jobs are left in the queue`]),
    ...(queue.dead === 0 ? [] : [`${queue.dead} jobs are dead`]),
    ...(relayed === feedEnd ? [] : [`the relay is at ${relayed}, and the feed ends at ${feedEnd}`]),
    ...(published === null ? [] : faultsOfReader("somebody's own queue", ofPublished(records), published)),
  ]
}

function faultsOfArrival(
  { id, body, isSigned }: WebhookArrival,
  place: number,
  rows: ReadonlyMap<string, LedgerEntry>,
): string[] {
  const entry = rows.get(id)
  if (entry === undefined) return [`${id}, which was delivered as number ${place}: in no row of the ledger`]
  const { event } = JSON.parse(body) as { readonly event: unknown }
  return [
    ...(isSigned ? [] : [`${named(entry)}: delivered without the endpoint's signature`]),
    ...(isDeepStrictEqual(event, presentEvent(eventOf(entry, null)))
      ? []
      : [`${named(entry)}: delivered as something else`]),
  ]
}

/** What came again was rendered once: the session that is in it has changed since. */
function changed(arrivals: readonly WebhookArrival[], rows: ReadonlyMap<string, LedgerEntry>): string[] {
  const bodies = Map.groupBy(arrivals, ({ id }) => id)
  return [...bodies].flatMap(([id, each]) => {
    const entry = rows.get(id)
    const isSame = each.every(({ body }) => body === each[0]?.body)
    return isSame || entry === undefined ? [] : [`${named(entry)}: delivered again with other bytes`]
  })
}

function ofPublished(records: readonly SessionRecords[]): readonly SessionRecords[] {
  return records.map((record) => ({
    ...record,
    entries: record.entries.filter((entry) => eventType(entry) === PUBLISHED),
  }))
}
