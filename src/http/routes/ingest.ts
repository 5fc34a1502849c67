import type { FastifyRequest } from 'fastify'
import type { IngestOutcome } from '../../service/ingest-clerk.ts'
import type { HttpContext } from '../context.ts'
import type { Endpoint } from '../endpoint.ts'
import { type HttpError, httpError } from '../http-error.ts'
import { invalidSnapshot, presentSessions } from './client-snapshots.ts'

/** The largest webhook that is taken, in bytes: with a user's metadata one of a session is tens of thousands. */
const LARGEST = 524_288

/** What other services tell of their sessions. */
export function ingestEndpoints({ ingestClerk }: HttpContext): Endpoint[] {
  return [
    {
      method: 'POST',
      url: '/v1/ingest/clerk',
      operationId: 'ingestClerk',
      summary: "Take a webhook of Clerk's",
      description:
        'Let in by the signature of Svix, and by no key. The session in it is merged into its client as an import of it would be, so that its deadlines are told as events; what is of no session is ignored. Each is done once, by its id. Answers 404 where no `clerkWebhookSecret` is set.',
      tag: 'Events',
      scope: 'none',
      takes: 'bytes',
      bodyLimit: LARGEST,
      headers: ['svix-id', 'svix-timestamp', 'svix-signature'],
      errors: ['webhook_signature_invalid', 'resource_not_found', 'resource_locked', 'snapshot_invalid'],
      answer: { schema: 'ingestResult', description: 'What became of it.' },
      handle: async (request) => {
        if (ingestClerk === null) throw unconfigured()
        const outcome = await ingestClerk({ headers: request.headers, body: bytesOf(request) })
        if (!outcome.taken) throw refusalOf(outcome)
        const { result, sessionId, sessions } = outcome
        return { object: 'ingest_result', result, session_id: sessionId, sessions: presentSessions(sessions) }
      },
    },
  ]
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(body) ? body : new Uint8Array()
}

function unconfigured(): HttpError {
  const long =
    'No secret is set that webhooks are signed with: set TENURE_CLERK_WEBHOOK_SECRET to the one of the endpoint.'
  return httpError('resource_not_found', 'not found', long)
}

function refusalOf(outcome: Extract<IngestOutcome, { taken: false }>): HttpError {
  switch (outcome.reason) {
    case 'unsigned':
      return unlet('Sign the webhook: svix-id, svix-timestamp and svix-signature, or webhook-id and so on, are needed.')
    case 'forged':
      return unlet(
        'No signature is one of this secret over these bytes: set the secret of the endpoint that sends them.',
      )
    case 'untimely':
      return unlet(
        'The webhook was signed over five minutes before or after now: send it again, and see to the clocks.',
      )
    case 'unreadable':
      return httpError(
        'request_body_invalid',
        'Request body invalid',
        `The request body is invalid: ${outcome.message}.`,
      )
    case 'rejected':
      return invalidSnapshot(outcome.errors, 'The event')
  }
  throw new TypeError(`there is no such reason: ${outcome satisfies never}`)
}

function unlet(longMessage: string): HttpError {
  return httpError('webhook_signature_invalid', 'Invalid webhook signature', longMessage)
}
