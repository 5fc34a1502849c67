import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { systemRandomness } from '../../../src/domain/randomness.ts'
import { Metrics } from '../../../src/http/metrics.ts'
import { endpointsOf } from '../../../src/http/server.ts'
import { isSameDigest, sha256 } from '../../../src/service/digest.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { overStores, sqliteMemory } from '../../support/stores.ts'

/** What is answered to whoever asks. */
const OPEN = [
  'GET /.well-known/jwks.json',
  'GET /docs',
  'GET /healthz',
  'GET /openapi.json',
  'GET /readyz',
  'POST /v1/ingest/clerk',
]

interface Asking {
  readonly authorization?: string
  readonly method?: string
  readonly path?: string
  /** Whoever fails too often is turned away by the address, so that tests come from several. */
  readonly from?: string
}

async function asked({ service }: Pick<OpenedHttp, 'service'>, asking: Asking) {
  const { authorization, method = 'GET', path = '/v1/sessions', from = '192.0.2.1' } = asking
  const headers = authorization === undefined ? {} : { authorization }
  const response = await service.app.inject({ method: method as 'GET', url: path, headers, remoteAddress: from })
  const errors = response.body.startsWith('{"errors"') ? response.json().errors : []
  return { status: response.statusCode, code: errors[0]?.code as string | undefined, headers: response.headers }
}

/** What is asked for by a method that could change something, and changes nothing. */
const READING = ['POST /v1/clients/verify', 'POST /v1/ingest/clerk', 'POST /v1/sessions/:session_id/verify']

/** Every endpoint, its parameters filled in. */
function endpointsIn({ service, store, clock }: OpenedHttp) {
  const clocks = { clock, wall: clock, virtualTime: null }
  const off = { ingestClerk: null, webhooks: null }
  const parts = { randomness: systemRandomness, metrics: new Metrics(store, false), ...clocks, ...off }
  const described = { issuer: '', version: '' }
  return endpointsOf({ ...service, store, ...parts, described }).map(({ method, url, scope }) => {
    return { method, url, scope, path: url.replaceAll(/:\w+/g, 'x_1') }
  })
}

test('every address but the open ones is answered with a key only, by HEAD too', async () => {
  await using http = await openHttpService(sqliteMemory())
  // A stream ends as soon as it has begun.
  http.service.feed.close()
  const endpoints = endpointsIn(http)
  const open = endpoints.filter(({ scope }) => scope === 'none').map(({ method, url }) => `${method} ${url}`)
  assert.deepEqual(open.sort(), OPEN)
  for (const { method, path, scope } of endpoints) {
    const methods = method === 'GET' ? ['GET', 'HEAD'] : [method]
    for (const each of methods) {
      const { status, headers } = await asked(http, { method: each, path })
      const isRefused = status === 401
      assert.equal(isRefused, scope !== 'none', `${each} ${path}`)
      if (isRefused) assert.equal(headers['www-authenticate'], 'Bearer', `${each} ${path}`)
    }
  }
})

test('a key that may only read is refused at everything that writes, before its body is looked at', async () => {
  await using http = await openHttpService(sqliteMemory())
  http.service.feed.close()
  const authorization = `Bearer ${http.readKey}`
  const endpoints = endpointsIn(http)
  const reading = endpoints.filter(({ method, scope }) => method !== 'GET' && scope !== 'write')
  assert.deepEqual(reading.map(({ method, url }) => `${method} ${url}`).sort(), READING)
  for (const { method, path, scope } of endpoints) {
    const { status, code } = await asked(http, { authorization, method, path })
    assert.equal(status === 403, scope === 'write', `${method} ${path}`)
    if (status === 403) assert.equal(code, 'insufficient_scope')
  }
})

test('an Authorization header is a bearer key of 1 to 512 printable characters, or refused by its fault', async () => {
  await using http = await openHttpService(sqliteMemory())
  const { key } = http
  const codes = {
    [`Basic ${key}`]: 'authorization_header_format_invalid',
    [key]: 'authorization_header_format_invalid',
    Bearer: 'authorization_header_format_invalid',
    'Bearer ': 'authorization_header_format_invalid',
    [`Bearer${key}`]: 'authorization_header_format_invalid',
    [`Bearer ${key} more`]: 'authorization_header_format_invalid',
    [`Bearer ${key},Bearer ${key}`]: 'authorization_header_format_invalid',
    [`Bearer ${key},${key}`]: 'clerk_key_invalid',
    [`Bearer ${'a'.repeat(512)}`]: 'clerk_key_invalid',
    [`Bearer ${'a'.repeat(513)}`]: 'authorization_header_format_invalid',
    [`Bearer ${key.slice(0, -1)}`]: 'clerk_key_invalid',
    [`Bearer ${key}a`]: 'clerk_key_invalid',
    [`Bearer ${key.toUpperCase()}`]: 'clerk_key_invalid',
    [`Bearer ${sha256(key)}`]: 'clerk_key_invalid',
    'Bearer kéy': 'authorization_header_format_invalid',
  }
  for (const [authorization, expected] of Object.entries(codes)) {
    const { status, code } = await asked(http, { authorization })
    assert.deepEqual([status, code], [401, expected], authorization.slice(0, 40))
  }
  assert.equal((await asked(http, {})).code, 'authentication_invalid')
  for (const scheme of ['Bearer ', 'bearer ', 'BEARER   ']) {
    assert.equal((await asked(http, { authorization: scheme + key })).status, 200)
  }
})

test('a key that another process removes works for less than five seconds more', async () => {
  await using http = await openHttpService(sqliteMemory())
  const { apiKeys } = await http.again()
  const authorization = `Bearer ${http.readKey}`
  assert.equal((await asked(http, { authorization })).status, 200)
  assert.equal(await apiKeys.remove('reader'), true)
  http.clock.advanceBy(4_999)
  await asked(http, { authorization: `Bearer ${http.key}` })
  http.clock.advanceBy(1)
  assert.equal((await asked(http, { authorization })).code, 'clerk_key_invalid')
})

test('a key that was renewed works, and the one before it does not', async () => {
  await using http = await openHttpService(sqliteMemory())
  const renewed = await http.service.apiKeys.renew('reader', 'read', systemRandomness)
  assert.equal((await asked(http, { authorization: `Bearer ${renewed}` })).status, 200)
  assert.equal((await asked(http, { authorization: `Bearer ${http.readKey}` })).status, 401)
})

test('a key that another process adds works at once', async () => {
  await using http = await openHttpService(sqliteMemory())
  assert.equal((await asked(http, { authorization: `Bearer ${http.key}` })).status, 200)
  const { apiKeys } = await http.again()
  const added = await apiKeys.add('new', 'read', systemRandomness)
  assert.equal((await asked(http, { authorization: `Bearer ${added}` })).status, 200)
})

test('a key that is added while the keys are being read works at once, too', async () => {
  const held = { release: () => {}, isHeld: false }
  const over = (store: OpenedHttp['store']) =>
    interposedStore(store, {
      async listItems(kind) {
        const items = await store.listItems(kind)
        if (kind === 'api-key' && held.isHeld) await new Promise<void>((resolve) => (held.release = resolve))
        return items
      },
    })
  await using http = await openHttpService(sqliteMemory(), { over })
  held.isHeld = true
  const first = asked(http, { authorization: 'Bearer nobodys' })
  await new Promise((resolve) => setImmediate(resolve))
  const added = await http.service.apiKeys.add('new', 'read', systemRandomness)
  const second = asked(http, { authorization: `Bearer ${added}` })
  await new Promise((resolve) => setImmediate(resolve))
  held.isHeld = false
  held.release()
  assert.equal((await first).status, 401)
  assert.equal((await second).status, 200)
})

test('keys that were configured work beside those in the store, each with what it may', async () => {
  const configured = [
    { name: 'front', scope: 'read', sha256: sha256('front-key'), createdAt: null },
    { name: 'cut-off', scope: 'write', sha256: sha256('cut-off-key').slice(0, 63), createdAt: null },
    { name: 'empty', scope: 'write', sha256: '', createdAt: null },
  ] as const
  await using http = await openHttpService(sqliteMemory(), { options: { apiKeys: configured } })
  assert.equal((await asked(http, { authorization: 'Bearer front-key' })).status, 200)
  assert.equal((await asked(http, { authorization: 'Bearer front-key', method: 'POST' })).status, 403)
  assert.equal((await asked(http, { authorization: `Bearer ${http.key}` })).status, 200)
  assert.equal((await asked(http, { authorization: 'Bearer cut-off-key' })).status, 401)
  assert.equal(await http.service.apiKeys.add('front', 'write', systemRandomness), null)
})

test('an address that fails 100 times in ten seconds is told to wait, and whoever has a key is let in from it', async () => {
  await using http = await openHttpService(sqliteMemory())
  const from = '198.51.100.7'
  for (let failure = 1; failure <= 100; failure += 1) {
    const { status } = await asked(http, { from, ...(failure % 2 === 0 ? { authorization: 'Bearer wrong' } : {}) })
    assert.equal(status, 401, `failure ${failure}`)
  }
  const refused = await asked(http, { from, authorization: 'Bearer wrong' })
  assert.deepEqual([refused.status, refused.code], [429, 'too_many_requests'])
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 10, `Retry-After: ${seconds}`)
  assert.equal((await asked(http, { from, authorization: `Bearer ${http.key}` })).status, 200)
  assert.equal((await asked(http, { from: '198.51.100.8', authorization: 'Bearer wrong' })).status, 401)
  assert.equal((await asked(http, { from, path: '/healthz' })).status, 200)
})

test('digests of unequal lengths differ, and equal ones are the same', () => {
  const digest = sha256('a')
  assert.equal(isSameDigest(digest, sha256('a')), true)
  assert.equal(isSameDigest(digest, sha256('b')), false)
  assert.equal(isSameDigest(digest, digest.slice(0, -1)), false)
  assert.equal(isSameDigest(digest, `${digest}0`), false)
  assert.equal(isSameDigest(digest, ''), false)
  assert.equal(isSameDigest('é'.repeat(32), digest), false)
})

overStores((kind) => {
  test('a key is nowhere in the store, only its digest', async () => {
    await using http = await openHttpService(kind)
    const { store, key, readKey, opened } = http
    assert.equal((await asked(http, { authorization: `Bearer ${key}` })).status, 200)
    const kinds = ['api-key', 'signing-key', 'log-salt', 'idempotency', 'consumed-token']
    const items = await Promise.all(kinds.map((each) => store.listItems(each)))
    const path = opened.url.slice('sqlite:'.length)
    const files = [path, `${path}-wal`].filter((file) => file.startsWith('/') && existsSync(file))
    const kept = [JSON.stringify(items), ...files.map((file) => readFileSync(file, 'latin1'))]
    assert.ok(kept[0]?.includes(sha256(key)), 'the digest is not where it is looked for')
    for (const secret of [key, readKey, key.slice('sk_tenure_'.length)]) {
      for (const text of kept) assert.ok(!text.includes(secret))
    }
  })
})
