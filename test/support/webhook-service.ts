/** A service with its webhooks for one test: events relayed and delivered to a receiver, on a clock that stands still. */
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { WebhookSender } from '../../src/events/webhooks/sender.ts'
import { Deliverer, type DelivererOptions } from '../../src/jobs/deliverer.ts'
import type { Delivery } from '../../src/jobs/deliveries/lane.ts'
import { Relay, type RelayOptions } from '../../src/jobs/relay.ts'
import { FeedSignal } from '../../src/service/events/feed-signal.ts'
import { queueOf, type WebhookEndpoint } from '../../src/service/webhooks/endpoint.ts'
import { makeRelayPlace } from '../../src/service/webhooks/relay-place.ts'
import { type NewEndpoint, WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import { observeStore } from '../../src/store/observed-store.ts'
import type { Store } from '../../src/store/port.ts'
import type { Queues } from '../../src/store/queue.ts'
import { countedRandomness, type OpenedService, openService } from './services.ts'
import { type StoreKind, sqliteMemory } from './stores.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

/** The jobs of one process. */
export interface WebhookJobs extends AsyncDisposable {
  readonly tenure: OpenedService['tenure']
  readonly queues: Queues
  readonly endpoints: WebhookEndpoints
  readonly deliveries: Delivery[]
  readonly faults: unknown[]
  readonly feed: FeedSignal
  start(): void
  stop(): Promise<void>
}

/** How a process's jobs differ from others. */
export interface JobsOptions {
  readonly store?: Store
  readonly queues?: (queues: Queues) => Queues
  readonly deliverer?: Partial<DelivererOptions>
  readonly relay?: Partial<RelayOptions>
  readonly encryptionKey?: Uint8Array
}

/** What a test has of a service with webhooks. */
export interface WebhookService extends AsyncDisposable {
  readonly opened: OpenedService
  readonly clock: OpenedService['clock']
  readonly tenure: OpenedService['tenure']
  readonly receiver: WebhookReceiver
  readonly jobs: WebhookJobs
  /** Makes an endpoint that leads to the receiver. */
  endpoint(parts?: Partial<NewEndpoint>): Promise<WebhookEndpoint>
  /** Jobs as another process would have them. */
  others(options?: JobsOptions): Promise<WebhookJobs>
}

/** Chance that makes no delay longer or shorter. */
export const evenRandomness = { bytes: (length: number) => new Uint8Array(length).fill(128) }

/** How long a retry is delayed with {@link evenRandomness}, milliseconds: what the schedule has, but for a hair. */
export function delayed(scheduled: number): number {
  return Math.round(scheduled * (1 + 0.2 * (2 * (0x80808080 / (2 ** 32 - 1)) - 1)))
}

/** Opens a service, a receiver, and jobs that are not started. */
export async function openWebhookService(
  options: JobsOptions = {},
  kind: StoreKind = sqliteMemory(),
): Promise<WebhookService> {
  const opened = await openService(kind)
  const receiver = await WebhookReceiver.listening()
  const all: WebhookJobs[] = []
  const others = async (more: JobsOptions = {}) => {
    const jobs = await openJobs(opened, more)
    all.push(jobs)
    return jobs
  }
  const jobs = await others(options)
  return {
    ...{ opened, receiver, jobs, others, clock: opened.clock, tenure: jobs.tenure },
    endpoint: async (parts) => {
      const made = await jobs.endpoints.add({ url: receiver.url, ...parts })
      if (made === null) throw new TypeError('there was no room for an endpoint')
      return made.endpoint
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
      await receiver[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** How long jobs sleep where nothing wakes them. */
const IDLE = 5000 as DurationMs

async function openJobs(opened: OpenedService, options: JobsOptions): Promise<WebhookJobs> {
  const { clock } = opened
  const inner = options.store ?? opened.store
  const feed = new FeedSignal(inner, clock, 1000 as DurationMs)
  const store = observeStore(inner, feed.written)
  const own = await store.openQueues({ lease: 60_000 as DurationMs })
  const queues = options.queues?.(own) ?? own
  const deliveries: Delivery[] = []
  const faults: unknown[] = []
  const onFault = (error: unknown) => faults.push(error)
  const encryptionKey = options.encryptionKey ?? null
  const endpoints = new WebhookEndpoints({
    store,
    randomness: countedRandomness(),
    encryptionKey,
    isPrivateAllowed: true,
  })
  const sender = new WebhookSender({ clock, timeout: 15_000 as DurationMs, isPrivateAllowed: true, version: 'test' })
  const deliverer = new Deliverer({
    ...{ queues, clock, endpoints, sender, onFault, randomnessOf: () => evenRandomness, concurrency: 32, idle: IDLE },
    onDelivery: (delivery) => deliveries.push(delivery),
    ...options.deliverer,
  })
  const relay = new Relay({
    ...{ store, queues, clock, feed, endpoints, onFault, idle: IDLE },
    issuer: () => 'https://sessions.example',
    onPut: deliverer.put,
    ...options.relay,
  })
  await makeRelayPlace(store)
  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= Promise.all([relay.stop(), deliverer.stop()]).then(() => sender.close())
    return stopping
  }
  return {
    ...{ tenure: await opened.over(store), queues, endpoints, deliveries, faults, feed, stop },
    start() {
      deliverer.start()
      relay.start()
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await own.close()
    },
  }
}

/** Queues that finish jobs as a test says. */
export function finishing(queues: Queues, finish: Queues['finish']): Queues {
  return Object.assign(Object.create(queues) as Queues, {
    put: (write: Parameters<Queues['put']>[0]) => queues.put(write),
    take: (queue: string, limit: number) => queues.take(queue, limit),
    nextIn: (queue: string) => queues.nextIn(queue),
    finish,
  })
}

/** Waits until something is so; fails where it does not come to be. */
export async function until(isSo: () => boolean | Promise<boolean>, what = 'what was waited for'): Promise<void> {
  for (let turns = 0; turns < 20_000; turns += 1) {
    if (await isSo()) return
    await setImmediate()
  }
  throw new Error(`${what} did not come to be`)
}

/** Gives everything under way the time to show. */
export async function aWhile(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await setImmediate()
}

/** How many jobs an endpoint has. */
export function countOf({ queues }: WebhookJobs, endpoint: WebhookEndpoint) {
  return queues.count(queueOf(endpoint))
}
