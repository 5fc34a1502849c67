import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseText } from '../snapshot/parse-text.ts'
import { type HttpError, httpError } from './http-error.ts'

/**
 * Reads bodies: JSON, and streams of NDJSON where a route takes one.
 *
 * An empty body with a JSON content type is none: that is how `@clerk/backend` asks for a revocation, or for a token. An
 * object that names a member twice is refused, for two readers may see two values.
 */
export function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, readJson(request, body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addContentTypeParser(['application/x-ndjson', 'application/ndjson'], (request, payload, done) => {
    if (request.routeOptions.config.takes === 'ndjson') done(null, payload)
    else done(unsupported())
  })
}

function readJson(request: FastifyRequest, body: Buffer): unknown {
  const { takes } = request.routeOptions.config
  if (takes === 'ndjson') throw unsupported()
  // What is signed is signed to the byte.
  if (takes === 'bytes') return body
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw unreadable('the bytes are not UTF-8')
  const text = body.toString()
  // A snapshot is kept as it was written, and has findings of its own.
  if (takes === 'client') return text
  const parsed = parseText(text)
  if (!parsed.ok) throw unreadable(parsed.error.message)
  return parsed.value
}

function unreadable(why: string): HttpError {
  return httpError('request_body_invalid', 'Request body invalid', `The request body is invalid: ${why}.`)
}

/** The body is of a kind that the route does not take. */
export function unsupported(): HttpError {
  const long = 'Send JSON as application/json, and streams of snapshots as application/x-ndjson.'
  return httpError('unsupported_content_type', 'Content-Type not supported', long)
}
