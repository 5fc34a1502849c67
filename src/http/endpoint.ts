import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKeyScope } from '../service/api-keys.ts'
import type { HttpErrorCode } from './http-error.ts'
import type { RequestSchema } from './validation.ts'

/** What is answered: the name of a schema in schemas/http-responses.schema.json, or what else it is. */
export type AnswerSchema =
  | { readonly schema: string; readonly description: string; readonly contentType?: 'application/x-ndjson' }
  | OtherAnswer

/** An answer that is no JSON of a schema. */
export interface OtherAnswer {
  readonly contentType: 'text/plain' | 'text/html' | 'text/event-stream' | 'application/json'
  readonly description: string
}

/** A header that an operation goes by. */
export type RequestHeader =
  | 'If-Match'
  | 'If-None-Match'
  | 'Idempotency-Key'
  | 'svix-id'
  | 'svix-timestamp'
  | 'svix-signature'

/** One thing that can be asked over HTTP: everything that the router, the description of the service, and its tests go by. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With its parameters as `:name`. */
  readonly url: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  /** What its part of the description is called. */
  readonly tag: 'Sessions' | 'Clients' | 'Users' | 'Events' | 'Webhooks' | 'Keys' | 'Service'
  /** What a key must be allowed for it; `none` where nobody has to present one. */
  readonly scope: ApiKeyScope | 'none'
  /** Whether Clerk's Backend API has it too. */
  readonly isClerks?: boolean
  /** What each parameter of the path is. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: RequestSchema
  readonly body?: RequestSchema
  /** What the body is, where it is not checked by a schema of requests. */
  readonly takes?: 'client' | 'ndjson' | 'bytes'
  /** The largest body, in bytes, where it is not the service's own bound; no bound for a stream. */
  readonly bodyLimit?: number
  readonly answer: AnswerSchema
  /** Codes of this operation's own, besides those that any may answer. */
  readonly errors?: readonly HttpErrorCode[]
  /** Headers of a request that it goes by. */
  readonly headers?: readonly RequestHeader[]
  readonly hasEtag?: boolean
  /** Whether it is left out of rate limits. */
  readonly isUnlimited?: boolean
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

/** The parameters of a request's path, which the router has found. */
export function paramsOf<Name extends string>(request: FastifyRequest): Readonly<Record<Name, string>> {
  return request.params as Record<Name, string>
}

/** The body of a request that its schema was held to; a request without one has an empty one. */
export function bodyOf<Body extends object>(request: FastifyRequest): Body {
  return (request.body ?? {}) as Body
}

/** The query of a request that its schema was held to. */
export function queryOf<Query extends object>(request: FastifyRequest): Query {
  return request.query as Query
}
