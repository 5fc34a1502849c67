/** One thing that is wrong with a request, as Clerk's Backend API says it. @see schemas/error.schema.json */
export interface HttpFault {
  readonly code: HttpErrorCode
  /** What is wrong, in a few words. */
  readonly message: string
  /** What is wrong, and what to do about it. */
  readonly longMessage: string
  readonly meta?: Readonly<Record<string, unknown>>
}

/** Every code that an answer can carry: Clerk's, wherever Clerk has one for the case. */
export const HTTP_ERROR_CODES = {
  api_version_invalid: 400,
  authentication_invalid: 401,
  authorization_header_format_invalid: 401,
  clerk_key_invalid: 401,
  clock_not_virtual: 409,
  client_not_found: 404,
  cookie_invalid: 400,
  event_cursor_invalid: 400,
  expired_session_token_invalid: 401,
  expired_session_token_missing_azp: 401,
  expired_session_token_missing_sid: 401,
  form_identifier_exists: 422,
  form_param_missing: 422,
  form_param_type_invalid: 422,
  form_param_unknown: 422,
  form_param_value_invalid: 422,
  form_param_value_too_large: 422,
  header_too_large: 431,
  idempotency_key_in_use: 409,
  idempotency_key_invalid: 400,
  idempotency_key_reused: 422,
  insufficient_scope: 403,
  internal_clerk_error: 500,
  method_not_allowed: 405,
  operation_deprecated: 410,
  precondition_failed: 412,
  refresh_token_not_found: 401,
  request_body_invalid: 400,
  request_body_too_large: 413,
  request_invalid: 400,
  request_timeout: 408,
  resource_locked: 409,
  resource_not_found: 404,
  service_unavailable: 503,
  session_creation_not_allowed: 409,
  session_exists: 400,
  session_refresh_expired_session_token_consumed: 401,
  session_refresh_expired_session_token_missing_iat: 401,
  session_refresh_expired_session_token_too_old: 401,
  session_refresh_inactive_session: 401,
  session_refresh_session_not_found: 401,
  session_refresh_session_token_ineligible: 401,
  snapshot_invalid: 422,
  too_many_requests: 429,
  unsupported_content_type: 415,
  webhook_disabled: 409,
  webhook_limit_reached: 409,
  webhook_not_found: 404,
  webhook_signature_invalid: 401,
} as const satisfies Record<string, number>

/** The stable name of what is wrong with a request. */
export type HttpErrorCode = keyof typeof HTTP_ERROR_CODES

/** Ends a request with an error. It is thrown within this room only, and its stack goes nowhere. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly statusCode: number
  readonly faults: readonly HttpFault[]
  readonly headers: Readonly<Record<string, string>>

  constructor(faults: readonly HttpFault[], headers: Readonly<Record<string, string>> = {}) {
    super(faults[0]?.code ?? '')
    this.statusCode = HTTP_ERROR_CODES[faults[0]?.code ?? 'internal_clerk_error']
    this.faults = faults
    this.headers = headers
  }
}

/** An error of one fault. */
export function httpError(code: HttpErrorCode, message: string, longMessage: string): HttpError {
  return new HttpError([{ code, message, longMessage }])
}

/** What is asked for is not there: in Clerk's words, with the id that was asked for. */
export function notFound(what: 'Session' | 'Client', id: string): HttpError {
  return httpError('resource_not_found', `${what} not found`, `No ${what.toLowerCase()} was found with id ${id}`)
}

/** A parameter that is wrong, by its name. */
export function paramFault(
  code: Extract<HttpErrorCode, `form_${string}`>,
  name: string,
  message: string,
  longMessage: string,
): HttpFault {
  return { code, message, longMessage, meta: { param_name: name } }
}

/** What was asked for is not to be had this way any more. */
export function deprecated(): HttpError {
  const long = 'This operation is deprecated: verify the session token, or read the session.'
  return httpError('operation_deprecated', 'Operation deprecated', long)
}

/** An error as the body of an answer. */
export function errorBody(faults: readonly HttpFault[], traceId: string) {
  const errors = faults.map(({ code, message, longMessage, meta }) => {
    return { message, long_message: longMessage, code, ...(meta === undefined ? {} : { meta }) }
  })
  return { errors, clerk_trace_id: traceId }
}
