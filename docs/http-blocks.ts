/** What the docs say of the HTTP service, made of its endpoints, its codes and its settings. */
import serveSchema from '../schemas/serve.schema.json' with { type: 'json' }
import { SETTINGS } from '../src/cli/serve/settings.ts'
import type { Endpoint } from '../src/http/endpoint.ts'
import { HTTP_ERROR_CODES, type HttpErrorCode } from '../src/http/http-error.ts'
import { endpointsOf } from '../src/http/server.ts'

/** Every endpoint; none of them is asked anything here. */
const ENDPOINTS: readonly Endpoint[] = endpointsOf({} as Parameters<typeof endpointsOf>[0])

/** The rows of the operations of Clerk's, or of those that Clerk lacks. */
export function operationRows(isClerks: boolean): string[][] {
  return ENDPOINTS.filter((endpoint) => (endpoint.isClerks === true) === isClerks).map(
    ({ method, url, scope, summary }) => [code(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`), scope, summary],
  )
}

/** The rows of the codes of errors, by status. */
export function errorRows(): string[][] {
  const entries = Object.entries(HTTP_ERROR_CODES) as [HttpErrorCode, number][]
  const sorted = entries.sort(([a, statusA], [b, statusB]) => statusA - statusB || (a < b ? -1 : 1))
  return sorted.map(([name, status]) => [String(status), code(name), MEANINGS[name]])
}

/** The rows of the settings of `tenure serve`. */
export function settingRows(): string[][] {
  return SETTINGS.map(({ name, flag, hasFlag, variable, hasVariable, schema }) => {
    const shown = schema.default === undefined ? '' : code(JSON.stringify(schema.default))
    const description = serveSchema.properties[name].description
    return [code(name), hasFlag ? code(flag) : '', hasVariable ? code(variable) : '', shown, description]
  })
}

const MEANINGS: Readonly<Record<HttpErrorCode, string>> = {
  api_version_invalid: 'the API version is no date, is named twice, or lies before 2021-02-05',
  authentication_invalid: 'no key was presented',
  authorization_header_format_invalid: 'the header is not `Authorization: Bearer KEY`',
  clerk_key_invalid: 'the key is none of this service',
  client_not_found: 'the client that a token stands for is gone',
  clock_not_virtual: 'the clock of the service is real, and cannot be moved',
  cookie_invalid: 'a token is none of a client, or not in force',
  event_cursor_invalid: 'the cursor is none that this store gave',
  expired_session_token_invalid: 'refresh: the expired token is none of this session',
  expired_session_token_missing_azp: 'refresh: the expired token has no `azp`',
  expired_session_token_missing_sid: 'refresh: the expired token has no `sid`',
  form_identifier_exists: 'a session id that the caller chose is taken',
  form_param_missing: 'a parameter or member is missing; `meta.param_name` says which',
  form_param_type_invalid: 'a parameter or member has a wrong type',
  form_param_unknown: 'a member is unknown',
  form_param_value_invalid: 'a parameter or member has a value that is not allowed',
  form_param_value_too_large: 'a parameter or member is too large',
  header_too_large: 'the head of the request is larger than `headerLimit`',
  idempotency_key_in_use: 'a request with this key is under way; ask again',
  idempotency_key_invalid: 'the key is none',
  idempotency_key_reused: 'the key was used for another request',
  insufficient_scope: 'the key may only read',
  internal_clerk_error: 'a fault of the service; the trace id names it in the log',
  method_not_allowed: 'the address takes other methods; `Allow` names them',
  operation_deprecated: 'the operation is no more',
  precondition_failed: 'what is stored is not what `If-Match` or `If-None-Match` says',
  refresh_token_not_found: 'refresh: the refresh token is none of this session, or over',
  request_body_invalid: 'the body is no JSON object in UTF-8, or names a member twice',
  request_body_too_large: 'the body is larger than `bodyLimit`; a snapshot than 8 MiB',
  request_invalid: 'the request cannot be read: its address, its headers, its form',
  request_timeout: 'the request took longer than `requestTimeout` to arrive',
  resource_locked: 'others were changing it, each time; try again',
  resource_not_found: 'there is no such session, client, template or address; a session that is not live gets no token',
  service_unavailable: 'the store is away, or cannot be written; try again',
  session_creation_not_allowed: 'the policy allows the user no more sessions',
  session_exists: 'single-session mode, and the policy refuses a second session',
  session_refresh_expired_session_token_consumed: 'refresh: the expired token was exchanged before',
  session_refresh_expired_session_token_missing_iat: 'refresh: the expired token has no `iat`',
  session_refresh_expired_session_token_too_old: 'refresh: the expired token is older than `refreshWindow`',
  session_refresh_inactive_session: 'refresh: the session is not live',
  session_refresh_session_not_found: 'refresh: there is no such session',
  session_refresh_session_token_ineligible: 'refresh: the token is of an impersonation, or of another origin',
  snapshot_invalid: 'a snapshot is rejected; `meta.findings` says why',
  too_many_requests: 'the key, or the address, asks too often; `Retry-After` says how long to wait',
  unsupported_content_type: 'the body is not of a type that the operation takes',
  webhook_disabled: 'a redrive to an endpoint that is disabled; enable it first',
  webhook_limit_reached: 'there are as many endpoints, or secrets of one, as there can be',
  webhook_not_found: 'there is no such webhook endpoint',
  webhook_signature_invalid: 'a webhook is not signed, with another secret or over other bytes, or too long ago',
}

function code(text: string): string {
  return `\`${text}\``
}
