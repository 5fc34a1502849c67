import { METHODS as KNOWN_METHODS } from 'node:http'
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify'
import type { Clock, TimerHandle } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import type { Endpoint } from './endpoint.ts'
import { HttpError, httpError } from './http-error.ts'
import { checkOf } from './validation.ts'

/** What routes are bounded by. */
interface RouteLimits {
  readonly requestTimeout: DurationMs
}

/** Every method that Node's parser knows but CONNECT, which comes another way. */
const METHODS: readonly HTTPMethods[] = KNOWN_METHODS.filter((method) => method !== 'CONNECT')

/**
 * Adds a route for each endpoint, and at each address an answer to the methods that it does not take.
 *
 * @param clock The machine's: a body that does not arrive takes real time.
 */
export function addRoutes(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  clock: Clock,
  { requestTimeout }: RouteLimits,
): void {
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: false })
  }
  const bodyTimer = new BodyTimer(clock, requestTimeout)
  for (const endpoint of endpoints) addRoute(app, endpoint, bodyTimer)
  const urls = new Map<string, HTTPMethods[]>()
  for (const { url, method } of endpoints) {
    const taken = method === 'GET' ? (['GET', 'HEAD'] as const) : [method]
    urls.set(url, [...(urls.get(url) ?? []), ...taken])
  }
  for (const [url, taken] of urls) {
    const refuse = async () => {
      throw methodNotAllowed(taken.join(', '))
    }
    const method = METHODS.filter((each) => !taken.includes(each))
    // Before its body is read, whatever that is.
    app.route({ method, url, onRequest: refuse, handler: refuse })
  }
}

function addRoute(app: FastifyInstance, endpoint: Endpoint, bodyTimer: BodyTimer): void {
  const { method, url, scope, takes, bodyLimit, handle } = endpoint
  const checkQuery = endpoint.query === undefined ? null : checkOf(endpoint.query, 'query')
  const checkBody = endpoint.body === undefined ? null : checkOf(endpoint.body, 'body')
  const isTimed = method !== 'GET' && takes !== 'ndjson'
  app.route({
    method,
    url,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    config: { scope, takes, ...(endpoint.isUnlimited === true ? { rateLimit: false as const } : {}) },
    ...(isTimed
      ? {
          preParsing: (request, reply, payload, done) => {
            bodyTimer.start(request, (error) => reply.send(error))
            done(null, payload)
          },
          preHandler: (request, _reply, done) => {
            bodyTimer.stop(request)
            done()
          },
          onError: (request, _reply, _error, done) => {
            bodyTimer.stop(request)
            done()
          },
          onRequestAbort: (request, done) => {
            bodyTimer.stop(request)
            done()
          },
        }
      : {}),
    handler: async (request, reply) => {
      checkQuery?.(request.query)
      if (checkBody !== null) checkBody(objectIn(request.body))
      return handle(request, reply)
    },
  })
}

function objectIn(body: unknown): object {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw httpError('request_body_invalid', 'Request body invalid', 'The request body must be a JSON object.')
}

function methodNotAllowed(allowed: string): HttpError {
  const { faults } = httpError('method_not_allowed', 'Method not allowed', `This address takes ${allowed}.`)
  return new HttpError(faults, { allow: allowed })
}

/** Ends requests whose bodies do not arrive in time, whoever sends a byte now and then. */
class BodyTimer {
  readonly #clock: Clock
  readonly #timeout: DurationMs
  readonly #timers = new WeakMap<FastifyRequest, TimerHandle>()

  constructor(clock: Clock, timeout: DurationMs) {
    this.#clock = clock
    this.#timeout = timeout
  }

  start(request: FastifyRequest, refuse: (error: HttpError) => void): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    // Nothing is waited for.
    if (encoding === undefined && (length === undefined || length === '0')) return
    const fire = () => {
      const { faults } = httpError('request_timeout', 'Request timeout', 'The request body took too long to arrive.')
      refuse(new HttpError(faults, { connection: 'close' }))
    }
    this.#timers.set(request, this.#clock.setTimeout(fire, this.#timeout))
  }

  stop(request: FastifyRequest): void {
    const timer = this.#timers.get(request)
    if (timer === undefined) return
    this.#clock.clearTimeout(timer)
    this.#timers.delete(request)
  }
}
