import type { DurationMs } from '../../domain/duration.ts'
import { type ClientId, isId } from '../../domain/session.ts'
import type { LiveStatus } from '../../domain/status.ts'
import type { SessionMembers } from '../../snapshot/write-stored.ts'
import type { HttpContext } from '../context.ts'
import { bodyOf, type Endpoint, paramsOf, queryOf } from '../endpoint.ts'
import { answerRead } from '../etag.ts'
import { httpError, notFound } from '../http-error.ts'
import { makeOnce } from '../idempotent.ts'
import { presentClient, presentList, presentSession } from '../present.ts'
import { readAgain, signedInSession } from '../signed-in.ts'
import { membersFromWire, type WireMembers } from '../wire-members.ts'

const CLIENT = { client_id: "The client's id." }
const ONE = { schema: 'client', description: 'The client, with the sessions that it shows.' } as const
const SIGNED_IN = { schema: 'session', description: 'The new session.' } as const

interface SignInBody extends WireMembers {
  readonly user_id: string
  readonly session_id?: string
  readonly status?: LiveStatus
  readonly asked_by?: string
}

/** Clients: Clerk's routes, signing in, and tokens that stand for a client. */
export function clientEndpoints(context: HttpContext): Endpoint[] {
  const { tenure, tokens, store, randomness } = context
  const signIn: (clientId?: string) => Endpoint['handle'] = (name) => (request, reply) => {
    const body = bodyOf<SignInBody>(request)
    const clientId = name === undefined ? undefined : paramsOf<string>(request)[name]
    // No client has what is no id.
    if (clientId !== undefined && !isId(clientId)) throw notFound('Client', clientId)
    const { user_id: userId, status, asked_by: askedBy } = body
    const members: SessionMembers = membersFromWire(body)
    return makeOnce({ store, randomness }, request, reply, async (made) => {
      const sessionId = body.session_id ?? made
      const outcome = await tenure.signIn({ userId, clientId, sessionId, status, members, askedBy })
      const session = signedInSession(outcome, clientId)
      return presentSession(outcome.changed ? session : await readAgain(tenure, session))
    })
  }
  return [
    {
      method: 'GET',
      url: '/v1/clients',
      operationId: 'GetClientList',
      summary: 'List clients, newest first',
      tag: 'Clients',
      scope: 'read',
      isClerks: true,
      query: 'listClients',
      answer: { schema: 'clientList', description: 'Clients, newest first.' },
      handle: async (request) => {
        const query = queryOf<{ readonly paginated?: boolean; readonly limit?: number; readonly offset?: number }>(
          request,
        )
        const { paginated, limit = 10, offset = 0 } = query
        const { items, total } = await tenure.listClients({ limit, offset, isCounted: paginated === true })
        return presentList(items.map(presentClient), total, paginated)
      },
    },
    {
      method: 'GET',
      url: '/v1/clients/:client_id',
      operationId: 'GetClient',
      summary: 'Read a client as it is now',
      tag: 'Clients',
      scope: 'read',
      isClerks: true,
      params: CLIENT,
      headers: ['If-None-Match'],
      hasEtag: true,
      errors: ['resource_not_found'],
      answer: ONE,
      handle: async (request, reply) => {
        const { client_id: id } = paramsOf<'client_id'>(request)
        const read = await tenure.readClient(id)
        if (read === null) throw notFound('Client', id)
        return answerRead(request, reply, read.revision, () => presentClient(read.client))
      },
    },
    {
      method: 'POST',
      url: '/v1/clients/verify',
      operationId: 'VerifyClient',
      summary: 'Read the client that a token stands for',
      tag: 'Clients',
      scope: 'read',
      isClerks: true,
      body: 'verifyClient',
      errors: ['cookie_invalid', 'client_not_found'],
      answer: ONE,
      handle: async (request) => {
        const client = await tokens.verifyClient(bodyOf<{ readonly token: string }>(request).token)
        if (client === 'invalid') {
          throw httpError('cookie_invalid', 'Invalid token', 'The token is none of a client, or is not in force.')
        }
        if (client === null)
          throw httpError('client_not_found', 'Client not found', 'The client of this token is gone.')
        return presentClient(client)
      },
    },
    {
      method: 'POST',
      url: '/v1/clients/:client_id/tokens',
      operationId: 'createClientToken',
      summary: 'Sign a token that stands for a client',
      tag: 'Clients',
      scope: 'write',
      params: CLIENT,
      body: 'createToken',
      errors: ['resource_not_found'],
      answer: { schema: 'token', description: 'The token.' },
      handle: async (request) => {
        const { client_id: id } = paramsOf<'client_id'>(request)
        const { expires_in_seconds: seconds } = bodyOf<{ readonly expires_in_seconds?: number | null }>(request)
        const lifetime = typeof seconds === 'number' ? ((seconds * 1000) as DurationMs) : undefined
        const jwt = await tokens.issueClient(id as ClientId, lifetime)
        if (jwt === null) throw notFound('Client', id)
        return { object: 'token', jwt }
      },
    },
    {
      method: 'POST',
      url: '/v1/clients/:client_id/sign_in',
      operationId: 'signInOnClient',
      summary: 'Sign a user in on a client',
      description: 'What the new session takes the place of is replaced, or the sign-in refused, as the policy says.',
      tag: 'Clients',
      scope: 'write',
      params: CLIENT,
      body: 'signIn',
      headers: ['Idempotency-Key'],
      errors: ['resource_not_found', 'session_exists', 'session_creation_not_allowed', 'form_identifier_exists'],
      answer: SIGNED_IN,
      handle: signIn('client_id'),
    },
    {
      method: 'POST',
      url: '/v1/sign_in',
      operationId: 'signIn',
      summary: 'Sign a user in on a new client',
      tag: 'Clients',
      scope: 'write',
      body: 'signIn',
      headers: ['Idempotency-Key'],
      errors: ['session_creation_not_allowed', 'form_identifier_exists'],
      answer: SIGNED_IN,
      handle: signIn(),
    },
  ]
}
