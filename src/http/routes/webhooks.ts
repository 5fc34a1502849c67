import { placeRefusal } from '../../events/webhooks/address-guard.ts'
import { sendTest, type TestOutcome } from '../../events/webhooks/test-delivery.ts'
import type { EventType } from '../../service/events/event.ts'
import { queueOf, type WebhookEndpoint, type WebhookForm } from '../../service/webhooks/endpoint.ts'
import type { WithSecret } from '../../service/webhooks/webhook-endpoints.ts'
import type { HttpContext, HttpWebhooks } from '../context.ts'
import { bodyOf, type Endpoint, paramsOf, queryOf } from '../endpoint.ts'
import { HttpError, httpError, paramFault } from '../http-error.ts'
import { presentDeadLetter, presentWebhook } from '../present.ts'

const ID = { webhook_id: "The endpoint's id." }
const ONE = { schema: 'webhook', description: 'The endpoint.' } as const
const WITH_SECRET = { schema: 'webhookWithSecret', description: 'The endpoint, and its secret this once.' } as const

interface AddBody {
  readonly url: string
  readonly types?: readonly EventType[]
  readonly form?: WebhookForm
  readonly description?: string
}

/** Endpoints that events are sent to, as `tenure webhooks` works with them. Nothing of a secret is kept by idempotency. */
export function webhookEndpoints(context: HttpContext): Endpoint[] {
  return [...making(context), ...changing(context), ...testing(context), ...deadLetters(context)]
}

function making(context: HttpContext): Endpoint[] {
  return [
    {
      method: 'GET',
      url: '/v1/webhooks',
      operationId: 'listWebhooks',
      summary: 'List the endpoints that events are sent to, the oldest first',
      tag: 'Webhooks',
      scope: 'read',
      errors: ['resource_not_found'],
      answer: { schema: 'webhookList', description: 'The endpoints, without their secrets.' },
      handle: async () => {
        const listed = await webhooksOf(context).endpoints.list()
        return { data: listed.map(presentWebhook), total_count: listed.length }
      },
    },
    {
      method: 'POST',
      url: '/v1/webhooks',
      operationId: 'addWebhook',
      summary: 'Make an endpoint that events are sent to, and read its secret this once',
      description: 'It gets what happens from now on. The secret is what its receiver verifies signatures with.',
      tag: 'Webhooks',
      scope: 'write',
      body: 'addWebhook',
      errors: ['resource_not_found', 'webhook_limit_reached'],
      answer: WITH_SECRET,
      handle: async (request, reply) => {
        const { endpoints, isPrivateAllowed, changed } = webhooksOf(context)
        const body = bodyOf<AddBody>(request)
        const refusal = isPrivateAllowed ? null : placeRefusal(body.url)
        if (refusal !== null) throw invalidUrl(refusal)
        const made = await usable(() => endpoints.add(body))
        if (made === null) throw limitReached('There are as many endpoints as there can be: remove one first.')
        changed()
        return presentWithSecret(made, reply)
      },
    },
    {
      method: 'GET',
      url: '/v1/webhooks/:webhook_id',
      operationId: 'getWebhook',
      summary: 'Read an endpoint, without its secrets',
      tag: 'Webhooks',
      scope: 'read',
      params: ID,
      errors: ['webhook_not_found', 'resource_not_found'],
      answer: ONE,
      handle: async (request) => presentWebhook((await found(context, request)).endpoint),
    },
    {
      method: 'POST',
      url: '/v1/webhooks/:webhook_id/rotate',
      operationId: 'rotateWebhook',
      summary: 'Make a new secret, and read it this once',
      description: 'The one before signs too for a day, unless it is no longer trusted (`at_once`).',
      tag: 'Webhooks',
      scope: 'write',
      params: ID,
      body: 'rotateWebhook',
      errors: ['webhook_not_found', 'resource_not_found', 'webhook_limit_reached'],
      answer: WITH_SECRET,
      handle: async (request, reply) => {
        const { webhooks, endpoint } = await found(context, request)
        const { at_once: isAtOnce = false } = bodyOf<{ readonly at_once?: boolean }>(request)
        const made = await webhooks.endpoints.rotate(endpoint.id, isAtOnce)
        if (made === 'missing') throw notThere(endpoint.id)
        if (made === 'too many') throw limitReached('Too many secrets sign already: wait a day, or set at_once.')
        webhooks.changed()
        return presentWithSecret(made, reply)
      },
    },
  ]
}

function changing(context: HttpContext): Endpoint[] {
  const common = { method: 'POST', tag: 'Webhooks', scope: 'write', params: ID } as const
  const errors = ['webhook_not_found', 'resource_not_found'] as const
  return [
    {
      ...common,
      url: '/v1/webhooks/:webhook_id/enable',
      operationId: 'enableWebhook',
      summary: 'Send an endpoint what happens from now on; a redrive sends what was buried',
      errors,
      answer: ONE,
      handle: async (request) => {
        const { webhooks, endpoint } = await found(context, request)
        const enabled = known(endpoint.id, await webhooks.endpoints.enable(endpoint.id))
        webhooks.changed()
        return presentWebhook(enabled)
      },
    },
    {
      ...common,
      url: '/v1/webhooks/:webhook_id/disable',
      operationId: 'disableWebhook',
      summary: 'Send an endpoint nothing more; what waits for it is buried',
      description: 'Seen by every process within five seconds.',
      errors,
      answer: ONE,
      handle: async (request) => {
        const { webhooks, endpoint } = await found(context, request)
        const disabled = known(endpoint.id, await webhooks.endpoints.disable(endpoint.id, 'somebody disabled it'))
        webhooks.changed()
        return presentWebhook(disabled)
      },
    },
    {
      ...common,
      url: '/v1/webhooks/:webhook_id/remove',
      operationId: 'removeWebhook',
      summary: 'Remove an endpoint, and whatever waits for it, dead or not',
      description: 'Seen by every process within five seconds.',
      errors,
      answer: { schema: 'webhookRemoved', description: 'That it is gone.' },
      handle: async (request) => {
        const { webhooks, endpoint } = await found(context, request)
        if (!(await webhooks.endpoints.remove(endpoint.id))) throw notThere(endpoint.id)
        webhooks.changed()
        await webhooks.queues.remove(queueOf(endpoint))
        return { object: 'webhook', id: endpoint.id, deleted: true }
      },
    },
  ]
}

function testing(context: HttpContext): Endpoint[] {
  return [
    {
      method: 'POST',
      url: '/v1/webhooks/:webhook_id/test',
      operationId: 'testWebhook',
      summary: 'Send an example of an event now, and read what became of it',
      description:
        'Signed like any other, sent once, to a disabled endpoint too, with an id that begins with `evt_test_`. Answers 200 whether it was delivered or not.',
      tag: 'Webhooks',
      scope: 'write',
      params: ID,
      body: 'testWebhook',
      errors: ['webhook_not_found', 'resource_not_found'],
      answer: { schema: 'webhookTest', description: 'What became of it.' },
      handle: async (request) => {
        const { clock, randomness, described } = context
        const { webhooks, endpoint } = await found(context, request)
        const { type = 'session.expired' } = bodyOf<{ readonly type?: EventType }>(request)
        const parts = { ...webhooks, clock, randomness, issuer: described.issuer }
        return presentTest(endpoint, type, await sendTest(endpoint, type, parts))
      },
    },
  ]
}

function deadLetters(context: HttpContext): Endpoint[] {
  return [
    {
      method: 'GET',
      url: '/v1/webhooks/:webhook_id/dead_letters',
      operationId: 'listDeadLetters',
      summary: 'List what was given up, and why, the longest dead first',
      tag: 'Webhooks',
      scope: 'read',
      params: ID,
      query: 'listDeadLetters',
      errors: ['webhook_not_found', 'resource_not_found'],
      answer: { schema: 'deadLetters', description: 'What was given up, in order.' },
      handle: async (request) => {
        const { limit = 100, after } = queryOf<{ readonly limit?: number; readonly after?: string }>(request)
        const { webhooks, endpoint } = await found(context, request)
        // One more than is answered says whether there is a next page.
        const jobs = await webhooks.queues.listDead(queueOf(endpoint), { limit: limit + 1, after })
        const told = jobs.slice(0, limit)
        return { data: told.map(presentDeadLetter), next: jobs.length > limit ? (told.at(-1)?.id ?? null) : null }
      },
    },
    {
      method: 'POST',
      url: '/v1/webhooks/:webhook_id/redrive',
      operationId: 'redriveDeadLetters',
      summary: 'Have what was given up tried again, all of it unless some are named',
      description: 'Its attempts are counted anew. What is not among the dead is passed over.',
      tag: 'Webhooks',
      scope: 'write',
      params: ID,
      body: 'redriveDeadLetters',
      errors: ['webhook_not_found', 'resource_not_found', 'webhook_disabled'],
      answer: { schema: 'webhookRedriven', description: 'How many are tried again.' },
      handle: async (request) => {
        const { ids } = bodyOf<{ readonly ids?: readonly string[] }>(request)
        const { webhooks, endpoint } = await found(context, request)
        if (endpoint.disabled !== null) throw disabled()
        const redriven = await webhooks.queues.redrive(queueOf(endpoint), ids)
        webhooks.changed()
        return { object: 'webhook_redrive', webhook_id: endpoint.id, redriven }
      },
    },
  ]
}

function webhooksOf({ webhooks }: HttpContext): HttpWebhooks {
  if (webhooks !== null) return webhooks
  throw httpError('resource_not_found', 'not found', 'This service sends no webhooks: tenure serve does.')
}

type Params = Parameters<Endpoint['handle']>[0]

async function found(context: HttpContext, request: Params) {
  const { webhook_id: id } = paramsOf<'webhook_id'>(request)
  const webhooks = webhooksOf(context)
  return { webhooks, endpoint: known(id, await webhooks.endpoints.find(id)) }
}

function known(id: string, endpoint: WebhookEndpoint | null): WebhookEndpoint {
  if (endpoint === null) throw notThere(id)
  return endpoint
}

function notThere(id: string): HttpError {
  return httpError('webhook_not_found', 'Webhook endpoint not found', `No webhook endpoint was found with id ${id}`)
}

function limitReached(longMessage: string): HttpError {
  return httpError('webhook_limit_reached', 'Webhook limit reached', longMessage)
}

function disabled(): HttpError {
  const long = 'The endpoint is disabled, and what is redriven would be buried again: enable it first.'
  return httpError('webhook_disabled', 'Webhook endpoint disabled', long)
}

function invalidUrl(message: string): HttpError {
  return new HttpError([paramFault('form_param_value_invalid', 'url', 'is invalid', `url is invalid: ${message}.`)])
}

/** The rules of a URL that no schema says; what is told of one does not repeat it. */
async function usable<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof TypeError) throw invalidUrl(error.message)
    throw error
  }
}

function presentWithSecret({ endpoint, secret }: WithSecret, reply: Parameters<Endpoint['handle']>[1]) {
  reply.header('cache-control', 'no-store')
  return { ...presentWebhook(endpoint), secret }
}

function presentTest({ id }: WebhookEndpoint, type: EventType, { eventId, status, failure, took }: TestOutcome) {
  return {
    object: 'webhook_test',
    webhook_id: id,
    event_id: eventId,
    type,
    delivered: failure === null,
    status,
    failure,
    took_milliseconds: Math.round(took),
  }
}
