import type { AnswerSchema, Endpoint, RequestHeader } from './endpoint.ts'
import { HTTP_ERROR_CODES, type HttpErrorCode } from './http-error.ts'
import { Components, type Json } from './openapi-components.ts'

/** What describes a service that is made of these endpoints, as OpenAPI 3.1. @see https://spec.openapis.org/oas/v3.1.1 */
export function describeEndpoints(endpoints: readonly Endpoint[], { issuer, version }: Described): Json {
  const components = new Components()
  const paths: Record<string, Record<string, Json>> = {}
  for (const endpoint of endpoints) {
    const path = endpoint.url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, components) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tenure',
      version,
      summary: 'Session lifecycle: sign in, verify, end, revoke, and what became of each session.',
      description:
        "Operations marked as Clerk's speak Clerk's Backend API for sessions and clients, version 2026-05-12. Instants are epoch milliseconds; a name that ends in _seconds says so.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: issuer }],
    tags: ['Sessions', 'Clients', 'Users', 'Events', 'Webhooks', 'Keys', 'Service'].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the service: see tenure keys.' },
      },
      schemas: components.schemas(),
    },
  }
}

/** Which service is described. */
export interface Described {
  /** Where it is reached. */
  readonly issuer: string
  readonly version: string
}

function operationOf(endpoint: Endpoint, components: Components): Json {
  const { operationId, summary, description, tag, scope } = endpoint
  const clerks = endpoint.isClerks === true ? "As Clerk's Backend API has it." : ''
  const allowed = scope === 'write' ? 'The key must be one that may write.' : ''
  const text = [description ?? '', clerks, allowed].filter((part) => part !== '').join(' ')
  const parameters = parametersOf(endpoint, components)
  const body = requestBodyOf(endpoint, components)
  return {
    operationId,
    summary,
    ...(text === '' ? {} : { description: text }),
    tags: [tag],
    security: scope === 'none' ? [] : [{ key: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: body }),
    responses: responsesOf(endpoint, components),
  }
}

const HEADERS = {
  'If-Match': 'The entity tag that is to be stored: written over that answer only.',
  'If-None-Match': 'Entity tags of answers that are known already, or `*`.',
  'Idempotency-Key': 'A text of your own: the request is done once for each, and answered the same for a day.',
  'svix-id': 'The id of the webhook, the same each time that it is sent; `webhook-id` is taken, too.',
  'svix-timestamp': 'When it was signed, epoch seconds: within five minutes of now. `webhook-timestamp` is taken, too.',
  'svix-signature': '`v1,` and a signature, or several with spaces between them. `webhook-signature` is taken, too.',
} as const satisfies Readonly<Record<RequestHeader, string>>

function parametersOf({ params, query, headers, scope }: Endpoint, components: Components): Json[] {
  const inPath = Object.entries(params ?? {}).map(([name, description]) => {
    return { name, in: 'path', required: true, description, schema: { type: 'string', minLength: 1 } }
  })
  const inQuery = query === undefined ? [] : components.queryParameters(query)
  const names = [...(headers ?? [])]
  const inHeader = names.map((name) => ({ name, in: 'header', description: HEADERS[name], schema: { type: 'string' } }))
  const version = { name: 'Clerk-API-Version', in: 'header', description: VERSION, schema: { type: 'string' } }
  return [...inPath, ...inQuery, ...inHeader, ...(scope === 'none' ? [] : [version])]
}

const VERSION = 'A date; all from 2021-02-05 on are answered alike.'

function requestBodyOf({ body, takes }: Endpoint, components: Components): Json | null {
  if (takes === 'ndjson') {
    const schema = { type: 'string', description: 'Snapshots of clients, a line of JSON each.' }
    return { required: true, content: { 'application/x-ndjson': { schema } } }
  }
  if (takes === 'client') {
    return { required: true, content: { 'application/json': { schema: components.client() } } }
  }
  if (takes === 'bytes') {
    const properties = { type: { type: 'string' }, data: { type: 'object' } }
    const schema = { type: 'object', description: 'An event, to the byte as it was signed.', properties }
    return { required: true, content: { 'application/json': { schema } } }
  }
  if (body === undefined) return null
  const { schema, isRequired } = components.body(body)
  return { required: isRequired, content: { 'application/json': { schema } } }
}

/** What any operation may answer, and those with a key, with a body, or with parameters. */
function codesOf({ scope, body, takes, query, errors = [], headers = [] }: Endpoint): HttpErrorCode[] {
  const keyed = [
    'api_version_invalid',
    'authentication_invalid',
    'authorization_header_format_invalid',
    'clerk_key_invalid',
  ] as const
  const bodied = [
    'request_body_invalid',
    'request_timeout',
    'request_body_too_large',
    'unsupported_content_type',
  ] as const
  const checked = [
    'form_param_missing',
    'form_param_type_invalid',
    'form_param_unknown',
    'form_param_value_invalid',
    'form_param_value_too_large',
  ] as const
  const idempotent = ['idempotency_key_invalid', 'idempotency_key_in_use', 'idempotency_key_reused'] as const
  return [
    'request_invalid',
    ...(scope === 'none' ? [] : keyed),
    ...(scope === 'write' ? (['insufficient_scope'] as const) : []),
    ...(body === undefined && takes === undefined ? [] : bodied),
    ...(body === undefined && query === undefined ? [] : checked),
    ...(headers.includes('Idempotency-Key') ? idempotent : []),
    ...(scope === 'write' ? (['resource_locked'] as const) : []),
    ...errors,
    'too_many_requests',
    'internal_clerk_error',
    'service_unavailable',
  ]
}

function responsesOf(endpoint: Endpoint, components: Components): Json {
  const byStatus = new Map<number, HttpErrorCode[]>()
  for (const code of codesOf(endpoint)) {
    const status = HTTP_ERROR_CODES[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const schema = components.errors()
  const refusals = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\``).join(', ')
      return [String(status), { description, content: { 'application/json': { schema } } }] as const
    })
  const etag = { ETag: { description: 'Names this answer; another has another.', schema: { type: 'string' } } }
  const isConditional = endpoint.headers?.includes('If-None-Match') === true && endpoint.method === 'GET'
  const answered = { ...answerOf(endpoint.answer, components), ...(endpoint.hasEtag === true ? { headers: etag } : {}) }
  return {
    ...(endpoint.operationId === 'VerifySession' ? {} : { 200: answered }),
    ...(isConditional ? { 304: { description: 'It is as the caller knows it.' } } : {}),
    ...Object.fromEntries(refusals),
    // Its 503 is an answer of its own.
    ...(endpoint.url === '/readyz' ? { 503: { ...answered, description: 'It should not.' } } : {}),
  }
}

function answerOf(answer: AnswerSchema, components: Components): Json {
  if (!('schema' in answer)) return { description: answer.description, content: { [answer.contentType]: {} } }
  const { schema, description, contentType = 'application/json' } = answer
  return { description, content: { [contentType]: { schema: components.answer(schema) } } }
}
