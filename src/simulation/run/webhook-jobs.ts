import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { Deliverer } from '../../jobs/deliverer.ts'
import { Relay } from '../../jobs/relay.ts'
import type { EventType } from '../../service/events/event.ts'
import type { FeedSignal } from '../../service/events/feed-signal.ts'
import { queueOf } from '../../service/webhooks/endpoint.ts'
import { WebhookEndpoints } from '../../service/webhooks/webhook-endpoints.ts'
import type { Store } from '../../store/port.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { Journal } from './journal.ts'
import { Receiver } from './receiver.ts'
import type { SharedDatabase } from './shared-database.ts'
import { type WebhookLineParts, webhookLine } from './webhook-line.ts'

/** What endpoints but the first are sent: how sessions end. */
const ENDS: readonly EventType[] = [
  ...(['session.expired', 'session.abandoned', 'session.ended'] as const),
  ...(['session.replaced', 'session.revoked', 'session.removed'] as const),
]

/** How many deliveries to one endpoint may be under way at once. */
const CONCURRENCY = 8

/** An endpoint's queue and its address, and who is behind it. */
export interface EndpointReceiver {
  readonly queue: string
  readonly url: string
  readonly receiver: Receiver
}

/** What endpoints are made by. */
interface EndpointParts {
  readonly database: SharedDatabase
  readonly clock: Clock
  readonly randomness: SeededRandomness
  readonly journal: Journal
  /** How many are made of each delivery. */
  readonly attempts: number
}

/** Makes the endpoints of a simulation, before anything happens. */
export async function makeEndpoints(
  count: number,
  { database, clock, randomness, journal, attempts }: EndpointParts,
): Promise<readonly EndpointReceiver[]> {
  const made: EndpointReceiver[] = []
  for (let place = 1; place <= count; place += 1) {
    const url = `https://receiver-${place}.example/`
    const types = place === 1 ? null : ENDS
    const added = await database.call(clock, (store) =>
      endpointsIn(store, randomness).add({ url, types: types ?? [], form: 'tenure' }),
    )
    if (added === null) throw new TypeError('a store has room for fewer endpoints')
    const key = Buffer.from(added.secret.slice('whsec_'.length), 'base64')
    const receiver = new Receiver({ name: `receiver ${place}`, types, key, attempts }, journal)
    made.push({ queue: queueOf(added.endpoint), url, receiver })
  }
  return made
}

/** What the webhooks of a process are made of. */
export interface WebhookJobsParts extends WebhookLineParts {
  readonly store: Store
  readonly feed: FeedSignal
  readonly retryDelays: readonly DurationMs[]
  readonly onFault: (error: unknown) => void
}

/** Has a process relay events into queues, and deliver from them, for as long as it lives. */
export async function startWebhooks(parts: WebhookJobsParts): Promise<void> {
  const { store, feed, clock, randomness, retryDelays, onFault } = parts
  const queues = await store.openQueues()
  const endpoints = endpointsIn(store, randomness)
  const common = { store, queues, clock, endpoints, onFault, idle: feed.interval }
  const deliverer = new Deliverer({
    ...{ ...common, randomnessOf: () => randomness, retryDelays, concurrency: CONCURRENCY, sender: webhookLine(parts) },
    onDelivery: () => {},
  })
  new Relay({ ...common, feed, issuer: () => 'https://tenure.example', onPut: deliverer.put }).start()
  deliverer.start()
}

function endpointsIn(store: Store, randomness: SeededRandomness): WebhookEndpoints {
  return new WebhookEndpoints({ store, randomness, encryptionKey: null, isPrivateAllowed: false })
}
