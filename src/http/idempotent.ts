import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionId } from '../domain/session.ts'
import { abandonKeyed, beginKeyed, finishKeyed, type KeptAnswer } from '../service/idempotency.ts'
import type { StoredItem } from '../store/port.ts'
import type { HttpContext } from './context.ts'
import { toHttpError } from './error-answers.ts'
import { errorBody, HttpError, httpError } from './http-error.ts'

/** The draft has a quoted string; a bare one is what most callers send. */
const KEY = /^(?:"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/

/** What makes something, given the session's id that it is to have; `undefined` leaves the id to be made up. */
export type Making = (sessionId: SessionId | undefined) => Promise<object>

/**
 * Makes something once for each `Idempotency-Key`, and answers the same each time; without the header, each time anew.
 *
 * A refusal is an answer like any other, and kept. A fault of ours is not: the request may be given again at once.
 *
 * @see draft-ietf-httpapi-idempotency-key-header-07
 */
export async function makeOnce(
  { store, randomness }: Pick<HttpContext, 'store' | 'randomness'>,
  request: FastifyRequest,
  reply: FastifyReply,
  make: Making,
): Promise<unknown> {
  const key = keyOf(request)
  if (key === null) return make(undefined)
  const content = JSON.stringify([request.method, request.url, request.body ?? null])
  const caller = request.apiKey?.name ?? ''
  const beginning = await beginKeyed(store, { caller, key, content }, randomness)
  switch (beginning.state) {
    case 'done':
      return again(beginning.answer, reply)
    case 'running': {
      const long = 'A request with this Idempotency-Key is under way: ask again in a moment.'
      throw new HttpError([{ code: 'idempotency_key_in_use', message: 'Request under way', longMessage: long }], {
        'retry-after': '1',
      })
    }
    case 'another': {
      const long = 'This Idempotency-Key was used for another request: choose a new one.'
      throw httpError('idempotency_key_reused', 'Idempotency-Key reused', long)
    }
    case 'begun': {
      const answer = await madeAnswer(store, beginning.lease, request, () => make(beginning.sessionId))
      await finishOrAbandon(store, beginning.lease, answer)
      return send(answer, reply)
    }
  }
}

/** What is answered, a refusal too. Where a fault keeps it from being known, the key is free again. */
async function madeAnswer(
  store: HttpContext['store'],
  lease: StoredItem,
  request: FastifyRequest,
  make: () => Promise<object>,
): Promise<KeptAnswer> {
  try {
    return { status: 200, headers: {}, body: JSON.stringify(await make()) }
  } catch (error) {
    const refusal = toHttpError(error)
    if (refusal.statusCode >= 500 || refusal.faults[0]?.code === 'resource_locked') {
      await abandon(store, lease)
      throw error
    }
    const body = JSON.stringify(errorBody(refusal.faults, request.id))
    return { status: refusal.statusCode, headers: refusal.headers, body }
  }
}

/** An answer that could not be kept is no answer: whoever asks again is to find the key free, and what was made. */
async function finishOrAbandon(store: HttpContext['store'], lease: StoredItem, answer: KeptAnswer): Promise<void> {
  try {
    await finishKeyed(store, lease, answer)
  } catch (error) {
    await abandon(store, lease)
    throw error
  }
}

/** Where the store fails at that too, the lease ends by itself. */
async function abandon(store: HttpContext['store'], lease: StoredItem): Promise<void> {
  try {
    await abandonKeyed(store, lease)
  } catch {}
}

function keyOf({ headers }: FastifyRequest): string | null {
  const header = headers['idempotency-key']
  if (header === undefined) return null
  const match = typeof header === 'string' ? KEY.exec(header) : null
  if (match === null) {
    const long = 'Idempotency-Key must be 1 to 255 printable characters, in quotes or without white space.'
    throw httpError('idempotency_key_invalid', 'Idempotency-Key invalid', long)
  }
  return match[1] ?? match[2] ?? null
}

function again(answer: KeptAnswer, reply: FastifyReply): FastifyReply {
  return send(answer, reply.header('idempotent-replayed', 'true'))
}

function send({ status, headers, body }: KeptAnswer, reply: FastifyReply): FastifyReply {
  return reply.code(status).headers(headers).type('application/json').send(body)
}
