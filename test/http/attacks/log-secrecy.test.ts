import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { StoreError } from '../../../src/domain/errors.ts'
import type { Store } from '../../../src/store/port.ts'
import { openHttpService } from '../../support/http-service.ts'
import { eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const ORIGIN = 'https://app.example'
const USER = 'user_who_is_secret'

/** Everything that a service does, with the log that it wrote and what of it is secret. */
async function scenario(sessionIds: 'hashed' | 'plain') {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  const failing = { error: null as Error | null }
  const over = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        const isFailing = () => failing.error !== null && name !== 'listItems' && name !== 'close'
        return (...given: readonly unknown[]) =>
          isFailing() ? Promise.reject(failing.error) : Reflect.apply(member, target, given)
      },
    })
  const log = { stream, level: 'debug', sessionIds } as const
  await using http = await openHttpService(sqliteMemory(), { over, options: { log } })
  const { ask, key, readKey, url } = http
  const authorization = `Bearer ${key}`

  const { json: session } = await ask('POST', '/v1/sign_in', { user_id: USER })
  await ask('POST', '/v1/sign_in', { user_id: USER, actor: { sub: 'actor_secret' } })
  const idempotent = { 'idempotency-key': 'idempotency_secret' }
  await ask('POST', '/v1/sessions', { user_id: USER }, idempotent)
  await ask('POST', '/v1/sessions', { user_id: USER }, idempotent)
  await ask('POST', '/v1/sessions', { user_id: 'other' }, idempotent)
  const path = `/v1/sessions/${session.id}`
  const { json: plain } = await http.ask('POST', `${path}/tokens`)
  const { json: client } = await ask('POST', `/v1/clients/${session.client_id}/tokens`)
  const { json: cookies } = await ask('POST', `${path}/cookies`, { request_origin: ORIGIN })
  const cookie = (name: string) => cookies.cookies.find((each: string) => each.startsWith(name)).split(/[=;]/)[1]
  const [expired, refresh] = [cookie('__session='), cookie('__refresh=')]
  const body = { expired_token: expired, refresh_token: refresh, request_origin: ORIGIN, format: 'cookie' }
  const { json: next } = await ask('POST', `${path}/refresh`, body, {
    cookie: `__session=${expired}; __refresh=${refresh}`,
  })
  await ask('POST', '/v1/clients/verify', { token: client.jwt })
  // Where they do not belong.
  await ask('POST', '/v1/clients/verify', { token: refresh })
  await ask('POST', '/v1/clients/verify', client.jwt)
  await ask('GET', `/v1/sessions?token=${client.jwt}&user_id=${USER}`)
  await ask('GET', `/nowhere/${session.id}/${key}?token=${client.jwt}`)
  await ask('GET', `/v1/sessions/%zz${key}`)
  await ask('GET', '/v1/sessions', undefined, { authorization: `Basic ${readKey}` })
  await ask('PATCH', path, { secret: key })
  await ask('POST', `${path}/touch`, { asked_by: USER, [key]: key })
  await ask('POST', `${path}/touch`, `{"asked_by": ${key}`)
  await ask('PUT', `/v1/clients/${session.client_id}`, { id: session.client_id, key })
  await ask('POST', '/v1/clients/import', `{"id": "${key}\n`, { 'content-type': 'application/x-ndjson' })
  const etag = (await ask('GET', path)).headers.etag ?? ''
  await ask('GET', path, undefined, { 'if-none-match': etag })
  await ask('GET', `/v1/clients/${session.client_id}`)
  await ask('GET', `${path}/history`)
  await ask('POST', `/v1/users/${USER}/sessions/revoke`, { except: session.id })
  for (const error of [
    new StoreError('ERR_STORE_FAULT', 'a fault', { cause: new Error(key) }),
    new TypeError('a fault'),
  ]) {
    failing.error = error
    await ask('GET', path)
    await ask('POST', `/v1/clients/${session.client_id}/sign_in`, { user_id: USER }, { 'idempotency-key': key })
  }
  failing.error = null
  // What is no request, one that breaks off, and one whose caller is gone before its answer.
  await exchange(url, `GET ${path} HTTP/1.1\r\nAuthorization : ${authorization}\r\n\r\n`)
  await exchange(url, requestText('GET', path, { authorization, cookie: `${key}${'a'.repeat(20_000)}` }))
  await exchange(
    url,
    requestText('POST', '/v1/sign_in', { authorization, 'content-type': 'application/json' }, `"${key}"`),
  )
  for (const [text, wait] of [
    [requestText('POST', '/v1/sign_in', { authorization, 'content-length': '1000' }, `{"user_id":"${USER}"`), 50],
    [requestText('GET', `/v1/clients/export?token=${client.jwt}`, { authorization }), 0],
  ] as const) {
    using connection = await RawConnection.to(url)
    connection.write(text)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
  await eventually(() => written.some((line) => line.includes('/v1/clients/export')), 1_000)

  const jwts = [plain.jwt, client.jwt, expired, refresh, next.cookies.at(-1).split(/[=;]/)[1]] as readonly string[]
  const secrets = [
    key,
    readKey,
    'actor_secret',
    'idempotency_secret',
    ...jwts,
    ...jwts.map((jwt) => jwt.split('.')[2] ?? ''),
  ]
  const ids = { session: session.id, client: session.client_id, user: USER } as Readonly<Record<string, string>>
  return { text: written.join(''), secrets, ids }
}

function expectNone(text: string, values: readonly string[]): void {
  for (const value of values) {
    assert.ok(value.length >= 8)
    const line = text.split('\n').find((each) => each.includes(value))
    assert.equal(line, undefined, `a line of the log has ${value}`)
  }
}

test('the log of all that a service does has no key, no token, no cookie and no id in it', async () => {
  const { text, secrets, ids } = await scenario('hashed')
  expectNone(text, [...secrets, ...Object.values(ids)])
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const requests = lines.filter(({ msg }) => msg === 'request')
  assert.ok(requests.length > 30)
  for (const { session, client, user } of requests) {
    for (const id of [session, client, user]) if (id !== undefined) assert.match(id, /^[0-9a-f]{16}$/)
  }
  assert.ok(lines.some(({ msg }) => msg === 'fault'))
})

test('where ids are logged as they are, they are there, and no secret is', async () => {
  const { text, secrets, ids } = await scenario('plain')
  expectNone(text, secrets)
  for (const [name, id] of Object.entries(ids)) assert.ok(text.includes(`"${name}":"${id}"`), name)
})

test('an id stands in the log the same in every process, and otherwise in that of another store', async () => {
  const digestOf = (lines: readonly Record<string, unknown>[]) =>
    lines.filter(({ session }) => session).map((l) => l['session'])
  await using http = await openHttpService(sqliteMemory())
  const again = await http.again()
  await http.ask('GET', '/v1/sessions/sess_1')
  await again.app.inject({ url: '/v1/sessions/sess_1', headers: { authorization: `Bearer ${http.key}` } })
  assert.ok(await eventually(() => digestOf(http.logged()).length === 2))
  const [first, second] = digestOf(http.logged())
  assert.ok(first !== undefined && first === second)
  await using other = await openHttpService(sqliteMemory())
  await other.ask('GET', '/v1/sessions/sess_1')
  assert.ok(await eventually(() => digestOf(other.logged()).length === 1))
  assert.notEqual(digestOf(other.logged())[0], first)
})
