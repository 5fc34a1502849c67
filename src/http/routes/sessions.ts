import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Status } from '../../domain/status.ts'
import type { SessionOutcome } from '../../service/command-session.ts'
import type { HttpContext } from '../context.ts'
import { bodyOf, type Endpoint, paramsOf, queryOf } from '../endpoint.ts'
import { answerRead } from '../etag.ts'
import { deprecated, notFound } from '../http-error.ts'
import { makeOnce } from '../idempotent.ts'
import { presentList, presentSession, presentSoleSession, presentTransition } from '../present.ts'
import { readAgain, signedInSession } from '../signed-in.ts'

const SESSION = { session_id: "The session's id." }
const ONE = { schema: 'session', description: 'The session.' } as const
const COMMANDED = { schema: 'command', description: 'What the command made of the session.' } as const

interface SessionList {
  readonly client_id?: string
  readonly user_id?: string
  readonly status?: Status
  readonly paginated?: boolean
  readonly limit?: number
  readonly offset?: number
}

/** Sessions: Clerk's routes, and the commands that Clerk lacks. */
export function sessionEndpoints({ tenure, store, randomness }: HttpContext): Endpoint[] {
  return [
    {
      method: 'GET',
      url: '/v1/sessions',
      operationId: 'GetSessionList',
      summary: 'List sessions, newest first',
      description: 'Statuses are as they are now, whatever was swept. Without a client or a user it lists all.',
      tag: 'Sessions',
      scope: 'read',
      isClerks: true,
      query: 'listSessions',
      answer: { schema: 'sessionList', description: 'Sessions, newest first.' },
      handle: async (request) => {
        const { client_id: clientId, user_id: userId, ...page } = queryOf<SessionList>(request)
        const { status, paginated, limit = 10, offset = 0 } = page
        const isCounted = paginated === true
        const { items, total } = await tenure.listSessions({ clientId, userId, status, limit, offset, isCounted })
        return presentList(items.map(presentSession), total, paginated)
      },
    },
    {
      method: 'POST',
      url: '/v1/sessions',
      operationId: 'createSession',
      summary: 'Create a session for a user, on a new client',
      tag: 'Sessions',
      scope: 'write',
      isClerks: true,
      body: 'createSession',
      headers: ['Idempotency-Key'],
      errors: ['session_creation_not_allowed'],
      answer: ONE,
      handle: (request, reply) => {
        const { user_id: userId, active_organization_id: organization } = bodyOf<{
          readonly user_id: string
          readonly active_organization_id?: string | null
        }>(request)
        const members = organization ? { lastActiveOrganizationId: organization } : undefined
        return makeOnce({ store, randomness }, request, reply, async (sessionId) => {
          const outcome = await tenure.signIn({ userId, sessionId, members })
          const session = signedInSession(outcome)
          return presentSoleSession(outcome.changed ? session : await readAgain(tenure, session))
        })
      },
    },
    {
      method: 'GET',
      url: '/v1/sessions/:session_id',
      operationId: 'GetSession',
      summary: 'Read a session as it is now',
      tag: 'Sessions',
      scope: 'read',
      isClerks: true,
      params: SESSION,
      headers: ['If-None-Match'],
      hasEtag: true,
      errors: ['resource_not_found'],
      answer: ONE,
      handle: async (request, reply) => {
        const { session_id: id } = paramsOf<'session_id'>(request)
        const { session, revision } = await tenure.readSession(id)
        if (session === null) throw notFound('Session', id)
        return answerRead(request, reply, revision, () => presentSoleSession(session))
      },
    },
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/revoke',
      operationId: 'RevokeSession',
      summary: 'Revoke a session: the application ends it',
      description: 'A session that is over already is answered as it is.',
      tag: 'Sessions',
      scope: 'write',
      isClerks: true,
      params: SESSION,
      errors: ['resource_not_found'],
      answer: ONE,
      handle: async (request) => {
        const { session_id: id } = paramsOf<'session_id'>(request)
        const outcome = await tenure.revoke(id)
        if (outcome.session === null) throw notFound('Session', id)
        return presentSoleSession(await readAgain(tenure, outcome.session))
      },
    },
    {
      method: 'POST',
      url: '/v1/sessions/:session_id/verify',
      operationId: 'VerifySession',
      summary: 'Was how a session was verified; is no more',
      tag: 'Sessions',
      scope: 'read',
      isClerks: true,
      params: SESSION,
      errors: ['operation_deprecated'],
      answer: ONE,
      handle: async () => {
        throw deprecated()
      },
    },
    ...commandEndpoints(tenure),
    {
      method: 'GET',
      url: '/v1/sessions/:session_id/history',
      operationId: 'GetSessionHistory',
      summary: 'Read what became of a session: its rows of the ledger',
      description: 'It is there after the session was purged. What the clock did is there once it is written down.',
      tag: 'Sessions',
      scope: 'read',
      params: SESSION,
      query: 'history',
      errors: ['resource_not_found'],
      answer: { schema: 'history', description: 'Rows of the ledger, in the order they were written.' },
      handle: async (request) => {
        const { session_id: sessionId } = paramsOf<'session_id'>(request)
        const { limit = 10, after } = queryOf<{ readonly limit?: number; readonly after?: number }>(request)
        const { items, total, next } = await tenure.history({ sessionId, limit, after })
        if (total === 0) throw notFound('Session', sessionId)
        return { data: items.map(presentTransition), total_count: total, next }
      },
    },
  ]
}

type Command = 'touch' | 'end' | 'remove' | 'requireTask' | 'completeTasks'

const COMMANDS: Readonly<Record<Command, readonly [path: string, summary: string]>> = {
  touch: ['touch', "Record a user's activity, which may slide a deadline"],
  end: ['end', 'End a live session: its user signed out'],
  remove: ['remove', 'Remove a session from its client'],
  requireTask: ['require_task', 'Make an active session pending: a task is to be completed first'],
  completeTasks: ['complete_tasks', 'Make a pending session active: its tasks are complete'],
}

function commandEndpoints(tenure: HttpContext['tenure']): Endpoint[] {
  return Object.entries(COMMANDS).map(([command, [path, summary]]) => ({
    method: 'POST' as const,
    url: `/v1/sessions/:session_id/${path}`,
    operationId: `${command}Session`,
    summary,
    description:
      'A status that does not accept it is an answer, and no error: `changed` is false, and `reason` says why.',
    tag: 'Sessions' as const,
    scope: 'write' as const,
    params: SESSION,
    body: 'command' as const,
    errors: ['resource_not_found' as const],
    answer: COMMANDED,
    handle: (request: FastifyRequest, _reply: FastifyReply) => giveCommand(tenure, command as Command, request),
  }))
}

async function giveCommand(tenure: HttpContext['tenure'], command: Command, request: FastifyRequest): Promise<object> {
  const { session_id: id } = paramsOf<'session_id'>(request)
  const { asked_by: askedBy } = bodyOf<{ readonly asked_by?: string }>(request)
  const outcome: SessionOutcome = await tenure[command](id, { askedBy })
  if (outcome.session === null) throw notFound('Session', id)
  const session = presentSession(await readAgain(tenure, outcome.session))
  const { changed } = outcome
  if (!changed) return { object: 'command', changed, reason: outcome.reason, session, transitions: [] }
  return { object: 'command', changed, reason: null, session, transitions: outcome.transitions.map(presentTransition) }
}
