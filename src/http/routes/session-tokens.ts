import type { DurationMs } from '../../domain/duration.ts'
import type { SessionId } from '../../domain/session.ts'
import { REFRESH_REFUSALS } from '../../service/tokens/refresh-rules.ts'
import type { HttpContext } from '../context.ts'
import { bodyOf, type Endpoint, paramsOf, queryOf } from '../endpoint.ts'
import { HttpError, httpError, notFound } from '../http-error.ts'
import { REFRESH_MESSAGES } from '../refresh-messages.ts'

const SESSION = { session_id: "The session's id." }
const TOKEN = { schema: 'token', description: 'The token.' } as const

interface TokenBody {
  readonly expires_in_seconds?: number | null
}

interface RefreshBody {
  readonly expired_token: string
  readonly refresh_token: string
  readonly request_origin: string
  readonly format?: 'token' | 'cookie' | null
}

/** Tokens of sessions: signed, from a template or not, and refreshed. */
export function sessionTokenEndpoints({ tokens }: HttpContext): Endpoint[] {
  const createToken = async (id: string, template: string | undefined, body: TokenBody): Promise<object> => {
    const { expires_in_seconds: seconds } = body
    const lifetime = seconds === undefined || seconds === null ? undefined : ((seconds * 1000) as DurationMs)
    const { token, reason } = await tokens.issue(id as SessionId, { template, lifetime })
    if (token !== null) return { object: 'token', jwt: token }
    if (reason !== 'unknown-template') throw notFound('Session', id)
    const long = `No JWT template exists with name: ${template}`
    throw httpError('resource_not_found', 'JWT template not found', long)
  }
  return [
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/tokens',
      operationId: 'CreateSessionToken',
      summary: 'Sign a token for a live session',
      description: "It never outlives the session's next deadline, whatever lifetime is asked for.",
      tag: 'Sessions',
      scope: 'write',
      isClerks: true,
      params: SESSION,
      body: 'createToken',
      errors: ['resource_not_found'],
      answer: TOKEN,
      handle: (request) => createToken(paramsOf<'session_id'>(request).session_id, undefined, bodyOf(request)),
    },
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/tokens/:template_name',
      operationId: 'CreateSessionTokenFromTemplate',
      summary: 'Sign a token with the claims of a template',
      tag: 'Sessions',
      scope: 'write',
      isClerks: true,
      params: { ...SESSION, template_name: 'The name of a template that the service was given.' },
      body: 'createToken',
      errors: ['resource_not_found'],
      answer: TOKEN,
      handle: (request) => {
        const { session_id: id, template_name: template } = paramsOf<'session_id' | 'template_name'>(request)
        return createToken(id, template, bodyOf(request))
      },
    },
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/refresh',
      operationId: 'RefreshSession',
      summary: 'Exchange an expired token for the next one',
      tag: 'Sessions',
      scope: 'write',
      isClerks: true,
      params: SESSION,
      query: 'refreshSessionQuery',
      body: 'refreshSession',
      errors: REFRESH_REFUSALS,
      answer: { schema: 'refreshed', description: 'The token, or cookies with it.' },
      handle: async (request) => {
        const { session_id: id } = paramsOf<'session_id'>(request)
        const { suffixed_cookies: isSuffixed = false } = queryOf<{ readonly suffixed_cookies?: boolean }>(request)
        const body = bodyOf<RefreshBody>(request)
        const outcome = await tokens.refresh(id as SessionId, {
          wantsCookies: body.format === 'cookie',
          expiredToken: body.expired_token,
          refreshToken: body.refresh_token,
          origin: body.request_origin,
          isSuffixed,
        })
        if (outcome.token === null) {
          throw new HttpError([{ code: outcome.reason, ...REFRESH_MESSAGES[outcome.reason] }])
        }
        const { token, cookies } = outcome
        return cookies === null ? { object: 'token', jwt: token } : { object: 'cookies', cookies }
      },
    },
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/cookies',
      operationId: 'createSessionCookies',
      summary: 'Sign what a browser keeps of a live session',
      description: 'Its token and one to refresh it with, as cookies for a page of that origin.',
      tag: 'Sessions',
      scope: 'write',
      params: SESSION,
      body: 'createCookies',
      errors: ['resource_not_found'],
      answer: { schema: 'cookies', description: 'The cookies.' },
      handle: async (request) => {
        const { session_id: id } = paramsOf<'session_id'>(request)
        const { request_origin: origin } = bodyOf<{ readonly request_origin: string }>(request)
        const outcome = await tokens.issueCookies(id as SessionId, origin)
        if (outcome.token === null) throw notFound('Session', id)
        return { object: 'cookies', cookies: outcome.cookies }
      },
    },
  ]
}
