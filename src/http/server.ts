import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import rateLimit from '@fastify/rate-limit'
import { type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify'
import { systemClock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { Randomness } from '../domain/randomness.ts'
import { addAuthentication } from './authenticate.ts'
import { batchedLog } from './batched-log.ts'
import { addBodyParsers } from './body-parsers.ts'
import { BrokenRequests } from './broken-requests.ts'
import { addConnections } from './connections.ts'
import type { HttpContext } from './context.ts'
import { renderDocs } from './docs-page.ts'
import type { Endpoint } from './endpoint.ts'
import { addErrorAnswers, answerError } from './error-answers.ts'
import { HttpError } from './http-error.ts'
import { describeEndpoints } from './openapi.ts'
import { addRequestLog, type IdSpelling, requestLogOf } from './request-log.ts'
import { clientSnapshotEndpoints } from './routes/client-snapshots.ts'
import { clientEndpoints } from './routes/clients.ts'
import { clockEndpoints } from './routes/clock.ts'
import { eventEndpoints } from './routes/events.ts'
import { ingestEndpoints } from './routes/ingest.ts'
import { keyEndpoints } from './routes/keys.ts'
import { serviceEndpoints } from './routes/service.ts'
import { sessionTokenEndpoints } from './routes/session-tokens.ts'
import { sessionEndpoints } from './routes/sessions.ts'
import { userEndpoints } from './routes/users.ts'
import { webhookEndpoints } from './routes/webhooks.ts'
import { addRoutes } from './routing.ts'
import { traceIds } from './trace-ids.ts'

/** What a server bears: bytes, milliseconds, and how many. */
export interface ServerLimits {
  /** The largest body of a request, in bytes, but for snapshots. */
  readonly bodyLimit: number
  /** The largest head of a request, in bytes. */
  readonly headerLimit: number
  /** How long a request's head, and its body, may take to arrive. */
  readonly requestTimeout: DurationMs
  readonly keepAliveTimeout: DurationMs
  readonly maximumConnections: number
  /** How many requests a key may make in a window; `null` for any number. */
  readonly rateLimit: { readonly requests: number; readonly window: DurationMs } | null
}

/** What a server is made of. */
export interface ServerOptions extends HttpContext {
  readonly limits: ServerLimits
  /** What requests are named by. */
  readonly traceRandomness: Randomness
  readonly log: { readonly stream: Writable; readonly level: string; readonly spell: IdSpelling }
}

/** A server that listens. */
export interface Server {
  /** Where it is reached, without a slash at its end. */
  readonly url: string
  readonly app: FastifyInstance
  /** Takes no more requests, finishes those that it took, and ends. */
  close(): Promise<void>
}

/** How much longer than between requests a connection may be still within one, milliseconds. */
const SPARE = 2000

/** How often an address may fail to present a key in ten seconds. */
const FAILURES = { max: 100, timeWindow: 10_000 }

/** How many characters of a path's parameter are looked at: an id's 255, each of up to twelve once it is encoded. */
const LONGEST_PARAMETER = 255 * 12

/** Puts a server together, which does not listen yet. */
export async function makeServer(options: ServerOptions): Promise<FastifyInstance> {
  const { limits, log, clock } = options
  const newTraceId = traceIds(options.traceRandomness)
  const broken = new BrokenRequests(newTraceId, systemClock)
  const app = fastify({
    logger: {
      level: log.level,
      stream: batchedLog(log.stream),
      base: null,
      timestamp: () => `,"time":${clock.now()}`,
    },
    // Requests are logged by `addRequestLog`, and name themselves: no logger is made for each.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger as never,
    genReqId: newTraceId,
    bodyLimit: limits.bodyLimit,
    // A stream of snapshots takes as long as it takes: what a body may take is kept by `addRoutes`.
    requestTimeout: 0,
    // Whoever neither sends nor reads is given up, a reader of an export too.
    connectionTimeout: limits.keepAliveTimeout + SPARE,
    keepAliveTimeout: limits.keepAliveTimeout,
    http: {
      maxHeaderSize: limits.headerLimit,
      // Node's own refusal has no body.
      requireHostHeader: false,
      headersTimeout: limits.requestTimeout,
      connectionsCheckingInterval: 1000,
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these, and so none that logs them.
      reply.raw.once('finish', () => logRequest(request as FastifyRequest, reply as never))
      answerError(error, request as FastifyRequest, reply as never)
    },
    clientErrorHandler: broken.onClientError,
  })
  const logRequest = requestLogOf(app, options.metrics, log.spell)
  app.server.on('connect', broken.onConnect)
  app.server.maxConnections = limits.maximumConnections
  // An expectation that nobody knows is none: Node's own refusal has no body. RFC 9110, section 10.1.1 leaves it to us.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  addBodyParsers(app)
  addErrorAnswers(app)
  addExactContentType(app)
  addConnections(app)
  // Whoever listens is told that it is over, and is not waited for.
  app.addHook('preClose', async () => options.feed.close())
  addRequestLog(app, logRequest)
  await addLimits(app, options)
  const endpoints = endpointsOf(options)
  addRoutes(app, endpoints, systemClock, limits)
  await app.ready()
  return app
}

/** Listens. @throws {Error} With the system's code, such as EADDRINUSE. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  await app.listen({ host, port, backlog: 4096 })
  const address = app.server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${name}:${address.port}`, app, close: () => app.close() }
}

/** Every endpoint that a server has. */
export function endpointsOf(options: HttpContext): readonly Endpoint[] {
  const described = () => {
    description ??= describe()
    return description
  }
  let description: { readonly document: object; readonly page: string } | undefined
  const endpoints: readonly Endpoint[] = [
    ...sessionEndpoints(options),
    ...sessionTokenEndpoints(options),
    ...clientEndpoints(options),
    ...clientSnapshotEndpoints(options),
    ...userEndpoints(options),
    ...eventEndpoints(options),
    ...ingestEndpoints(options),
    ...webhookEndpoints(options),
    ...keyEndpoints(options),
    ...clockEndpoints(options),
    ...serviceEndpoints(options, described),
  ]
  const describe = () => {
    const document = describeEndpoints(endpoints, options.described)
    return { document, page: renderDocs(document) }
  }
  return endpoints
}

const JSON_TYPE = 'application/json'

/** `@clerk/backend` reads an answer as JSON where its type is exactly this one. */
function addExactContentType(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const type = reply.getHeader('content-type')
    if (typeof type === 'string' && type.startsWith(JSON_TYPE)) reply.header('content-type', JSON_TYPE)
    done(null, payload)
  })
}

async function addLimits(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { limits } = options
  const refuse = () => {
    const message = 'Too many requests'
    return new HttpError([
      { code: 'too_many_requests', message, longMessage: 'Too many requests: wait for Retry-After.' },
    ])
  }
  const requests =
    limits.rateLimit === null ? {} : { max: limits.rateLimit.requests, timeWindow: limits.rateLimit.window }
  // Behind the one that lets requests in: what is counted are a key's.
  const begin = { global: limits.rateLimit !== null, ...requests }
  addAuthentication(app, options.apiKeys, async (request) => limitFailures(request))
  await app.register(rateLimit, {
    ...begin,
    keyGenerator: (request) => (request.apiKey === null ? `address ${request.ip}` : `key ${request.apiKey.name}`),
    errorResponseBuilder: refuse,
    addHeadersOnExceeding: NO_HEADERS,
    addHeaders: { ...NO_HEADERS, 'retry-after': true },
  })
  const failures = app.createRateLimit({ ...FAILURES, keyGenerator: (request) => request.ip })
  const limitFailures = async (request: FastifyRequest) => {
    const limit = await failures(request)
    if (limit.isAllowed || !limit.isExceeded) return
    const seconds = Math.max(1, Math.ceil(limit.ttl / 1000))
    const long = 'This address has presented wrong keys too often: wait for Retry-After.'
    throw new HttpError([{ code: 'too_many_requests', message: 'Too many requests', longMessage: long }], {
      'retry-after': String(seconds),
    })
  }
}

const NO_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
