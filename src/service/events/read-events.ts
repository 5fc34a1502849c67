import type { SessionId } from '../../domain/session.ts'
import type { FeedEntry, Store } from '../../store/port.ts'
import { settledRecord } from '../records.ts'
import { type EventType, eventOf, eventType, type SessionEvent } from './event.ts'

/** Some events, in their order, and the cursor behind what was looked at for them. */
export interface EventPage {
  readonly events: readonly { readonly event: SessionEvent; readonly cursor: string }[]
  /** Behind the last row that was looked at, whether it was told or not; what was asked behind, where there was none. */
  readonly cursor: string | null
  /** Whether as many rows were looked at as were asked for, so that there may be more at once. */
  readonly isFull: boolean
}

/** Which events to read. */
export interface EventQuery {
  /** Behind this cursor; `null` from the first there is. */
  readonly after: string | null
  /** How many rows of the ledger to look at, 1 to 1,000. */
  readonly limit: number
  /** Only events of these types; all where it is left out. */
  readonly types?: readonly EventType[] | undefined
}

/**
 * Reads events behind a cursor.
 *
 * None is skipped, whichever transaction commits first, and those of one session are in the order they happened.
 *
 * @throws {TypeError} For a cursor that is none.
 * @throws {StoreError} When the store fails.
 */
export async function readEvents(store: Store, { after, limit, types }: EventQuery): Promise<EventPage> {
  const entries = await store.readFeed(after, limit)
  const told = types === undefined ? entries : entries.filter((entry) => types.includes(eventType(entry)))
  return {
    events: await eventsOf(store, told),
    cursor: entries.at(-1)?.cursor ?? after,
    isFull: entries.length === limit,
  }
}

/** The events of rows, each with its session as it is stored by now. */
export async function eventsOf(store: Store, entries: readonly FeedEntry[]): Promise<EventPage['events']> {
  const ids = [...new Set(entries.map(({ sessionId }) => sessionId))]
  const now = await store.now()
  const stored = ids.length === 0 ? [] : await store.findSessions(ids, { documents: true })
  const sessions = new Map<SessionId, ReturnType<typeof settledRecord>>(
    stored.map((session) => [session.id, settledRecord(session, now)]),
  )
  return entries.map((entry) => ({
    event: eventOf(entry, sessions.get(entry.sessionId) ?? null),
    cursor: entry.cursor,
  }))
}
