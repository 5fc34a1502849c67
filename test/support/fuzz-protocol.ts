/** Requests that break a rule which no schema has: keys, types of content, JSON itself, methods, addresses. */
import type { Chance } from './crash-chance.ts'
import type { Operation } from './fuzz-description.ts'
import type { FuzzRequest, Keys, Parts } from './fuzz-requests.ts'

/** One way to break a request. */
export interface ProtocolBreak {
  readonly rule: string
  readonly of: (parts: Parts, chance: Chance) => Parts
}

const withHeader = (parts: Parts, name: string, text: string): Parts => {
  return { ...parts, headers: { ...parts.headers, [name]: text } }
}

const withoutHeader = (parts: Parts, ...names: string[]): Parts => {
  return {
    ...parts,
    headers: Object.fromEntries(Object.entries(parts.headers).filter(([name]) => !names.includes(name))),
  }
}

const WRONG_KEYS = [
  'Bearer',
  'Bearer ',
  'Bearer sk_wrong',
  `Bearer ${'x'.repeat(513)}`,
  'Basic dXNlcjpwYXNz',
  'bearer a b',
  'Bearer "quoted"',
  'sk_without_a_scheme',
  '=',
]
const WRONG_VERSIONS = ['latest', '2020-01-01', '2026-13-01', '2026-05-12T00:00:00Z', '0', '2026-05-12, 2026-05-12']
const WRONG_TYPES = [
  'text/plain',
  'application/xml',
  'application/jsonx',
  'multipart/form-data; boundary=x',
  'json',
  '/',
]

/** Bytes that are no JSON object with members of one name each. */
const NO_JSON: readonly ((text: string, chance: Chance) => string | Buffer)[] = [
  (text) => text.slice(0, -1),
  (text) => `${text},`,
  (text) => `${text}${text}`,
  () => '{"a":1,}',
  () => '{"user_id":"a","user_id":"b"}',
  () => "{'user_id':'a'}",
  () => '{"user_id":NaN}',
  () => '{"user_id":"\\x"}',
  () => '{"user_id":"\u0001"}',
  () => '['.repeat(30_000),
  () => '{"a":'.repeat(10_000),
  () => '/* comment */ {}',
  () => ' ',
  // A member twice: `{` alone is no JSON either.
  (text) => text.replace(/^\{(?:("[^"]*":)|.*)/, (_, member?: string) => (member ? `{${member}null,${member}` : '{')),
  (text) => spoiledBytes(text, [0xff]),
  (text) => spoiledBytes(text, [0xed, 0xa0, 0x80]),
  (text) => Buffer.from(text, 'utf16le'),
  (_, chance) => Buffer.from([0, ...Array.from({ length: chance.below(64) }, () => chance.below(256))]),
]

/** A text as UTF-8, but for some bytes within its first value that is text: JSON by any reader that does not look. */
function spoiledBytes(text: string, bytes: readonly number[]): Buffer {
  const place = text.indexOf(':"') + 2
  if (place === 1) return Buffer.from([0x7b, 0x22, ...bytes, 0x22, 0x3a, 0x31, 0x7d])
  return Buffer.concat([Buffer.from(text.slice(0, place)), Buffer.from(bytes), Buffer.from(text.slice(place))])
}

const textOf = ({ body }: Parts) => {
  return body === null ? '{}' : 'json' in body ? JSON.stringify(body.json) : body.text.toString()
}

/** Every way to break a request for an operation. */
export function breakProtocol({ isKeyed, isWriting, body, method }: Operation, keys: Keys): readonly ProtocolBreak[] {
  const unkeyed: readonly ProtocolBreak[] = [
    { rule: 'has no key', of: (parts) => withoutHeader(parts, 'authorization') },
    { rule: 'has a wrong key', of: (parts, chance) => withHeader(parts, 'authorization', chance.one(WRONG_KEYS)) },
    {
      rule: 'has a wrong version',
      of: (parts, chance) => withHeader(parts, 'Clerk-API-Version', chance.one(WRONG_VERSIONS)),
    },
    {
      rule: 'has two versions',
      of: (parts) => {
        const both = withHeader(parts, 'Clerk-API-Version', '2026-05-12')
        return { ...both, query: [...both.query, ['__clerk_api_version', '2026-05-12']] }
      },
    },
  ]
  const unallowed = {
    rule: 'may not write',
    of: (parts: Parts) => withHeader(parts, 'authorization', `Bearer ${keys.read}`),
  }
  const unread: readonly ProtocolBreak[] = [
    {
      rule: 'is no JSON',
      of: (parts, chance) => ({ ...typed(parts), body: { text: chance.one(NO_JSON)(textOf(parts), chance) } }),
    },
    {
      rule: 'has a wrong type',
      of: (parts, chance) => withHeader(filled(parts), 'content-type', chance.one(WRONG_TYPES)),
    },
    { rule: 'has no type', of: (parts) => withoutHeader(filled(parts), 'content-type') },
    { rule: 'is too large', of: (parts) => ({ ...typed(parts), body: { json: { user_id: 'x'.repeat(70_000) } } }) },
  ]
  const empty = { rule: 'has no body', of: (parts: Parts) => ({ ...parts, body: null }) }
  return [
    ...(isKeyed ? unkeyed : []),
    ...(isWriting ? [unallowed] : []),
    ...(method === 'GET' ? [] : unread),
    ...(body?.isRequired === true ? [empty] : []),
  ]
}

const typed = (parts: Parts) => withHeader(parts, 'content-type', parts.headers['content-type'] ?? 'application/json')
const filled = (parts: Parts): Parts => ({ ...parts, body: parts.body ?? { text: '{}' } })

/** Whether a request that is broken so has to be refused: a stream of snapshots is refused line by line, and may be empty. */
export function isStrictlyBroken({ body, operationId }: Operation, { rule }: ProtocolBreak): boolean {
  if (operationId === 'importClients') return !['is no JSON', 'is too large', 'has no body'].includes(rule)
  // The size of a snapshot has a bound of its own.
  return !(rule === 'is too large' && body === null)
}

const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ['accept', 'image/png'],
  ['accept', ''],
  ['accept-encoding', 'gzip, br;q=0, *'],
  ['accept-charset', 'utf-16'],
  ['range', 'bytes=0-3'],
  ['if-none-match', '*'],
  ['if-none-match', '"1", W/"2" , *'],
  ['if-match', 'not a tag'],
  ['if-modified-since', 'never'],
  ['idempotency-key', ' '],
  ['cookie', '__session=x; =; ;;'],
  ['origin', 'null'],
  ['x-forwarded-for', '::1, "'],
  ['x-forwarded-host', 'evil.example'],
  ['x-http-method-override', 'DELETE'],
  ['x-request-id', "'; drop table"],
  ['request-id', 'x'.repeat(4000)],
  ['content-encoding', 'gzip'],
  ['accept-version', '2.0.0'],
  ['host', 'evil.example'],
  ['te', 'trailers'],
  ['upgrade-insecure-requests', '1'],
  ['\u0061'.repeat(200), 'x'],
]

const ODD_QUERIES: readonly (readonly [string, string])[] = [
  ['__proto__', '1'],
  ['constructor', 'x'],
  ['unknown', '\u0000'],
  ['limit[]', '1'],
  ['order_by', '-created_at'],
  ['__clerk_api_version', '2026-05-12'],
  ['', ''],
]

/** The same with headers, a query or a body that nothing is said of. */
export function oddOf(chance: Chance, parts: Parts): Parts {
  const [name, text] = chance.one(ODD_HEADERS)
  const headed = withHeader(parts, name, text)
  const asked = chance.below(3) === 0 ? { ...headed, query: [...headed.query, chance.one(ODD_QUERIES)] } : headed
  if (chance.below(4) > 0) return asked
  const bytes = Buffer.from(Array.from({ length: chance.below(200) }, () => chance.below(256)))
  return { ...asked, body: { text: bytes } }
}

const METHODS = ['HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PUT', 'POST', 'GET', 'TRACE', 'PROPFIND', 'SEARCH', 'QUERY']

/** The same by another method. */
export function withOddMethod(chance: Chance, request: FuzzRequest): FuzzRequest {
  const method = chance.one(METHODS)
  const isRight = method === request.method || (method === 'HEAD' && request.method === 'GET')
  const { payload: sent, ...rest } = request
  // Node sends none with these.
  const payload = ['HEAD', 'TRACE', 'GET'].includes(method) ? null : sent
  return { ...rest, payload, method, rule: isRight ? 'by its method' : `by ${method}`, kind: 'odd' }
}

const SPOILERS: readonly ((target: string) => string)[] = [
  (target) => `${target.split('?')[0]}/`,
  (target) => `/${target}`,
  (target) => target.replace('/v1', '/v2'),
  (target) => target.replace('/v1', '/V1'),
  (target) => `${target.split('?')[0]}/more`,
  (target) => `${target}%`,
  (target) => target.replace('/', '/%zz'),
  (target) => target.replace('/', '/%c0%af'),
  (target) => target.replaceAll('/', '%2F'),
  (target) => target.replace('/v1/', '/v1//'),
  (target) => `/v1/../v1/./${target.slice(1)}`,
  (target) => `/${'x'.repeat(3000)}${target}`,
  (target) => `${target};a=b`,
  (target) => `${target}#fragment`,
  () => '/',
  () => '*',
  () => '/v1',
  () => '/favicon.ico',
  () => '/v1/sessions//',
  () => '/v1/sessions/%00',
  () => `/v1/sessions/${'%F0%9F%98%80'.repeat(256)}`,
  () => '/v1/sessions?limit=%zz&offset=%00',
  () => `/v1/sessions?${'a=1&'.repeat(1500)}`,
]

/** The same at another address, which may be right by chance. */
export function oddPath(chance: Chance, request: FuzzRequest): FuzzRequest {
  return { ...request, target: chance.one(SPOILERS)(request.target), rule: 'at an odd address', kind: 'odd' }
}
