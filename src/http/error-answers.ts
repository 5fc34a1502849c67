import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { StoreError } from '../domain/errors.ts'
import { unsupported } from './body-parsers.ts'
import { errorBody, HttpError, type HttpErrorCode, httpError } from './http-error.ts'

/** Answers every error in Clerk's form, whoever threw it, and says nothing of what is behind it. */
export function addErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  const nothingHere = () =>
    httpError('resource_not_found', 'not found', 'There is nothing at this address: /docs lists what there is.')
  // Before a body is read.
  app.addHook('onRequest', (request, _reply, done) => {
    const { httpVersion, headers } = request.raw
    if (httpVersion === '1.1' && headers.host === undefined) {
      done(httpError('request_invalid', 'Request invalid', 'A request by HTTP/1.1 names its host.'))
    } else done(request.is404 ? nothingHere() : undefined)
  })
  app.setNotFoundHandler(() => {
    throw nothingHere()
  })
}

/** Answers one error. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = toHttpError(error)
  if (answer.statusCode >= 500) logFault(error, request)
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
  // Bytes, and their type with them: what was to be answered may have had another, and for some no hook runs that mends it.
  const body = Buffer.from(JSON.stringify(errorBody(answer.faults, request.id)))
  return reply.code(answer.statusCode).header('content-type', 'application/json').send(body)
}

/** What an error is to whoever asked. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (error instanceof StoreError) return ofStore(error)
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>
  // Who went away is not there to be answered, and nothing is wrong here.
  if (code === 'ECONNRESET') return httpError('request_invalid', 'Request invalid', 'The request broke off.')
  const isCallers = code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500
  const unknown = isCallers
    ? httpError('request_invalid', 'Request invalid', 'The request cannot be read.')
    : internal()
  return ofFastify(code) ?? unknown
}

/** How soon to come back where the store is briefly away, seconds. */
const RETRY = { 'retry-after': '1' }

function ofStore({ code }: StoreError): HttpError {
  switch (code) {
    case 'ERR_STORE_CONFLICT':
      return new HttpError([fault('resource_locked', 'Resource locked', 'Others were changing it: try again.')], RETRY)
    case 'ERR_STORE_UNAVAILABLE':
    case 'ERR_STORE_CLOSED':
      return new HttpError([fault('service_unavailable', 'Service unavailable', 'Try again a little later.')], RETRY)
    case 'ERR_STORE_FULL':
    case 'ERR_STORE_READ_ONLY':
      return httpError('service_unavailable', 'Service unavailable', 'The store cannot be written at present.')
    case 'ERR_STORE_SCHEMA':
    case 'ERR_STORE_CORRUPT':
    case 'ERR_STORE_FAULT':
      return internal()
    default:
      return code satisfies never
  }
}

function ofFastify(code: string | undefined): HttpError | null {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return unsupported()
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return httpError(
        'request_body_too_large',
        'Request body too large',
        'The request body is larger than is taken here.',
      )
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return httpError('request_body_invalid', 'Request body invalid', 'Content-Length is not the length of the body.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return httpError('request_body_invalid', 'Request body invalid', 'The request body is empty.')
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return unsupported()
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return httpError(
        'request_invalid',
        'Request invalid',
        'The address cannot be read: percent-encode what stands in it.',
      )
    default:
      return null
  }
}

function internal(): HttpError {
  return httpError(
    'internal_clerk_error',
    'Internal error',
    'Something went wrong here; the trace id names it in the logs.',
  )
}

function fault(code: HttpErrorCode, message: string, longMessage: string) {
  return { code, message, longMessage }
}

/** Of a store's fault its code and its own words, which are safe; of any other the stack, too. */
function logFault(error: unknown, request: FastifyRequest): void {
  const { name, message, stack, code } = error as Partial<Error> & { readonly code?: string }
  const isStores = error instanceof StoreError
  request.log.error({ trace: request.id, error: isStores ? { code, message } : { name, message, stack } }, 'fault')
}
