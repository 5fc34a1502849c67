import type { Clock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { WebhookSender } from '../events/webhooks/sender.ts'
import type { ApiKeys } from '../service/api-keys.ts'
import type { FeedSignal } from '../service/events/feed-signal.ts'
import type { IngestOutcome, WebhookDelivery } from '../service/ingest-clerk.ts'
import type { Tenure } from '../service/tenure.ts'
import type { Tokens } from '../service/tokens/tokens.ts'
import type { WebhookEndpoints } from '../service/webhooks/webhook-endpoints.ts'
import type { Store } from '../store/port.ts'
import type { Queues } from '../store/queue.ts'
import type { Metrics } from './metrics.ts'
import type { Described } from './openapi.ts'
import type { Readiness } from './readiness.ts'

/** The webhooks of a service, and what its routes need of them. */
export interface HttpWebhooks {
  readonly endpoints: WebhookEndpoints
  readonly queues: Pick<Queues, 'listDead' | 'redrive' | 'remove'>
  readonly sender: Pick<WebhookSender, 'send'>
  /** Whether events may be sent to private addresses. */
  readonly isPrivateAllowed: boolean
  /** Tells whoever delivers that endpoints were changed, or their queues; must not throw. */
  readonly changed: () => void
}

/** What every route is given. */
export interface HttpContext {
  readonly tenure: Tenure
  /** The store that Tenure is open on: for what is kept beside the sessions. */
  readonly store: Store
  readonly tokens: Tokens
  readonly apiKeys: ApiKeys
  readonly randomness: Randomness
  readonly metrics: Metrics
  readonly readiness: Readiness
  /** Wakes those who wait for events. */
  readonly feed: FeedSignal
  readonly clock: Clock
  /** The time of whoever asks, which goes on where the service's own is virtual. */
  readonly wall: Clock
  /** Moves the service's clock; `null` where that is not virtual. */
  readonly virtualTime: MovableClock | null
  /** Takes a webhook of Clerk's; `null` where there is no secret to know them by. */
  readonly ingestClerk: ((delivery: WebhookDelivery) => Promise<IngestOutcome>) | null
  /** The endpoints that events are sent to; `null` where nothing is sent. */
  readonly webhooks: HttpWebhooks | null
  /** Where the service is reached. */
  readonly described: Described
}

/** A clock that stands still until somebody moves it. */
export interface MovableClock {
  readonly clock: Pick<Clock, 'now'>
  /** Moves on, does on the way whatever falls due, and answers the present then. */
  advance(duration: DurationMs): Promise<EpochMs>
  /** Moves to an instant in the same way; to one that lies behind it steps back, and nothing is done. */
  set(instant: EpochMs): Promise<EpochMs>
}
