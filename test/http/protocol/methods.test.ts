import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { after, test } from 'node:test'
import { openHttpService } from '../../support/http-service.ts'
import { exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const http = await openHttpService(sqliteMemory())
after(() => http[Symbol.asyncDispose]())
const { ask, url, key } = http
const authorization = `Bearer ${key}`
const { json: session } = await ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })

/** Every address, with the methods that it is described with. */
const described = Object.entries((await ask('GET', '/openapi.json')).json.paths as Record<string, object>).map(
  ([path, operations]) => {
    const methods = Object.keys(operations).map((method) => method.toUpperCase())
    return {
      path: path
        .replace('{session_id}', 'sess_1')
        .replace('{client_id}', session.client_id)
        .replaceAll(/\{\w+\}/g, 'a'),
      methods: methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    }
  },
)

async function asked(method: string, path: string) {
  return exchange(url, requestText(method, path, { authorization }), { isHead: method === 'HEAD' })
}

test('a method that an address does not take is answered 405, with those that it takes', async () => {
  for (const { path, methods } of described) {
    for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (each) => !methods.includes(each),
    )) {
      const { status, headers, text } = await asked(method, path)
      const what = `${method} ${path}`
      assert.equal(status, 405, what)
      assert.deepEqual(headers['allow']?.split(', ').sort(), [...methods].sort(), what)
      assert.equal(headers['content-type'], 'application/json', what)
      if (method !== 'HEAD') assert.equal(JSON.parse(text).errors[0].code, 'method_not_allowed', what)
    }
  }
})

test('TRACE, and whatever other method Node knows, is answered 405, and echoes nothing', async () => {
  const common = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT']
  const others = METHODS.filter((method) => !common.includes(method))
  assert.ok(others.includes('TRACE'))
  const answered = await Promise.all(
    others.map(async (method) => {
      const { status, headers, text } = await asked(method, '/v1/sessions')
      assert.ok(!text.includes(key))
      return `${method} ${status} ${headers['allow']}`
    }),
  )
  assert.deepEqual(
    answered,
    others.map((method) => `${method} 405 GET, HEAD, POST`),
  )
})

test('CONNECT makes no tunnel, and is told so', async () => {
  using connection = await RawConnection.to(url)
  connection.write(requestText('CONNECT', '127.0.0.1:1', { authorization }))
  const { status } = await connection.answer()
  assert.equal(status, 405)
})

test('a request to become another protocol is answered as if it had not asked', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' }
  assert.equal((await exchange(url, requestText('GET', '/healthz', headers))).status, 200)
  const h2c = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }
  assert.equal((await exchange(url, requestText('GET', '/healthz', h2c))).status, 200)
})

test('HEAD is answered as GET is, without the body, and the connection goes on', async () => {
  // A stream ends as soon as it has begun.
  http.service.feed.close()
  for (const { path, methods } of described.filter((each) => each.methods.includes('HEAD'))) {
    assert.ok(methods.includes('GET'))
    using connection = await RawConnection.to(url)
    connection.write(requestText('HEAD', path, { authorization }))
    const head = await connection.answer({ isHead: true })
    assert.equal(connection.rest, '', path)
    connection.write(requestText('GET', path, { authorization }))
    const get = await connection.answer()
    assert.equal(head.status, get.status, path)
    assert.equal(head.headers['content-type'], get.headers['content-type'], path)
    assert.equal(head.headers['etag'], get.headers['etag'], path)
    const isStable = !['/metrics', '/v1/clients/export', '/v1/events/stream'].includes(path) && get.status === 200
    if (isStable) assert.equal(head.headers['content-length'], get.headers['content-length'], path)
  }
})

test('HEAD of what is not there, or not allowed, has the status and no body', async () => {
  for (const [path, headers, expected] of [
    ['/v1/sessions/none', { authorization }, 404],
    ['/nowhere', {}, 404],
    ['/v1/sessions', {}, 401],
    ['/v1/sessions?limit=0', { authorization }, 422],
    ['/v1/sessions/%zz', { authorization }, 400],
  ] as const) {
    using connection = await RawConnection.to(url)
    connection.write(requestText('HEAD', path, headers))
    assert.equal((await connection.answer({ isHead: true })).status, expected, path)
    connection.write(requestText('GET', '/healthz'))
    assert.equal((await connection.answer()).status, 200, path)
  }
})
