import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { WebhookSender } from '../../events/webhooks/sender.ts'
import type { HttpWebhooks } from '../../http/context.ts'
import type { HttpService } from '../../http/open-http.ts'
import { Deliverer } from '../../jobs/deliverer.ts'
import type { Delivery } from '../../jobs/deliveries/lane.ts'
import { Relay } from '../../jobs/relay.ts'
import { makeRelayPlace } from '../../service/webhooks/relay-place.ts'
import { WebhookEndpoints } from '../../service/webhooks/webhook-endpoints.ts'
import type { Store } from '../../store/port.ts'
import type { Queues } from '../../store/queue.ts'
import type { ServeConfig } from './serve-config.ts'
import type { ServiceRandomness } from './service-randomness.ts'

/** What the parts of webhooks are opened by. */
export interface PartsOptions {
  readonly store: Store
  readonly config: Pick<
    ServeConfig,
    'encryptionKey' | 'issuer' | 'webhookConcurrency' | 'webhookPrivateAddresses' | 'webhookTimeout'
  >
  readonly version: string
  readonly randomness: Pick<ServiceRandomness, 'endpoints' | 'retryOf'>
  /** The wall's, by which receivers answer and verify. */
  readonly wall: Clock
  readonly onFault: (error: unknown) => void
  /** How long a job is whoever's took it; two attempts and a minute where it is left out. */
  readonly lease?: DurationMs | undefined
}

/** What the webhooks of a service are made of besides. */
export interface WebhooksOptions extends Omit<PartsOptions, 'version' | 'lease' | 'wall'> {
  /** What deliveries are due by. */
  readonly clock: Clock
  /** How long what waits for work sleeps at most where nothing wakes it. */
  readonly idle: DurationMs
  /** How long after each attempt that failed the next one is made; `RETRY_DELAYS` where they are left out. */
  readonly retryDelays?: readonly DurationMs[] | undefined
}

/** What the webhooks of a service stand on, and its routes ask. */
export interface WebhookParts extends HttpWebhooks {
  readonly queues: Queues
  readonly sender: WebhookSender
  /** Says who delivers; nobody is told of changes before. */
  onChanged(told: () => void): void
  /** Closes the queues, and every connection to a receiver. */
  close(): Promise<void>
}

/** The webhooks of a service. */
export interface Webhooks {
  start(): void
  /** Has every lane see what somebody else changed of endpoints, or put back into their queues. */
  look(): Promise<void>
  /** Waits until no delivery is under way, nor any that others led to. */
  settled(): Promise<void>
  /** Relays and takes nothing more, and waits for what is under way. The parts are closed by who opened them. */
  stop(): Promise<void>
}

/** How much longer than an attempt may take a job is its taker's, milliseconds. */
const LEASE_MARGIN = 60_000

/**
 * Opens queues in a service's store, and what sends from them.
 *
 * @throws {StoreError} When the store fails.
 */
export async function openWebhookParts(options: PartsOptions): Promise<WebhookParts> {
  const { store, config, version, randomness, wall, onFault } = options
  const { webhookTimeout: timeout, webhookPrivateAddresses: isPrivateAllowed, encryptionKey } = config
  // An attempt may be made twice, where a connection that was kept was closed.
  const lease = options.lease ?? ((2 * timeout + LEASE_MARGIN) as DurationMs)
  const queues = await store.openQueues({ lease, onFault })
  const endpoints = new WebhookEndpoints({ store, randomness: randomness.endpoints, encryptionKey, isPrivateAllowed })
  const sender = new WebhookSender({ clock: wall, timeout, isPrivateAllowed, version })
  const close = () => {
    sender.close()
    return queues.close()
  }
  try {
    // Before anything is written by this service, its samples too.
    await makeRelayPlace(store)
    await endpoints.seal()
  } catch (error) {
    await close()
    throw error
  }
  let told = () => {}
  const onChanged = (tell: () => void) => {
    told = tell
  }
  return { queues, endpoints, sender, isPrivateAllowed, changed: () => told(), onChanged, close }
}

/**
 * Opens what relays a service's events into its queues, and delivers from them.
 *
 * @throws {StoreError} When the store fails.
 */
export async function openWebhooks(
  service: HttpService,
  { queues, endpoints, sender, onChanged }: WebhookParts,
  { store, config, clock, randomness, idle, onFault, retryDelays }: WebhooksOptions,
): Promise<Webhooks> {
  const deliverer = new Deliverer({
    ...{ queues, clock, randomnessOf: randomness.retryOf, endpoints, sender, idle, onFault, retryDelays },
    concurrency: config.webhookConcurrency,
    onDelivery: (delivery) => {
      service.metrics.delivery(delivery.outcome)
      logDelivery(service, delivery)
    },
  })
  const relay = new Relay({
    ...{ store, queues, clock, endpoints, idle, onFault },
    feed: service.feed,
    issuer: () => config.issuer ?? service.url,
    onPut: deliverer.put,
  })
  return {
    start() {
      deliverer.start()
      relay.start()
      onChanged(() => void deliverer.look())
    },
    look: () => deliverer.look(),
    settled: () => deliverer.settled(),
    async stop() {
      await Promise.all([relay.stop(), deliverer.stop()])
    },
  }
}

/** Neither the URL nor the answer is logged: both may hold what is secret to their receiver. */
function logDelivery({ app }: HttpService, delivery: Delivery): void {
  const { endpointId, eventId, type, attempt, outcome, reason, took, retryIn } = delivery
  const line = { endpoint: endpointId, event: eventId, type, attempt, reason, tookMilliseconds: took }
  if (outcome === 'delivered') app.log.debug(line, 'webhook delivered')
  else if (outcome === 'failed') app.log.warn({ ...line, retryInMilliseconds: retryIn }, 'webhook failed')
  else app.log.error(line, 'webhook given up')
}
