import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Store } from '../../../src/store/port.ts'
import { openHttpService } from '../../support/http-service.ts'
import { eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const HEADER_LIMIT = 16_384

/** Holds an export back behind its first line, until it is let go. */
const gate = { isClosed: false, open: () => {} }
const over = (store: Store): Store =>
  new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'snapshot' || !gate.isClosed) return member.bind(target)
      return async () => {
        const snapshot = await target.snapshot()
        return {
          async *clients() {
            yield* snapshot.clients()
            await new Promise<void>((resolve) => {
              gate.open = resolve
            })
          },
          sessionRecords: () => snapshot.sessionRecords(),
          [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
        }
      }
    },
  })

const http = await openHttpService(sqliteMemory(), { over, limits: { headerLimit: HEADER_LIMIT } })
after(() => http[Symbol.asyncDispose]())
const { url, key } = http
const authorization = `Bearer ${key}`
await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })

/** One error in the form that every error has, and a connection that is closed behind it. */
async function expectBroken(text: string | Buffer, status: number, code: string, what: string): Promise<void> {
  using connection = await RawConnection.to(url)
  connection.write(text)
  const answer = await connection.answer()
  assert.equal(answer.status, status, what)
  assert.equal(answer.headers['content-type'], 'application/json', what)
  assert.equal(answer.headers['connection'], 'close', what)
  const { errors, clerk_trace_id: trace } = JSON.parse(answer.text)
  assert.deepEqual(Object.keys(errors[0]), ['message', 'long_message', 'code'])
  assert.equal(errors[0].code, code, what)
  assert.match(trace, /^[0-9a-f]{32}$/)
  await connection.ended()
  assert.equal(connection.rest, '', what)
}

test('a head that is larger than is taken is answered 431, whatever in it is large', async () => {
  const floods = {
    'one header': requestText('GET', '/healthz', { x: 'a'.repeat(HEADER_LIMIT) }),
    'the name of one': requestText('GET', '/healthz', { ['x'.repeat(HEADER_LIMIT)]: 'a' }),
    'many headers': `GET /healthz HTTP/1.1\r\nHost: a\r\n${'x: a\r\n'.repeat(HEADER_LIMIT / 5)}\r\n`,
    'the address': requestText('GET', `/${'a'.repeat(HEADER_LIMIT)}`),
    'the query': requestText('GET', `/healthz?${'a'.repeat(HEADER_LIMIT)}`),
  }
  for (const [what, text] of Object.entries(floods)) await expectBroken(text, 431, 'header_too_large', what)
})

test('a head that never ends is cut off at its limit, and not kept', async () => {
  using connection = await RawConnection.to(url)
  connection.write('GET /healthz HTTP/1.1\r\nHost: a\r\n')
  for (let sent = 0; sent < 4 * HEADER_LIMIT && !connection.isEnded; sent += 1_024)
    connection.write(`x: ${'a'.repeat(1_019)}\r\n`)
  assert.equal((await connection.answer()).status, 431)
})

test('what is no HTTP is answered 400 in the form of any error', async () => {
  const shapes: Readonly<Record<string, string | Buffer>> = {
    'the beginning of TLS': Buffer.from('16030100a5010000a10303', 'hex'),
    'HTTP/2 without being asked': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'another protocol': 'SSH-2.0-OpenSSH_9.6\r\n',
    'another version': 'GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n',
    'another name': 'GET /healthz HTTZ/1.1\r\nHost: a\r\n\r\n',
    'a method that nobody knows': 'FOO /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
    'a method in small letters': 'get /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
    'no address': 'GET  HTTP/1.1\r\nHost: a\r\n\r\n',
    'a space in the address': 'GET /health z HTTP/1.1\r\nHost: a\r\n\r\n',
    'line feeds only': 'GET /healthz HTTP/1.1\nHost: a\n\n',
    'a space before a colon': 'GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n',
    'a header without a colon': 'GET /healthz HTTP/1.1\r\nHost: a\r\nx\r\n\r\n',
    'a header without a name': 'GET /healthz HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n',
    'a NUL in a header': 'GET /healthz HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n',
    'a carriage return in a header': 'GET /healthz HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n',
  }
  for (const [what, text] of Object.entries(shapes)) await expectBroken(text, 400, 'request_invalid', what)
})

test('a request without a Host is refused, and one that expects what nobody does is answered, in the form of any other', async () => {
  const missing = await exchange(url, 'GET /healthz HTTP/1.1\r\n\r\n')
  assert.equal(missing.status, 400)
  assert.equal(missing.headers['content-type'], 'application/json', 'without a Host')
  const expecting = await exchange(url, requestText('GET', '/healthz', { expect: 'a-miracle' }))
  // RFC 9110, section 10.1.1: it may be refused, or passed over.
  assert.ok([200, 417].includes(expecting.status))
  assert.equal(expecting.headers['content-type'], 'application/json', 'with an expectation')
})

test('a request that waits to be told to go on is told, and answered', async () => {
  const body = '{"user_id":"user_1"}'
  const headers = { expect: '100-continue', 'content-type': 'application/json', 'content-length': String(body.length) }
  using connection = await RawConnection.to(url)
  connection.write(requestText('POST', '/v1/sign_in', { ...headers, authorization }))
  await connection.received('HTTP/1.1 100 Continue\r\n\r\n'.length)
  assert.match(connection.rest, /^HTTP\/1\.1 100 Continue\r\n\r\n/)
  connection.write(body)
  assert.ok(await eventually(() => connection.rest.includes('HTTP/1.1 200 OK')))
})

test('HTTP/1.0 is answered, and its connection closed', async () => {
  using connection = await RawConnection.to(url)
  connection.write('GET /healthz HTTP/1.0\r\n\r\n')
  const answer = await connection.answer()
  assert.deepEqual([answer.status, answer.text], [200, '{"status":"ok"}'])
  await connection.ended()
})

test('requests that come at once are answered in their order, each once', async () => {
  using connection = await RawConnection.to(url)
  const paths = [
    '/v1/sessions/sess_1',
    '/healthz',
    '/nowhere',
    '/v1/sessions/sess_2',
    '/v1/sessions?limit=0',
    '/healthz',
  ]
  connection.write(paths.map((path) => requestText('GET', path, { authorization })).join(''))
  const statuses: number[] = []
  for (const _ of paths) statuses.push((await connection.answer()).status)
  assert.deepEqual(statuses, [200, 200, 404, 404, 422, 200])
  const many = 500
  connection.write(requestText('GET', '/healthz').repeat(many))
  for (let count = 0; count < many; count += 1) assert.equal((await connection.answer()).status, 200)
  assert.equal(connection.rest, '')
})

test('what is broken behind a request is not answered in its place', async () => {
  using connection = await RawConnection.to(url)
  const body = '{"user_id":"user_1"}'
  const headers = { authorization, 'content-type': 'application/json' }
  connection.write(`${requestText('POST', '/v1/sign_in', headers, body)}garbage\r\n\r\n`)
  assert.equal((await connection.answer()).status, 200)
  await connection.ended()
})

test('what is broken behind a request is not written into the middle of its answer', async () => {
  gate.isClosed = true
  try {
    using connection = await RawConnection.to(url)
    connection.write(requestText('GET', '/v1/clients/export', { authorization }))
    assert.ok(await eventually(() => connection.rest.includes('"client')))
    connection.write('garbage\r\n\r\n')
    await eventually(() => connection.isEnded, 300)
    assert.equal(connection.rest.split('HTTP/1.1').length - 1, 1)
  } finally {
    gate.isClosed = false
    gate.open()
  }
})
