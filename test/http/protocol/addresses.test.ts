import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openHttpService } from '../../support/http-service.ts'
import { eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const http = await openHttpService(sqliteMemory())
after(() => http[Symbol.asyncDispose]())
const { ask, url, key } = http
const authorization = `Bearer ${key}`
await ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })

async function asked(path: string, method = 'GET') {
  const { status, headers, text } = await exchange(url, requestText(method, path, { authorization }))
  const code = text.startsWith('{"errors"') ? JSON.parse(text).errors[0].code : null
  return { status, code, type: headers['content-type'], text }
}

test('an address that cannot be decoded is answered 400, wherever the fault is in it', async () => {
  const bad = ['%', '%2', '%zz', '%u0041', '%ED%A0%80', '%C0%AF', '%FF', 'a%', '%F0%9F%98']
  for (const each of bad) {
    for (const path of [`/v1/sessions/${each}`, `/v1/sessions/${each}/history`, `/v1/clients/${each}`, `/${each}`]) {
      const { status, code, type } = await asked(path)
      assert.deepEqual([status, code], path === `/${each}` ? [status, code] : [400, 'request_invalid'], path)
      assert.ok(status === 400 || status === 404, path)
      assert.equal(type, 'application/json', path)
    }
  }
})

test('an address that cannot be decoded is logged, as any request is', async () => {
  const before = http.logged().length
  assert.equal((await asked('/v1/sessions/%zz')).status, 400)
  const isLogged = () =>
    http
      .logged()
      .slice(before)
      .some(({ msg, status }) => msg === 'request' && status === 400)
  assert.ok(await eventually(isLogged, 500))
})

test('a query that cannot be decoded is what it says, and no fault', async () => {
  for (const query of [
    'user_id=%',
    'user_id=%zz',
    'user_id=%ED%A0%80',
    '%=%',
    '&&&',
    '=',
    '?',
    'user_id',
    '#',
    '[]=1&a[b]=c',
  ]) {
    assert.equal((await asked(`/v1/sessions?${query}`)).status, 200, query)
  }
  assert.equal((await asked('/v1/sessions?limit=%')).status, 422)
})

test('an id of 255 characters of four bytes each is found by its address, and a longer one is nobody', async () => {
  const id = '😀'.repeat(255)
  const { status } = await ask('POST', '/v1/sign_in', { user_id: id, session_id: id })
  assert.equal(status, 200)
  const path = `/v1/sessions/${encodeURIComponent(id)}`
  assert.equal((await asked(path)).status, 200)
  assert.equal((await asked(`${path}/touch`, 'POST')).status, 200)
  for (const longer of [`${path}a`, `${path}${encodeURIComponent('😀')}`, `/v1/sessions/${'a'.repeat(12_000)}`]) {
    const { status: refused, type } = await asked(longer)
    assert.ok([400, 404, 414].includes(refused), String(refused))
    assert.equal(type, 'application/json')
  }
  assert.equal((await ask('POST', '/v1/sign_in', { user_id: `${id}😀` })).status, 422)
})

test('an address is one address: no slash, dot or capital more leads to the same', async () => {
  assert.equal((await asked('/v1/sessions')).status, 200)
  const others = [
    '/v1/sessions/',
    '//v1/sessions',
    '/v1//sessions',
    '/v1/./sessions',
    '/v1/../v1/sessions',
    '/V1/sessions',
  ]
  for (const path of [
    ...others,
    '/v1/sessions/sess_1/',
    '/v1/sessions/sess_1/../sess_1',
    '/v1/sessions/sess_1;a=b',
    '/v1/sessions%2Fsess_1',
    '/healthz/',
    '/healthz%00',
    '/docs/..',
  ]) {
    const { status, code, type } = await asked(path)
    assert.deepEqual([status, code, type], [404, 'resource_not_found', 'application/json'], path)
  }
  const { status } = await asked('/v1/sessions/sess_1#fragment')
  assert.ok(status === 200 || status === 404 || status === 400)
})

test('an address with nothing where an id belongs is that of nobody, whatever is asked', async () => {
  for (const [method, path] of [
    ['GET', '/v1/sessions/'],
    ['GET', '/v1/sessions//history'],
    ['POST', '/v1/sessions//touch'],
    ['POST', '/v1/sessions//revoke'],
    ['POST', '/v1/sessions//tokens'],
    ['GET', '/v1/clients/'],
    ['POST', '/v1/clients//tokens'],
  ] as const) {
    assert.equal((await asked(path, method)).status, 404, `${method} ${path}`)
  }
  const signIn = await ask('POST', '/v1/clients//sign_in', { user_id: 'user_1' })
  assert.equal(signIn.status, 404)
})

test('an address in full is taken as its path, and an asterisk as none', async () => {
  assert.equal((await asked('http://elsewhere.example/healthz')).status, 200)
  const { status, type } = await exchange(url, requestText('OPTIONS', '*')).then((answer) => ({
    status: answer.status,
    type: answer.headers['content-type'],
  }))
  assert.ok([400, 404, 405].includes(status))
  assert.equal(type, 'application/json')
})

test('a parameter that is given twice is refused, and one that nobody knows is not looked at', async () => {
  for (const name of ['limit', 'offset', 'paginated', 'status', 'user_id', 'client_id']) {
    const value = { limit: '1', offset: '1', paginated: 'true', status: 'active' }[name] ?? 'a'
    assert.equal((await asked(`/v1/sessions?${name}=${value}`)).status, 200, name)
    assert.equal((await asked(`/v1/sessions?${name}=${value}&${name}=${value}`)).status, 422, name)
  }
  const version = '__clerk_api_version=2026-05-12'
  assert.equal((await asked(`/v1/sessions?${version}`)).status, 200)
  assert.equal((await asked(`/v1/sessions?${version}&${version}`)).status, 400)
  for (const unknown of ['a=b', '__proto__=a', 'constructor=a', 'a=1&a=2']) {
    assert.equal((await asked(`/v1/sessions?${unknown}`)).status, 200, unknown)
  }
})

test('numbers in a query are whole, and within their bounds', async () => {
  const bad = [
    '0',
    '-1',
    '501',
    '1.5',
    'NaN',
    'Infinity',
    '1e999',
    'null',
    'true',
    '',
    '%20',
    '1%00',
    '９',
    '1,2',
    '{}',
  ]
  for (const limit of bad) {
    const { status } = await asked(`/v1/sessions?limit=${encodeURI(limit).replaceAll('%25', '%')}`)
    assert.equal(status, 422, JSON.stringify(limit))
  }
  assert.equal((await asked('/v1/sessions?limit=500&offset=9007199254740991')).status, 200)
  assert.equal((await asked('/v1/sessions?offset=9007199254740992')).status, 422)
  assert.equal((await asked('/v1/sessions/sess_1/history?after=9007199254740991')).status, 200)
})

test('every answer that is JSON has exactly that type, whatever it says', async () => {
  const json = { authorization, 'content-type': 'application/json' }
  const asking: readonly (readonly [status: number, text: string])[] = [
    [200, requestText('GET', '/v1/sessions/sess_1', { authorization })],
    [200, requestText('GET', '/healthz')],
    [200, requestText('GET', '/openapi.json')],
    [200, requestText('GET', '/.well-known/jwks.json')],
    [200, requestText('POST', '/v1/sessions', { ...json, 'idempotency-key': 'a' }, '{"user_id":"user_1"}')],
    [400, requestText('POST', '/v1/sessions', json, '{')],
    [400, requestText('GET', '/v1/sessions/%', { authorization })],
    [400, requestText('GET', `/v1/sessions/${'a'.repeat(4_000)}`, { authorization })],
    [401, requestText('GET', '/v1/sessions')],
    [403, requestText('POST', '/v1/sessions', { authorization: `Bearer ${http.readKey}` })],
    [404, requestText('GET', '/nowhere')],
    [405, requestText('PATCH', '/v1/sessions')],
    [410, requestText('POST', '/v1/sessions/sess_1/verify', { authorization })],
    [412, requestText('PUT', '/v1/clients/client_1', { ...json, 'if-match': '"1"' }, clientText())],
    [413, requestText('POST', '/v1/sessions', json, 'a'.repeat(70_000))],
    [415, requestText('POST', '/v1/sessions', { ...json, 'content-type': 'text/plain' }, 'a')],
    [422, requestText('POST', '/v1/sessions', json, '{}')],
    [431, requestText('GET', '/healthz', { a: 'a'.repeat(17_000) })],
  ]
  for (const [status, text] of asking) {
    const answer = await exchange(url, text)
    assert.equal(answer.status, status, text.slice(0, 60))
    assert.equal(answer.headers['content-type'], 'application/json', `${status} ${text.slice(0, 60)}`)
    JSON.parse(answer.text)
  }
  using connection = await RawConnection.to(url)
  connection.write(requestText('GET', '/v1/sessions/sess_1', { authorization }))
  const { headers } = await connection.answer()
  connection.write(requestText('GET', '/v1/sessions/sess_1', { authorization, 'if-none-match': headers['etag'] ?? '' }))
  const unchanged = await connection.answer()
  assert.equal(unchanged.status, 304)
  assert.equal(unchanged.headers['content-type'], undefined)
  assert.equal(unchanged.headers['etag'], headers['etag'])
})

function clientText(): string {
  const ids = { object: 'client', id: 'client_1', session_ids: [], sessions: [], sign_in_id: null, sign_up_id: null }
  return JSON.stringify({ ...ids, last_active_session_id: null, updated_at: 1, created_at: 1 })
}
