/** What the verdicts of the events trials have in common: rows by their events, and who was told of them in which order. */
import { eventId } from '../../src/service/events/event.ts'
import type { LedgerEntry, SessionRecords } from '../../src/store/port.ts'

/** Of each session, what somebody was told first is what happened first. */
export function faultsOfOrder(who: string, records: readonly SessionRecords[], ids: readonly string[]): string[] {
  const places = new Map(ids.map((id, place) => [id, place]))
  return records.flatMap(({ entries }) =>
    entries.slice(1).flatMap((entry, before) => {
      const [earlier, later] = [entries[before] as LedgerEntry, entry].map((each) => places.get(eventId(each)))
      if (earlier === undefined || later === undefined || earlier < later) return []
      return [`${named(entry)}: told to ${who} before what happened before`]
    }),
  )
}

/** A reader has every event once, and no other. */
export function faultsOfReader(name: string, records: readonly SessionRecords[], ids: readonly string[]): string[] {
  const times = Map.groupBy(ids, (id) => id)
  const rows = entriesById(records)
  const strangers = [...times.keys()].filter((id) => !rows.has(id))
  const others = [...rows].filter(([id]) => times.get(id)?.length !== 1)
  return [
    ...strangers.map((id) => `${id}: read by ${name}, and in no row of the ledger`),
    ...others.map(([id, entry]) => `${named(entry)}: read by ${name} ${times.get(id)?.length ?? 0} times`),
    ...faultsOfOrder(name, records, ids),
  ]
}

/** Every row. */
export function entriesOf(records: readonly SessionRecords[]): readonly LedgerEntry[] {
  return records.flatMap(({ entries }) => entries)
}

/** Every row by the id of its event. */
export function entriesById(records: readonly SessionRecords[]): ReadonlyMap<string, LedgerEntry> {
  return new Map(entriesOf(records).map((entry) => [eventId(entry), entry]))
}

/** What a complaint calls a row. */
export function named({ sessionId, from, to, version }: LedgerEntry): string {
  return `${sessionId} v${version} ${from ?? 'nothing'} -> ${to}`
}
