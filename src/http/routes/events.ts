import { Readable } from 'node:stream'
import { type Clock, LONGEST_DELAY } from '../../domain/clock.ts'
import { clerkEnvelope, cloudEvent, presentEvent } from '../../events/forms.ts'
import { type EventType, isEventType, type SessionEvent } from '../../service/events/event.ts'
import type { FeedSignal } from '../../service/events/feed-signal.ts'
import { type EventPage, readEvents } from '../../service/events/read-events.ts'
import type { HttpContext } from '../context.ts'
import { type Endpoint, queryOf } from '../endpoint.ts'
import { httpError } from '../http-error.ts'

/** How an event is written. */
export type EventForm = 'tenure' | 'clerk' | 'cloudevents'

interface EventsQuery {
  readonly after?: string
  readonly limit?: number
  readonly type?: string
  readonly form?: EventForm
  readonly from?: 'now' | 'beginning'
  readonly wait_seconds?: number
}

/** How many rows are looked at in one go where many types are passed over. */
const PAGE = 1000

/** How often a stream without events says that it is there, milliseconds. */
const HEARTBEAT = 15_000

/** Events: read page by page, waited for, or streamed. */
export function eventEndpoints({ store, wall, feed, described }: HttpContext): Endpoint[] {
  const write = (event: SessionEvent, form: EventForm = 'tenure'): object => {
    if (form === 'clerk') return clerkEnvelope(event, described.issuer)
    return form === 'cloudevents' ? cloudEvent(event, described.issuer) : presentEvent(event)
  }
  const read = (after: string | null, limit: number, types: readonly EventType[] | undefined): Promise<EventPage> =>
    cursorChecked(() => readEvents(store, { after, limit, types }))
  return [
    {
      method: 'GET',
      url: '/v1/events',
      operationId: 'listEvents',
      summary: 'Read what happened to sessions, behind a cursor, and wait for more',
      description:
        'One event for each row of the ledger. None is skipped, whichever transaction commits first, and those of one session are in order. `next` is the `after` of the next page, whether it had events or not.',
      tag: 'Events',
      scope: 'read',
      query: 'listEvents',
      errors: ['event_cursor_invalid'],
      answer: { schema: 'events', description: 'Events, in order.' },
      handle: async (request) => {
        const { after = null, limit = 100, type, form, wait_seconds: seconds = 0 } = queryOf<EventsQuery>(request)
        const types = typesIn(type)
        const until = wall.elapsed() + seconds * 1000
        for (let from: string | null = after; ; ) {
          const { mark } = feed
          const { events, cursor, isFull } = await read(from, types === undefined ? limit : PAGE, types)
          const told = events.slice(0, limit)
          const left = until - wall.elapsed()
          if (told.length > 0 || (!isFull && left <= 0) || feed.isClosed) {
            const next = told.length < events.length ? (told.at(-1)?.cursor ?? cursor) : cursor
            return { data: told.map((each) => ({ cursor: each.cursor, event: write(each.event, form) })), next }
          }
          from = cursor
          if (!isFull) await waitFor(feed, wall, mark, left)
        }
      },
    },
    {
      method: 'GET',
      url: '/v1/events/stream',
      operationId: 'streamEvents',
      summary: 'Listen to what happens to sessions, as server-sent events',
      description:
        'Begins with what happens from now on, or with the first there is (`from=beginning`), behind `Last-Event-ID`, or behind `after`. Each event has its cursor as `id`, so that a browser goes on where it was.',
      tag: 'Events',
      scope: 'read',
      query: 'streamEvents',
      errors: ['event_cursor_invalid'],
      answer: { contentType: 'text/event-stream', description: 'Events, as they happen.' },
      handle: async (request, reply) => {
        const { after, type, form, from: begin } = queryOf<EventsQuery>(request)
        const types = typesIn(type)
        const last = request.headers['last-event-id']
        const given = typeof last === 'string' && last !== '' ? last : after
        const from = given ?? (begin === 'beginning' ? null : await store.feedEnd())
        // Before the stream begins: a cursor that is none is an error like any other.
        await read(from, 1, types)
        const stream = reply.type('text/event-stream').header('cache-control', 'no-store')
        if (request.method === 'HEAD') return stream.send('')
        const lines = eventLines(
          { feed, wall },
          from,
          (cursor) => read(cursor, PAGE, types),
          (event) => write(event, form),
        )
        return stream.send(Readable.from(lines, { objectMode: false }))
      },
    },
  ]
}

/** A stream of events from a cursor on, until nobody is to wait any more. */
async function* eventLines(
  { feed, wall }: Pick<HttpContext, 'feed' | 'wall'>,
  begin: string | null,
  read: (after: string | null) => Promise<EventPage>,
  write: (event: SessionEvent) => object,
): AsyncGenerator<string> {
  yield ': listening\n\n'
  for (let after = begin; !feed.isClosed; ) {
    const { mark } = feed
    const { events, cursor, isFull } = await read(after)
    const told = events.map(
      ({ event, cursor: id }) => `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(write(event))}\n\n`,
    )
    if (told.length > 0) yield told.join('')
    after = cursor
    if (isFull) continue
    await waitFor(feed, wall, mark, HEARTBEAT)
    if (told.length === 0) yield ': here\n\n'
  }
}

/** Waits for news as long as whoever asks does, whose time goes on where the service's own stands still. */
async function waitFor(feed: FeedSignal, wall: Clock, mark: number, atMost: number): Promise<void> {
  const over = new AbortController()
  const timer = wall.setTimeout(() => over.abort(), Math.max(1, atMost))
  await feed.wait(mark, LONGEST_DELAY, over.signal)
  wall.clearTimeout(timer)
}

/** The types in a text that its schema was held to. */
function typesIn(text: string | undefined): readonly EventType[] | undefined {
  return text?.split(',').filter(isEventType)
}

async function cursorChecked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const long = 'after, and Last-Event-ID, must be a cursor that this service gave.'
    throw httpError('event_cursor_invalid', 'Invalid cursor', long)
  }
}
