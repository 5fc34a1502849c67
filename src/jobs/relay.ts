/**
 * The relay: follows the feed, and makes a job of each event and each endpoint that wants it.
 *
 *   reading  -- events  --> putting   the jobs, and its place behind the events, in one transaction
 *   putting  -- done    --> reading
 *   putting  -- another was faster --> reading   from where that one left the place
 *   reading  -- nothing --> waiting   until something is written, or an interval is over
 *   any      -- the store fails --> waiting   for longer and longer
 *
 * Any number of processes may relay one store: a place that has moved on refuses the jobs, so each is made once.
 */
import type { Clock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import { presentEvent } from '../events/forms.ts'
import { webhookMessage } from '../events/webhooks/message.ts'
import { eventOf, eventType, type SessionEvent } from '../service/events/event.ts'
import type { FeedSignal } from '../service/events/feed-signal.ts'
import { eventsOf } from '../service/events/read-events.ts'
import { isWanted, queueOf, type WebhookEndpoint } from '../service/webhooks/endpoint.ts'
import { cursorOf, movedTo, readRelayPlace } from '../service/webhooks/relay-place.ts'
import type { WebhookEndpoints } from '../service/webhooks/webhook-endpoints.ts'
import type { FeedEntry, Store, StoredItem } from '../store/port.ts'
import type { NewJob, Publication, Queues } from '../store/queue.ts'
import { Wakeup } from './deliveries/wakeup.ts'

/** What a relay is made of. */
export interface RelayOptions {
  readonly store: Store
  readonly queues: Pick<Queues, 'put'>
  readonly clock: Clock
  readonly feed: FeedSignal
  readonly endpoints: Pick<WebhookEndpoints, 'list'>
  /** Where the service is reached: what events are said to come from. */
  readonly issuer: () => string
  /** How long it waits at most where nothing is new. */
  readonly idle: DurationMs
  /** Told of the endpoints that something was put in for. */
  readonly onPut: (endpointIds: readonly string[]) => void
  /** Told of a store that failed; it is tried again. */
  readonly onFault: (error: unknown) => void
}

/** How many rows of the ledger are read, and put in, at once: others have their turn in between. */
const PAGE = 200

/** How long after a failure it tries again, milliseconds: twice as long each time, up to the last. */
const FIRST_RETRY = 500
const LAST_RETRY = 60_000

/** Relays events to queues for as long as it runs. */
export class Relay {
  readonly #options: RelayOptions
  /** Sleeps where it is not the feed that it waits for. */
  readonly #wakeup: Wakeup
  readonly #stopped = new AbortController()
  #place: StoredItem | null = null
  #failures = 0
  #running: Promise<void> | null = null

  constructor(options: RelayOptions) {
    this.#options = options
    this.#wakeup = new Wakeup(options.clock)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Puts nothing more in, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#wakeup.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    const { feed, idle, onFault } = this.#options
    const { signal } = this.#stopped
    while (!signal.aborted) {
      const { mark } = feed
      try {
        const hasMore = await this.#relayPage()
        this.#failures = 0
        if (hasMore) continue
        // Where nobody is told any more, it looks now and then, until it is stopped.
        await (feed.isClosed ? this.#sleep(idle) : feed.wait(mark, idle, signal))
      } catch (error) {
        onFault(error)
        this.#place = null
        await this.#sleep(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#failures))
        this.#failures += 1
      }
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (!this.#stopped.signal.aborted) await this.#wakeup.wait(this.#wakeup.mark, milliseconds)
  }

  /** Relays a page of events; answers whether there may be more at once. */
  async #relayPage(): Promise<boolean> {
    const { store, queues, endpoints, onPut } = this.#options
    const place = this.#place ?? (await readRelayPlace(store))
    const entries = await store.readFeed(cursorOf(place), PAGE)
    const last = entries.at(-1)
    if (last === undefined) {
      this.#place = place
      return false
    }
    // Behind the events: an endpoint that was made before one of them is among these.
    const wanting = (await endpoints.list()).filter((endpoint) => entries.some((entry) => this.#wants(endpoint, entry)))
    const jobs = await this.#jobsOf(entries, wanting)
    const moved = movedTo(place, last.cursor)
    const isPut = await queues.put({ jobs, publications: entries.map(publicationOf), place: moved })
    this.#place = isPut ? { ...moved, version: place.version + 1 } : null
    if (isPut && wanting.length > 0) onPut(wanting.map(({ id }) => id))
    return !isPut || entries.length === PAGE
  }

  async #jobsOf(entries: readonly FeedEntry[], endpoints: readonly WebhookEndpoint[]): Promise<readonly NewJob[]> {
    const { store } = this.#options
    const wanted = entries.filter((entry) => endpoints.some((endpoint) => this.#wants(endpoint, entry)))
    const events = await eventsOf(store, wanted)
    return events.flatMap(({ event, cursor }) =>
      endpoints
        .filter((endpoint) => isWanted(endpoint, { ...event, cursor }, store))
        .map((endpoint) => this.#jobOf(event, endpoint)),
    )
  }

  #wants(endpoint: WebhookEndpoint, entry: FeedEntry): boolean {
    const { recordedAt, cursor } = entry
    return isWanted(endpoint, { type: eventType(entry), recordedAt, cursor }, this.#options.store)
  }

  #jobOf(event: SessionEvent, endpoint: WebhookEndpoint): NewJob {
    const data = JSON.stringify(webhookMessage(event, endpoint.form, this.#options.issuer()))
    return { queue: queueOf(endpoint), key: event.sessionId, data }
  }
}

/** What is told to whoever subscribed a queue of their own. */
function publicationOf(entry: FeedEntry): Publication {
  const event = eventOf(entry, null)
  return { type: event.type, data: JSON.stringify(presentEvent(event)) }
}
