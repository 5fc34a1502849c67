/**
 * Holds what a receiver and readers were told to what the ledger has, and the ledger to the sessions. Each complaint is a
 * line of text.
 *
 * @see test/crash/events-verdict.test.ts, where each of them is shown to be made.
 */
import { isClosed } from '../../src/domain/status.ts'
import { eventId, eventType } from '../../src/service/events/event.ts'
import type { LedgerEntry, SessionRecords, Store } from '../../src/store/port.ts'
import { halfWritten } from './crash-verdict.ts'
import { entriesById, entriesOf, faultsOfOrder, faultsOfReader, named } from './events-complaints.ts'
import type { Arrival } from './events-receiver.ts'
import { type WebhookEvidence, webhookFaultsIn } from './events-webhooks-verdict.ts'
import { dumpOf } from './stored.ts'

/** What is left when everything that was due has been written down, and all of it was told. */
export interface Evidence {
  readonly records: readonly SessionRecords[]
  /** In the order they arrived. */
  readonly arrivals: readonly Arrival[]
  /** By the readers' names, the ids of what each was given, in order. */
  readonly read: ReadonlyMap<string, readonly string[]>
  readonly webhooks: WebhookEvidence
}

/** Everything that is wrong with what a store has and others were told. */
export async function faultsOf(store: Store, told: Omit<Evidence, 'records'>): Promise<string[]> {
  const { records } = await dumpOf(store)
  return [...(await halfWritten(store)), ...faultsIn({ ...told, records })]
}

/** The same but for the audit, of what was read before. */
export function faultsIn({ records, arrivals, read, webhooks }: Evidence): string[] {
  const arrived = [...new Set(arrivals.map(({ id }) => id))]
  const rows = entriesById(records)
  return [
    ...records.flatMap(faultsOfSession),
    ...repeatedIds(records),
    ...untold(records, arrivals),
    ...arrivals.flatMap((arrival, place) => faultsOfArrival(arrival, place, rows)),
    ...faultsOfOrder('the receiver', records, arrived),
    ...[...read].flatMap(([name, ids]) => faultsOfReader(name, records, ids)),
    ...webhookFaultsIn(records, webhooks),
  ]
}

/** What a ledger's rows lead to that a session may come to once only. */
const ONCE = ['expired', 'ended', 'replaced', 'abandoned', 'revoked', 'removed']

function faultsOfSession({ sessionId, session, entries, dueAt }: SessionRecords): string[] {
  if (session === null) return [`${sessionId}: it is not there`]
  const faults: string[] = []
  for (const to of ['created', ...ONCE]) {
    const { length } = entries.filter((entry) => (to === 'created' ? entry.from === null : entry.to === to))
    if (length > 1 || (to === 'created' && length === 0)) faults.push(`${sessionId}: ${to} ${length} times`)
  }
  if (!isClosed(session.status) || dueAt !== null) faults.push(`${sessionId}: ${session.status}, and not closed`)
  // Who came to be abandoned, and was live until it expired, was first told to be.
  const expires = session.status === 'abandoned' && session.expireAt <= session.abandonAt
  if (expires && !entries.some(({ to }) => to === 'expired')) faults.push(`${sessionId}: abandoned, and never expired`)
  for (const { cause, at } of entries) {
    const deadline = { 'expire-deadline': session.expireAt, 'abandon-deadline': session.abandonAt }[cause as string]
    if (deadline !== undefined && at !== deadline) faults.push(`${sessionId}: ${cause} at ${at}, and not at its own`)
  }
  return faults
}

function repeatedIds(records: readonly SessionRecords[]): string[] {
  const rows = Map.groupBy(entriesOf(records), eventId)
  return [...rows].flatMap(([id, { length }]) => (length === 1 ? [] : [`${id}: the id of ${length} rows`]))
}

function untold(records: readonly SessionRecords[], arrivals: readonly Arrival[]): string[] {
  const taken = new Set(arrivals.flatMap(({ id, isTaken }) => (isTaken ? [id] : [])))
  return entriesOf(records).flatMap((entry) => (taken.has(eventId(entry)) ? [] : [`${named(entry)}: never taken`]))
}

function faultsOfArrival(arrival: Arrival, place: number, entries: ReadonlyMap<string, LedgerEntry>): string[] {
  const entry = entries.get(arrival.id)
  if (entry === undefined) return [`${arrival.id}, which arrived as number ${place}: in no row of the ledger`]
  const members = ['sessionId', 'clientId', 'userId', 'from', 'to', 'cause', 'at', 'recordedAt', 'version'] as const
  const differing = members.filter((member) => arrival[member] !== entry[member])
  const isWrong = arrival.type !== eventType(entry) || arrival.status !== entry.to
  const names = [...differing, ...(isWrong ? ['type or status'] : [])]
  return names.length === 0 ? [] : [`${named(entry)}: arrived with another ${names.join(', ')}`]
}
