import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiKey, ApiKeyScope, ApiKeys } from '../service/api-keys.ts'
import { HttpError, httpError } from './http-error.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key let the request in; `null` where none was asked for. */
    apiKey: ApiKey | null
  }
  interface FastifyContextConfig {
    /** What a key must be allowed. */
    scope?: ApiKeyScope | 'none'
    /** What the body is, where it is not read as JSON. */
    takes?: 'client' | 'ndjson' | 'bytes' | undefined
  }
}

/** The scheme is named in any case; one space or more; a key without white space. @see RFC 6750, section 2.1 */
const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i

/** The longest ago and the form that an API version may have: any date from Clerk's first. */
const FIRST_VERSION = '2021-02-05'
const VERSION = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/

/**
 * Lets nobody in but who presents a key that is allowed what the route asks for.
 *
 * @param limitFailures Ends a request whose address has failed too often, with 429.
 */
export function addAuthentication(
  app: FastifyInstance,
  apiKeys: ApiKeys,
  limitFailures: (request: FastifyRequest) => Promise<void>,
): void {
  app.decorateRequest('apiKey', null)
  app.addHook('onRequest', (request, _reply, done) => {
    const scope = request.routeOptions.config.scope ?? 'none'
    if (scope === 'none') return done()
    const presented = BEARER.exec(request.headers.authorization ?? '')?.[1]
    // Nearly every request has a key that is known, and nothing to wait for.
    const known = presented === undefined ? null : apiKeys.findKnown(presented)
    if (known === null) {
      findKey(request, presented).then((key) => done(refusalOf(request, key, scope)), done)
      return
    }
    done(refusalOf(request, known, scope))
  })

  /** Lets a request in by a key; answers why not. */
  function refusalOf(request: FastifyRequest, key: ApiKey, scope: ApiKeyScope): HttpError | undefined {
    const refusal = versionFault(request)
    if (refusal !== undefined) return refusal
    if (scope === 'write' && key.scope !== 'write') return FORBIDDEN()
    request.apiKey = key
    return undefined
  }

  async function findKey(request: FastifyRequest, presented: string | undefined): Promise<ApiKey> {
    if (request.headers.authorization === undefined) return refuse(request, UNAUTHENTICATED())
    if (presented === undefined) return refuse(request, MISFORMED())
    return (await apiKeys.find(presented)) ?? refuse(request, UNKNOWN_KEY())
  }

  async function refuse(request: FastifyRequest, error: HttpError): Promise<never> {
    await limitFailures(request)
    throw error
  }
}

/**
 * Refuses a version that is no date, or named twice. Newer dates than are known pass: `clerk-js` sends them.
 *
 * @see docs/clerk-compatibility.md
 */
function versionFault(request: FastifyRequest): HttpError | undefined {
  const header = request.headers['clerk-api-version']
  const query = (request.query as Readonly<Record<string, unknown>>)['__clerk_api_version']
  if (header === undefined && query === undefined) return undefined
  if (header !== undefined && query !== undefined) {
    const both = 'Name the API version by the Clerk-API-Version header or by __clerk_api_version, not by both.'
    return httpError('api_version_invalid', 'Invalid API version', both)
  }
  const version = header ?? query
  if (typeof version === 'string' && VERSION.test(version) && version >= FIRST_VERSION) return undefined
  const form = `The API version must be a date from ${FIRST_VERSION} on, such as 2026-05-12.`
  return httpError('api_version_invalid', 'Invalid API version', form)
}

const CHALLENGE = { 'www-authenticate': 'Bearer' }

function unauthorized(code: 'authentication_invalid' | 'authorization_header_format_invalid' | 'clerk_key_invalid') {
  return (message: string, longMessage: string) => () => new HttpError([{ code, message, longMessage }], CHALLENGE)
}

const UNAUTHENTICATED = unauthorized('authentication_invalid')(
  'Invalid authentication',
  'Present a key: Authorization: Bearer KEY',
)
const MISFORMED = unauthorized('authorization_header_format_invalid')(
  'Invalid Authorization header format',
  'The Authorization header must be: Bearer KEY',
)
const UNKNOWN_KEY = unauthorized('clerk_key_invalid')(
  'The provided key is invalid',
  'The key is not one of this service, or was removed: see tenure keys list.',
)
const FORBIDDEN = () =>
  httpError(
    'insufficient_scope',
    'The key may only read',
    'This request changes something: present a key that may write.',
  )
