import type { Clock } from '../domain/clock.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { ApiKeys } from '../service/api-keys.ts'
import type { FeedSignal } from '../service/events/feed-signal.ts'
import type { IngestOutcome, WebhookDelivery } from '../service/ingest-clerk.ts'
import type { Tenure } from '../service/tenure.ts'
import type { Tokens } from '../service/tokens/tokens.ts'
import type { Store } from '../store/port.ts'
import type { Metrics } from './metrics.ts'
import type { Described } from './openapi.ts'
import type { Readiness } from './readiness.ts'

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
  /** Takes a webhook of Clerk's; `null` where there is no secret to know them by. */
  readonly ingestClerk: ((delivery: WebhookDelivery) => Promise<IngestOutcome>) | null
  /** Where the service is reached. */
  readonly described: Described
}
