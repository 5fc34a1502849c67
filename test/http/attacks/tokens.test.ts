import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { verifyToken } from '@clerk/backend'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { DAY } from '../../support/sessions.ts'
import { sqliteMemory } from '../../support/stores.ts'

const ORIGIN = 'https://app.example'

type Json = Readonly<Record<string, unknown>>

/** A genuine token, and what an attacker or a test may make of it. */
interface Material {
  readonly token: string
  readonly header: Json
  readonly claims: Json
  /** The service's own key, which a test has and no attacker. */
  readonly key: KeyObject
  readonly jwk: Json
  readonly now: number
}

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const strangersJwk = stranger.publicKey.export({ format: 'jwk' })

const encoded = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const decoded = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())

/** A token of these parts: signed with RSA by the service's key, or by another. */
function signed(header: unknown, claims: unknown, key: KeyObject, hash = 'sha256'): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  return `${input}.${sign(hash, Buffer.from(input), key).toString('base64url')}`
}

function signedBySecret({ header, claims }: Material, secret: string | Buffer): string {
  const input = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const pem = ({ key }: Material) => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
const parts = ({ token }: Material) => token.split('.') as [string, string, string]
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** What is no token of ours any more, whichever token it was made of. */
const FORGERIES: Readonly<Record<string, (genuine: Material) => string>> = {
  'without an algorithm': ({ header, claims }) => `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
  'without an algorithm, in capitals': ({ header, claims }) =>
    `${encoded({ ...header, alg: 'NONE' })}.${encoded(claims)}.`,
  'without an algorithm, with the old signature': (each) => {
    return `${encoded({ ...each.header, alg: 'none' })}.${parts(each)[1]}.${parts(each)[2]}`
  },
  'signed with the public key as a PEM for a secret': (each) => signedBySecret(each, pem(each)),
  'signed with the public key as a PEM without its last line feed': (each) => signedBySecret(each, pem(each).trim()),
  'signed with the modulus for a secret': (each) => signedBySecret(each, String(each.jwk['n'])),
  'signed with the bytes of the modulus for a secret': (each) =>
    signedBySecret(each, Buffer.from(String(each.jwk['n']), 'base64url')),
  'signed with nothing for a secret': (each) => signedBySecret(each, ''),
  'RS512 by our own key': ({ header, claims, key }) => signed({ ...header, alg: 'RS512' }, claims, key, 'sha512'),
  "a stranger's, under our kid": ({ header, claims }) => signed(header, claims, stranger.privateKey),
  "a stranger's, with its key in the header": ({ header, claims }) =>
    signed({ ...header, jwk: strangersJwk }, claims, stranger.privateKey),
  "a stranger's, with its key in the header and no kid": ({ header: { kid: _, ...header }, claims }) =>
    signed({ ...header, jwk: strangersJwk }, claims, stranger.privateKey),
  "a stranger's, with an address of its keys": ({ header, claims }) =>
    signed({ ...header, jku: 'http://127.0.0.1:1/jwks.json' }, claims, stranger.privateKey),
  'of another kid': ({ header, claims, key }) => signed({ ...header, kid: 'ins_other' }, claims, key),
  'of a kid that is a path': ({ header, claims, key }) => signed({ ...header, kid: '../../dev/null' }, claims, key),
  'of a kid that every object has': ({ header, claims, key }) => signed({ ...header, kid: '__proto__' }, claims, key),
  'of a kid that is SQL': ({ header, claims, key }) => signed({ ...header, kid: "' OR 1=1 --\u0000" }, claims, key),
  'of a kid that is a number': ({ header, claims, key }) => signed({ ...header, kid: 1 }, claims, key),
  'of no kid': ({ header: { kid: _, ...header }, claims, key }) => signed(header, claims, key),
  'with an extension that has to be understood': ({ header, claims, key }) =>
    signed({ ...header, crit: ['urn:other'], 'urn:other': true }, claims, key),
  'with an empty list of extensions': ({ header, claims, key }) => signed({ ...header, crit: [] }, claims, key),
  'with another payload': (each) => `${parts(each)[0]}.${encoded({ ...each.claims, more: 1 })}.${parts(each)[2]}`,
  'with a signature cut short': ({ token }) => token.slice(0, -8),
  'with a signature of zeros': (each) => `${parts(each)[0]}.${parts(each)[1]}.${encoded('\0'.repeat(256))}`,
  'with no signature': (each) => `${parts(each)[0]}.${parts(each)[1]}.`,
  'with its parts in another order': (each) => `${parts(each)[1]}.${parts(each)[0]}.${parts(each)[2]}`,
  'of four parts': ({ token }) => `${token}.a`,
  'of five parts, as an encrypted one': ({ token }) => `${token}.a.b`,
  'of another issuer': ({ header, claims, key }) => signed(header, { ...claims, iss: 'https://other.example' }, key),
  'of no issuer': ({ header, claims: { iss: _, ...claims }, key }) => signed(header, claims, key),
  'of a type in capitals': ({ header, claims, key }) => signed({ ...header, typ: `${header['typ']}!` }, claims, key),
  'of no type': ({ header: { typ: _, ...header }, claims, key }) => signed(header, claims, key),
  'with text for a payload': ({ header, key }) => signed(header, 'not JSON', key),
  'with bytes for a payload': ({ header, key }) => signed(header, '\u{FFFD}\0', key),
  'with a list for a payload': ({ header, key }) => signed(header, [], key),
  'with null for a payload': ({ header, key }) => signed(header, 'null', key),
  'with a payload nested 5,000 levels deep': ({ header, key }) => signed(header, nested(5_000), key),
  'with a header nested 5,000 levels deep': (each) => `${encoded(nested(5_000))}.${parts(each)[1]}.${parts(each)[2]}`,
  'with a header that is a text': (each) => `${encoded('"RS256"')}.${parts(each)[1]}.${parts(each)[2]}`,
  'larger than any': ({ header, claims, key }) => signed(header, { ...claims, more: 'a'.repeat(16_384) }, key),
  'of 60,000 characters': () => 'a'.repeat(60_000),
  'of other characters': ({ token }) => `${token.slice(0, -1)}é`,
  nothing: () => '',
  dots: () => '..',
  'a key of the service': () => 'sk_tenure_a',
}

interface Held {
  readonly http: OpenedHttp
  readonly session: { readonly id: string; readonly client_id: string }
  readonly tokens: {
    readonly client: string
    readonly session: string
    readonly refresh: string
    readonly plain: string
  }
}

async function held(): Promise<Held & AsyncDisposable> {
  const http = await openHttpService(sqliteMemory())
  const { json: session } = await http.ask('POST', '/v1/sign_in', { user_id: 'user_1' })
  const path = `/v1/sessions/${session.id}`
  const { json: client } = await http.ask('POST', `/v1/clients/${session.client_id}/tokens`)
  const { json: plain } = await http.ask('POST', `${path}/tokens`)
  const { json: cookies } = await http.ask('POST', `${path}/cookies`, { request_origin: ORIGIN })
  const cookie = (name: string) => cookies.cookies.find((each: string) => each.startsWith(name)).split(/[=;]/)[1]
  const tokens = { client: client.jwt, session: cookie('__session='), refresh: cookie('__refresh='), plain: plain.jwt }
  return { http, session, tokens, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() }
}

async function materialOf({ http }: Held, token: string): Promise<Material> {
  const [item] = await http.store.listItems('signing-key')
  const { privateKey, publicKey } = JSON.parse(item?.value ?? '')
  const key = createPrivateKey({ key: privateKey, format: 'jwk' })
  const [header, claims] = token.split('.').map((part, index) => (index < 2 ? decoded(part) : {}))
  return { token, header: header as Json, claims: claims as Json, key, jwk: publicKey, now: http.clock.now() }
}

/** What is said of a token at each place that takes one. */
async function verified({ http }: Held, token: string) {
  const { status, json } = await http.ask('POST', '/v1/clients/verify', { token })
  return [status, json?.errors?.[0].code ?? json?.id]
}

async function refreshed(
  { http, session, tokens }: Held,
  given: { readonly expired?: string; readonly refresh?: string },
) {
  const { expired = tokens.session, refresh = tokens.refresh } = given
  const body = { expired_token: expired, refresh_token: refresh, request_origin: ORIGIN }
  const { status, json } = await http.ask('POST', `/v1/sessions/${session.id}/refresh`, body)
  return [status, json?.errors?.[0].code ?? json?.object]
}

const INVALID = [400, 'cookie_invalid']
const NOT_REFRESH = [401, 'refresh_token_not_found']

test('no forged token stands for a client, and the genuine one does', async () => {
  await using all = await held()
  const genuine = await materialOf(all, all.tokens.client)
  for (const [what, forge] of Object.entries(FORGERIES)) {
    assert.deepEqual(await verified(all, forge(genuine)), INVALID, what)
  }
  assert.deepEqual(await verified(all, signed(genuine.header, genuine.claims, genuine.key)), [
    200,
    all.session.client_id,
  ])
})

test('no forged token is refreshed or refreshed with, and the genuine ones are', async () => {
  await using all = await held()
  const [session, refresh] = [await materialOf(all, all.tokens.session), await materialOf(all, all.tokens.refresh)]
  for (const [what, forge] of Object.entries(FORGERIES)) {
    const expired = await refreshed(all, { expired: forge(session) })
    assert.deepEqual(expired, [401, 'expired_session_token_invalid'], `expired token ${what}`)
    assert.deepEqual(await refreshed(all, { refresh: forge(refresh) }), NOT_REFRESH, `refresh token ${what}`)
  }
  assert.deepEqual(await refreshed(all, {}), [200, 'token'])
})

test('a token of one kind is no token of another', async () => {
  await using all = await held()
  const { client, session, refresh, plain } = all.tokens
  for (const token of [session, refresh, plain]) assert.deepEqual(await verified(all, token), INVALID)
  for (const token of [session, client, plain]) assert.deepEqual(await refreshed(all, { refresh: token }), NOT_REFRESH)
  for (const token of [refresh, client]) {
    assert.deepEqual(await refreshed(all, { expired: token }), [401, 'expired_session_token_invalid'])
  }
  assert.deepEqual(await refreshed(all, { expired: plain }), [401, 'expired_session_token_missing_azp'])
})

test("tokens of another session, and an origin that is not the token's, are refused", async () => {
  await using all = await held()
  const other = await all.http.ask('POST', '/v1/sign_in', { user_id: 'user_2' })
  const path = `/v1/sessions/${other.json.id}`
  const body = { expired_token: all.tokens.session, refresh_token: all.tokens.refresh, request_origin: ORIGIN }
  const crossed = await all.http.ask('POST', `${path}/refresh`, body)
  assert.equal(crossed.json.errors[0].code, 'expired_session_token_invalid')
  const elsewhere = { ...body, request_origin: `${ORIGIN}.evil` }
  const moved = await all.http.ask('POST', `/v1/sessions/${all.session.id}/refresh`, elsewhere)
  assert.equal(moved.json.errors[0].code, 'session_refresh_session_token_ineligible')
  const { json: cookies } = await all.http.ask('POST', `${path}/cookies`, { request_origin: ORIGIN })
  const others = cookies.cookies.find((each: string) => each.startsWith('__refresh=')).split(/[=;]/)[1]
  assert.deepEqual(await refreshed(all, { refresh: others }), NOT_REFRESH)
  // Of the same user: all that keeps the two apart is the session.
  const { json: own } = await all.http.ask('POST', '/v1/sign_in', { user_id: 'user_1' })
  const { json: owns } = await all.http.ask('POST', `/v1/sessions/${own.id}/cookies`, { request_origin: ORIGIN })
  const refresh = owns.cookies.find((each: string) => each.startsWith('__refresh=')).split(/[=;]/)[1]
  const mixed = await all.http.ask('POST', `/v1/sessions/${own.id}/refresh`, { ...body, refresh_token: refresh })
  assert.equal(mixed.json.errors[0].code, 'expired_session_token_invalid')
})

test("a client's token is in force until the second before its exp, and from its nbf on", async () => {
  await using all = await held()
  const { http, session } = all
  const { json } = await http.ask('POST', `/v1/clients/${session.client_id}/tokens`, { expires_in_seconds: 60 })
  const genuine = await materialOf(all, json.jwt)
  const exp = Number(genuine.claims['exp'])
  const again = (claims: Json) => verified(all, signed(genuine.header, { ...genuine.claims, ...claims }, genuine.key))
  const seconds = Math.floor(http.clock.now() / 1000)
  assert.deepEqual(await again({ nbf: seconds + 1 }), INVALID)
  assert.deepEqual(await again({ nbf: seconds }), [200, session.client_id])
  for (const bad of [undefined, null, String(exp), '9e99', true]) assert.deepEqual(await again({ exp: bad }), INVALID)
  http.clock.advanceTo(exp * 1000 - 1)
  assert.deepEqual(await verified(all, json.jwt), [200, session.client_id])
  http.clock.advanceTo(exp * 1000)
  assert.deepEqual(await verified(all, json.jwt), INVALID)
})

test("an expired refresh token, at exactly the session's deadline, refreshes nothing", async () => {
  await using all = await held()
  const { claims } = await materialOf(all, all.tokens.refresh)
  all.http.clock.advanceTo(Number(claims['exp']) * 1000)
  const [status] = await refreshed(all, {})
  assert.equal(status, 401)
})

test('what a removed key has signed is refused, and what a retired one has signed is not', async () => {
  await using all = await held()
  const { http, tokens } = all
  const { keys } = http.service.tokens
  const kid = String((await materialOf(all, tokens.client)).header['kid'])
  http.clock.advanceBy(1000)
  await keys.rotate(http.clock.now(), true)
  assert.deepEqual(await verified(all, tokens.client), [200, all.session.client_id])
  // Another process may sign with it for five seconds.
  http.clock.advanceBy(5000)
  assert.equal(await keys.remove(kid, http.clock.now()), true)
  assert.deepEqual(await verified(all, tokens.client), INVALID)
  assert.deepEqual(await refreshed(all, {}), [401, 'expired_session_token_invalid'])
})

test('what a key has signed that another process removed is refused within five seconds, by one that signs nothing', async () => {
  await using all = await held()
  const { http, tokens } = all
  const { keys } = (await http.again()).tokens
  const kid = String((await materialOf(all, tokens.client)).header['kid'])
  http.clock.advanceBy(1000)
  await keys.rotate(http.clock.now(), true)
  // Another process may sign with it for five seconds.
  http.clock.advanceBy(5000)
  assert.equal(await keys.remove(kid, http.clock.now()), true)
  http.clock.advanceBy(5000)
  assert.deepEqual(await verified(all, tokens.client), INVALID)
})

test("the real @clerk/backend takes a session's token, and neither a client's nor a refresh token for one", async () => {
  await using all = await held()
  const jwtKey = pem(await materialOf(all, all.tokens.session))
  // Its clock is the machine's.
  const options = { jwtKey, clockSkewInMs: 36_500 * DAY }
  const { sub } = await verifyToken(all.tokens.session, options)
  assert.equal(sub, 'user_1')
  for (const token of [all.tokens.client, all.tokens.refresh]) await assert.rejects(verifyToken(token, options))
})
