/** The webhooks of an events trial: an endpoint that wants every event, its queue, and a queue of somebody's own beside it. */
import assert from 'node:assert/strict'
import type { DurationMs } from '../../src/domain/duration.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import { queueOf } from '../../src/service/webhooks/endpoint.ts'
import { WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import type { Store } from '../../src/store/port.ts'
import type { Queues } from '../../src/store/queue.ts'
import { SubscribedQueue } from './events-publications.ts'
import { ATTEMPT, type Receiver } from './events-receiver.ts'
import { PUBLISHED, type WebhookEvidence } from './events-webhooks-verdict.ts'
import type { WebhookTimes } from './events-worker.ts'

/** How long a job is whoever's took it, milliseconds by the machine's clock: pg-boss counts in whole seconds. */
export const QUEUE_LEASE = 1000

/** How long a delivery that failed waits, milliseconds by the machine's clock; and for how many attempts: more than fail. */
const RETRY_DELAY = 300
const RETRIES = 100

interface Parts {
  readonly store: Store
  readonly receiver: Receiver
  readonly queue: string
  readonly queues: Queues
  /** Where the store's queues publish. */
  readonly subscribed: SubscribedQueue | null
}

/** Webhooks to a receiver. */
export class TrialWebhooks implements AsyncDisposable {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes the endpoint, with whose secret the receiver verifies; to be there before anybody writes to the store. */
  static async to(receiver: Receiver, store: Store, url: string): Promise<TrialWebhooks> {
    const options = { store, randomness: systemRandomness, encryptionKey: null, isPrivateAllowed: true }
    const made = await new WebhookEndpoints(options).add({ url: receiver.webhookUrl })
    assert.ok(made !== null)
    receiver.inbox.trust(made.secret)
    const subscribed = url.startsWith('sqlite:') ? null : await SubscribedQueue.of(PUBLISHED, url)
    const queues = await store.openQueues()
    return new TrialWebhooks({ store, receiver, queue: queueOf(made.endpoint), queues, subscribed })
  }

  /**
   * How a process delivers whose clock goes at a speed. A server's queues go by its own clock, whatever the store goes by.
   */
  times(speed: number): WebhookTimes {
    const queueSpeed = this.#parts.subscribed === null ? speed : 1
    const delay = (RETRY_DELAY * queueSpeed) as DurationMs
    return {
      lease: (QUEUE_LEASE * queueSpeed) as DurationMs,
      retryDelays: Array.from({ length: RETRIES }, () => delay),
      timeout: ATTEMPT as DurationMs,
    }
  }

  /** Whether nothing waits, and nobody has anything under way. */
  async isEmpty(): Promise<boolean> {
    const { queues, queue } = this.#parts
    return (await queues.count(queue)).open === 0
  }

  /** What there is when everybody has stopped; to be asked for once, for it empties the queue of somebody's own. */
  async evidence(): Promise<WebhookEvidence> {
    const { store, receiver, queues, queue, subscribed } = this.#parts
    const { arrivals, strays } = receiver.inbox
    const place = await store.findItem('webhook-relay', 'place')
    const { cursor = null } = JSON.parse(place?.value ?? '{}') as { readonly cursor?: string | null }
    return {
      ...{ arrivals, strays, relayed: cursor, feedEnd: await store.feedEnd() },
      queue: await queues.count(queue),
      published: (await subscribed?.take()) ?? null,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.queues.close()
    await this.#parts.subscribed?.[Symbol.asyncDispose]()
  }
}
