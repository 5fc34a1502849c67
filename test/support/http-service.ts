/** Tenure over HTTP for a test: on a fresh store, by a clock that stands still, with a key to read and one to write. */
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import type { DurationMs } from '../../src/domain/duration.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import type { HttpWebhooks } from '../../src/http/context.ts'
import { type HttpOptions, type HttpService, openHttp } from '../../src/http/open-http.ts'
import { WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { StoreOptions } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import type { Queues } from '../../src/store/queue.ts'
import { type ServicePolicy, START, servicePolicy } from './services.ts'
import type { OpenedStore, StoreKind } from './stores.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** What a test may want otherwise. */
export interface HttpParts {
  readonly policy?: ServicePolicy
  readonly options?: Partial<HttpOptions>
  readonly limits?: Partial<HttpOptions['limits']>
  readonly tokens?: Partial<HttpOptions['tokens']>
  readonly storeOptions?: StoreOptions
  /** That it has webhooks, which it has not where this is left out; nothing is sent, unless by a sender. */
  readonly webhooks?: Partial<Pick<HttpWebhooks, 'sender' | 'isPrivateAllowed'>>
  /** Takes the place of the store, such as one that fails. */
  readonly over?: (store: Store) => Store
}

/** What a test has of a service. Disposing closes it and its store. */
export interface OpenedHttp extends AsyncDisposable {
  readonly service: HttpService
  readonly url: string
  readonly clock: ManualClock
  readonly opened: OpenedStore
  readonly store: Store
  /** Where deliveries wait; `null` where it has no webhooks. */
  readonly queues: Queues | null
  /** A key that may write, and one that may only read. */
  readonly key: string
  readonly readKey: string
  /** Every line that was logged. */
  readonly logged: () => readonly Record<string, unknown>[]
  /** Sends a request by way of the router, without a socket. A `body` that is no text is JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The same service once more, as another process would have it. */
  again(parts?: HttpParts): Promise<HttpService>
}

/** What was answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** The text as JSON; `undefined` where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  readonly json: any
}

/** What services are opened with where a test does not say. */
export function httpOptions(store: Store, clock: ManualClock, parts: HttpParts, log: Writable): HttpOptions {
  return {
    store,
    policy: servicePolicy(parts.policy ?? {}),
    clock,
    randomness: systemRandomness,
    address: { host: '127.0.0.1', port: 0 },
    tokens: {
      issuer: null,
      lifetime: MINUTE as DurationMs,
      clientLifetime: (30 * DAY) as DurationMs,
      refreshWindow: DAY as DurationMs,
      overlap: (30 * DAY) as DurationMs,
      templates: new Map(),
      publishableKey: null,
      ...parts.tokens,
    },
    encryptionKey: null,
    apiKeys: [],
    limits: {
      bodyLimit: 65_536,
      headerLimit: 16_384,
      requestTimeout: 10_000 as DurationMs,
      keepAliveTimeout: 72_000 as DurationMs,
      maximumConnections: 20_000,
      rateLimit: null,
      ...parts.limits,
    },
    maximumSweepLag: MINUTE as DurationMs,
    pollInterval: 1000 as DurationMs,
    log: { stream: log, level: 'info', sessionIds: 'hashed' },
    version: '0.0.0-test',
    isProcessMeasured: false,
    ...parts.options,
  }
}

/** Opens a service on a fresh store at {@link START}. */
export async function openHttpService(kind: StoreKind, parts: HttpParts = {}): Promise<OpenedHttp> {
  const clock = new ManualClock(START)
  const opened = await kind.open(clock, parts.storeOptions)
  const lines: string[] = []
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const services: HttpService[] = []
  const queues = parts.webhooks === undefined ? null : await opened.store.openQueues()
  const open = async (store: Store, how: HttpParts) => {
    const over = how.over?.(store) ?? store
    const webhooks = queues === null ? null : webhooksOn(over, queues, how.webhooks ?? {})
    const service = await openHttp({ ...httpOptions(over, clock, how, log), webhooks })
    services.push(service)
    return service
  }
  const service = await open(opened.store, parts)
  const key = await service.apiKeys.add('writer', 'write', systemRandomness)
  const readKey = await service.apiKeys.add('reader', 'read', systemRandomness)
  assert.ok(key !== null && readKey !== null)
  return {
    ...{ service, clock, opened, queues, key, readKey, store: opened.store, url: service.url },
    logged: () => lines.flatMap((line) => line.trimEnd().split('\n')).map((line) => JSON.parse(line)),
    ask: (method, path, body, headers) => ask(service, key, method, path, body, headers),
    again: async (how = parts) => open(await opened.again(), how),
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((each) => each.close()))
      await queues?.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** Webhooks of which nothing leaves the test. */
function webhooksOn(store: Store, queues: Queues, parts: NonNullable<HttpParts['webhooks']>): HttpWebhooks {
  const isPrivateAllowed = parts.isPrivateAllowed ?? false
  const endpoints = new WebhookEndpoints({ store, randomness: systemRandomness, encryptionKey: null, isPrivateAllowed })
  const sender = parts.sender ?? { send: async () => ({ status: null, failure: NOT_SENT, retryAfter: null, took: 0 }) }
  return { endpoints, queues, sender, isPrivateAllowed, changed: () => {} }
}

const NOT_SENT = 'nothing leaves a test'

/** Sends a request to a service by way of its router. */
export async function ask(
  service: HttpService,
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const authorization = { authorization: `Bearer ${key}` }
  const response = await service.app.inject({
    method: method as 'GET',
    url: path,
    headers: { ...authorization, ...type, ...headers },
    ...(payload === undefined ? {} : { payload: payload as string | Buffer }),
  })
  const text = response.body
  return { status: response.statusCode, headers: response.headers as Answer['headers'], text, json: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
