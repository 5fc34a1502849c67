/** What is held of every answer that a fuzz gets, whatever it asked. */
import { tmpdir } from 'node:os'
import { HTTP_ERROR_CODES } from '../../src/http/http-error.ts'
import { clerkResponseFaults } from './clerk-spec.ts'
import type { Described, Description, Json, Operation, Schema } from './fuzz-description.ts'
import type { FuzzRequest } from './fuzz-requests.ts'
import type { FuzzAnswer } from './fuzz-send.ts'

/** How long an answer may take, milliseconds: the machine has other work. */
const LONGEST = 10_000

/**
 * Answers that HTTP has and no operation describes, each with its reason; what is described is not looked up here.
 *
 *   404 the address is none of the description's
 *   405 the address is, by another method
 *   400 the address or a header cannot be read
 *   400, 413, 415 there is a body where none is described: it is no JSON, too large, or of a type that nothing takes
 *   431 the head of the request is too large
 */
const BODILESS = [413, 415]
const OF_BODIES: readonly string[] = ['request_body_invalid', 'request_body_too_large', 'unsupported_content_type']
const UNADDRESSED = [400, 404, 405, 431]

/** What no answer may show: a stack, a path of this machine, SQL, a driver's own words. */
const LEAKS: readonly RegExp[] = [
  /\bat .*\.[cm]?[jt]s:\d+/,
  /node_modules|node:internal/,
  new RegExp(process.cwd()),
  new RegExp(`${tmpdir()}/`),
  /\bSELECT\b.*\bFROM\b|\bINSERT\s+INTO\b|\bUPDATE\b.*\bSET\b|\bDELETE\s+FROM\b/,
  /SQLITE_|sqlite3|ERR_[A-Z]+_|FST_ERR|ECONN|postgres:\/\//,
  /invalid byte sequence|syntax error at|violates .* constraint/,
]

/** Everything that is wrong with an answer; empty where nothing is. */
export function answerFaults(description: Description, request: FuzzRequest, answer: FuzzAnswer): readonly string[] {
  const { status, text, milliseconds } = answer
  const operation = description.operationOf(request.method, request.target)
  const isUnready = operation?.operationId === 'getReadiness' && status === 503
  return [
    ...(status < 500 || isUnready ? [] : [`answers ${status}`]),
    ...(milliseconds <= LONGEST ? [] : [`took longer than ${LONGEST} ms`]),
    ...LEAKS.filter((leak) => leak.test(text)).map((leak) => `shows ${leak}`),
    ...(request.method === 'HEAD' ? headFaults(answer) : bodyFaults(description, operation, request, answer)),
    ...headerFaults(answer),
    ...expectationFaults(request, answer),
  ]
}

function headFaults({ text }: FuzzAnswer): string[] {
  return text === '' ? [] : ['has a body, though by HEAD']
}

/** @see RFC 9110, sections 15.5.6 and 15.5.2; RFC 6585, section 4 */
function headerFaults({ status, headers }: FuzzAnswer): string[] {
  if (status === 405 && headers.allow === undefined) return ['is 405 without Allow']
  if (status === 429 && !/^[1-9]\d*$/.test(headers['retry-after'] ?? '')) return ['is 429 without Retry-After']
  return []
}

function bodyFaults(
  description: Description,
  operation: Operation | undefined,
  request: FuzzRequest,
  answer: FuzzAnswer,
): readonly string[] {
  const { status } = answer
  const described = operation?.answers.get(status)
  const isOfProtocol =
    operation === undefined ? UNADDRESSED.includes(status) : operation.body === null && BODILESS.includes(status)
  if (described === undefined && !isOfProtocol) return [`answers ${status}, which is not described`]
  if (described?.contentType === null) return answer.text === '' ? [] : ['has a body, where none is described']
  const type = described?.contentType ?? 'application/json'
  const given = answer.headers['content-type'] ?? 'none'
  // Text has a charset; JSON has none, by `@clerk/backend`.
  const isOfType = type.startsWith('application/') ? given === type : given.split(';')[0] === type
  if (!isOfType) return [`is of the type ${given}, and not ${type}`]
  if (type.startsWith('text/')) return []
  const values = valuesIn(answer.text, type)
  if (values === null) return ['is no JSON']
  const schema = described === undefined ? description.at('#/components/schemas/Errors') : described.schema
  const faults = schema === null ? [] : schemaFaults(description, schema, values)
  return [
    ...faults,
    ...(status >= 400 ? errorFaults(values[0], status, described, operation?.body === null) : []),
    ...clerkFaults(request, status, values[0]),
  ]
}

/** What values have against their schema, as one fault: those of one answer come of one cause. */
function schemaFaults(description: Description, schema: Schema, values: readonly unknown[]): readonly string[] {
  const faults = values.flatMap((value) => description.faults(schema, value))
  const rest = faults.length > 4 ? ` and ${faults.length - 4} more` : ''
  return faults.length === 0 ? [] : [`breaks its schema: ${faults.slice(0, 4).join('; ')}${rest}`]
}

/** A body's values: one, or one a line; `null` where it is no JSON. */
export function valuesIn(text: string, type: string): readonly unknown[] | null {
  try {
    return type === 'application/x-ndjson'
      ? text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [JSON.parse(text)]
  } catch {
    return null
  }
}

function errorFaults(body: unknown, status: number, described: Described | undefined, isBodiless = false): string[] {
  const { errors, clerk_trace_id: trace, checks } = Object(body) as Json
  // What /readyz answers is no error.
  if (status === 503 && Array.isArray(checks)) return []
  if (!Array.isArray(errors) || errors.length === 0) return ['has no errors']
  const codes = errors.map((error) => String((error as Json)['code']))
  const known: Readonly<Record<string, number>> = HTTP_ERROR_CODES
  return [
    ...(typeof trace === 'string' && /^[0-9a-f]{32}$/.test(trace) ? [] : ['has no trace id']),
    ...codes.filter((code) => known[code] !== status).map((code) => `answers ${status} with the code ${code}`),
    ...codes
      .filter((code) => described !== undefined && !described.codes.has(code))
      .filter((code) => !(isBodiless && OF_BODIES.includes(code)))
      .map((code) => `answers ${code}, which its description does not name`),
  ]
}

function clerkFaults({ operation, method, target }: FuzzRequest, status: number, body: unknown): string[] {
  const isClerks = operation !== null && CLERKS.has(operation.operationId) && target.startsWith('/v1/')
  if (!isClerks || method !== operation.method) return []
  const path = target.slice('/v1'.length).split('#', 1)[0] as string
  return clerkResponseFaults(method, path, status, body).map((fault) => `by Clerk's: ${fault}`)
}

const CLERKS: ReadonlySet<string> = new Set([
  'CreateSessionToken',
  'CreateSessionTokenFromTemplate',
  'GetClient',
  'GetClientList',
  'GetJWKS',
  'GetSession',
  'GetSessionList',
  'RefreshSession',
  'RevokeSession',
  'VerifyClient',
  'createSession',
])

/** Codes that no request has which meets its schemas. */
const OF_SCHEMAS = [
  'form_param_type_invalid',
  'form_param_missing',
  'form_param_unknown',
  'form_param_value_invalid',
  'form_param_value_too_large',
]

function expectationFaults({ kind, payload, rule }: FuzzRequest, { status, text }: FuzzAnswer): string[] {
  if (kind === 'broken') return status >= 400 ? [] : [`answers ${status}, though it ${rule}`]
  if (kind !== 'valid' || status < 400) return []
  const met = OF_SCHEMAS.filter((code) => text.includes(`"code":"${code}"`))
  const isUnread = ['unsupported_content_type', 'method_not_allowed'].filter((code) =>
    text.includes(`"code":"${code}"`),
  )
  const isTooLarge = (payload?.length ?? 0) > 65_536
  const large = status === 413 && !isTooLarge ? ['answers 413, though it is small'] : []
  return [...[...met, ...isUnread].map((code) => `answers ${code}, though it meets the description`), ...large]
}

/** What is wrong with an answer to bytes that are no request; an answer may be missing where the service hung up. */
export function rawFaults(description: Description, text: string): readonly string[] {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
  if (text === '') return []
  const type = /^content-type: *(.*)$/im.exec(head)?.[1]
  if (!(status >= 400 && status < 500)) return [`answers ${head.split('\r\n')[0]}`]
  if (type !== 'application/json') return [`${status} is of the type ${type ?? 'none'}`]
  const [body] = valuesIn(rest.join('\r\n\r\n'), type) ?? [undefined]
  return [
    ...description.faults(description.at('#/components/schemas/Errors'), body),
    ...errorFaults(body, status, undefined),
  ]
}
