import type { Writable } from 'node:stream'
import type { Clock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { Policy } from '../domain/policy.ts'
import type { Randomness } from '../domain/randomness.ts'
import { type ApiKey, ApiKeys } from '../service/api-keys.ts'
import { FeedSignal } from '../service/events/feed-signal.ts'
import { ingestClerk } from '../service/ingest-clerk.ts'
import { openIdDigest } from '../service/log-salt.ts'
import { openTenure } from '../service/open-tenure.ts'
import type { Tenure } from '../service/tenure.ts'
import { SigningKeys } from '../service/tokens/signing-keys.ts'
import { type TokenSettings, Tokens } from '../service/tokens/tokens.ts'
import { observeStore } from '../store/observed-store.ts'
import type { ClientChange, Store } from '../store/port.ts'
import type { HttpWebhooks, MovableClock } from './context.ts'
import { Metrics } from './metrics.ts'
import { Readiness } from './readiness.ts'
import { listen, makeServer, type Server, type ServerLimits } from './server.ts'

/** What an HTTP service is opened with. */
export interface HttpOptions {
  /** Open, and closed by who opened it. */
  readonly store: Store
  readonly policy: Policy
  readonly clock: Clock
  /** The time of whoever asks, where {@link HttpOptions.clock} is virtual; the same where it is left out. */
  readonly wall?: Clock | undefined
  /** Moves the clock, where it is virtual. */
  readonly virtualTime?: MovableClock | undefined
  readonly randomness: Randomness
  /** Chance of their own for parts whose draws shift no id then; {@link HttpOptions.randomness} where one is left out. */
  readonly randomnessOf?: Partial<Record<'tokens' | 'requests' | 'log' | 'signingKeys', Randomness>> | undefined
  /** Where to listen; port 0 is any that is free. */
  readonly address: { readonly host: string; readonly port: number }
  /** Without an issuer it is the address. */
  readonly tokens: TokenSettings & { readonly issuer: string | null; readonly overlap: DurationMs }
  /** 32 bytes that signing keys are kept encrypted with; `null` keeps them in the clear. */
  readonly encryptionKey: Uint8Array | null
  /** What Clerk signs its webhooks with; without it none is taken. */
  readonly clerkWebhookSecret?: Uint8Array | null | undefined
  /** Its webhooks, opened and closed by who opens this; without them their routes answer 404. */
  readonly webhooks?: HttpWebhooks | null | undefined
  /** Keys besides those in the store. */
  readonly apiKeys: readonly ApiKey[]
  readonly limits: ServerLimits
  /** Whether touches that are written are told as events; they are not where it is left out. */
  readonly recordTouches?: boolean | undefined
  readonly maximumSweepLag: DurationMs
  /** How often the store is asked whether other processes have written, while somebody waits for events. */
  readonly pollInterval: DurationMs
  /** Told of what is written; must not throw. */
  readonly onWritten?: ((changes: readonly ClientChange[]) => void) | undefined
  readonly log: {
    readonly stream: Writable
    readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug'
    readonly sessionIds: 'hashed' | 'plain'
  }
  /** Tenure's own, for the description of the service. */
  readonly version: string
  /** Whether metrics tell of the process, too. */
  readonly isProcessMeasured: boolean
}

/** An HTTP service that listens. */
export interface HttpService extends Server {
  readonly tenure: Tenure
  readonly tokens: Tokens
  readonly apiKeys: ApiKeys
  readonly readiness: Readiness
  readonly metrics: Metrics
  /** Those who wait for events; closed, nobody waits any more. */
  readonly feed: FeedSignal
}

/**
 * Opens Tenure over HTTP on a store, and listens.
 *
 * @throws {StoreError} When the store fails, or its signing keys cannot be read.
 * @throws {Error} With the system's code where the address cannot be listened at, such as EADDRINUSE.
 */
export async function openHttp(options: HttpOptions): Promise<HttpService> {
  const { policy, clock, randomness, randomnessOf = {}, address, log, limits, recordTouches } = options
  const metrics = new Metrics(options.store, options.isProcessMeasured)
  const feed = new FeedSignal(options.store, clock, options.pollInterval)
  const observers = [metrics.written, feed.written, ...(options.onWritten === undefined ? [] : [options.onWritten])]
  const store = observeStore(options.store, (changes) => {
    for (const observe of observers) observe(changes)
  })
  const tenure = await openTenure({ store, policy, clock, randomness, recordTouches })
  const { overlap, issuer, ...settings } = options.tokens
  const { encryptionKey } = options
  const keyRandomness = randomnessOf.signingKeys ?? randomness
  const keys = await SigningKeys.open({ store, randomness: keyRandomness, encryptionKey, overlap })
  // Which port it is shows only once it is listened at.
  const described = { issuer: issuer ?? `http://${hostIn(address.host)}:${address.port}`, version: options.version }
  const signing = { keys, settings, randomness: randomnessOf.tokens ?? randomness }
  const tokens = new Tokens({ store, policy, ...signing, issuer: () => described.issuer })
  const apiKeys = new ApiKeys(store, clock, options.apiKeys)
  const readiness = new Readiness(store, options.maximumSweepLag)
  const spell = log.sessionIds === 'plain' ? withoutControls : await openIdDigest(store, randomnessOf.log ?? randomness)
  const secret = options.clerkWebhookSecret ?? null
  const app = await makeServer({
    ingestClerk: secret === null ? null : (delivery) => ingestClerk({ store, policy, randomness }, secret, delivery),
    webhooks: options.webhooks ?? null,
    ...{ tenure, store, tokens, apiKeys, randomness, metrics, readiness, feed, limits, described, clock },
    traceRandomness: randomnessOf.requests ?? randomness,
    wall: options.wall ?? clock,
    virtualTime: options.virtualTime ?? null,
    log: { stream: log.stream, level: log.level, spell },
  })
  try {
    const server = await listen(app, address)
    described.issuer = issuer ?? server.url
    return { ...server, tenure, tokens, apiKeys, readiness, metrics, feed }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** An id as it is, but for what would steer the terminal that a log is read on. */
function withoutControls(id: string): string {
  return id.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function hostIn(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
