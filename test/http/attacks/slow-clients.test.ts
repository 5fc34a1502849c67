import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { sdkClient, sdkSession } from '../../support/documents.ts'
import { type HttpParts, type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { connectionsOf, eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

/** How long a head or a body may take here, and how long a connection waits for the next request: milliseconds. */
const TIMEOUT = 300

/** How long it may take until a connection is found to be late: Node looks for late heads once a second. */
const LATE = 2_500

const limits = { requestTimeout: TIMEOUT as DurationMs, keepAliveTimeout: TIMEOUT as DurationMs }

/** A service, with what is found out of it at the end: that it answers others, and has nobody left. */
async function opened(parts: HttpParts = {}): Promise<OpenedHttp> {
  const http = await openHttpService(sqliteMemory(), { limits, ...parts })
  const dispose = async () => {
    // A connection that is left over is no reason for the tests after it to wait.
    http.service.app.server.closeAllConnections()
    await http[Symbol.asyncDispose]()
  }
  return { ...http, [Symbol.asyncDispose]: dispose }
}

async function expectFree(http: OpenedHttp, patience = LATE): Promise<void> {
  assert.equal((await exchange(http.url, requestText('GET', '/healthz'))).status, 200)
  const isFree = await eventually(async () => (await connectionsOf(http.service)) === 0, patience)
  assert.ok(isFree, `${await connectionsOf(http.service)} connections are left`)
}

/** Sends a little now and then until the server ends the connection. */
async function trickle(connection: RawConnection, text: string, patience = LATE): Promise<void> {
  const over = Date.now() + patience
  while (!connection.isEnded && Date.now() < over) {
    connection.write(text)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  assert.ok(
    connection.isEnded,
    `after ${patience} ms the server still listens: ${JSON.stringify(connection.rest.slice(0, 40))}`,
  )
}

const head = (http: OpenedHttp, more: Readonly<Record<string, string>> = {}) => ({
  authorization: `Bearer ${http.key}`,
  'content-type': 'application/json',
  'content-length': '1000',
  ...more,
})

test('a head that arrives bit by bit is answered 408 when its time is over, and the connection closed', async () => {
  await using http = await opened()
  using connection = await RawConnection.to(http.url)
  connection.write('GET /healthz HTTP/1.1\r\nHost: a\r\n')
  await trickle(connection, 'x: a\r\n')
  const { status, text, headers } = await connection.answer()
  assert.deepEqual([status, JSON.parse(text).errors[0].code], [408, 'request_timeout'])
  assert.deepEqual([headers['content-type'], headers['connection']], ['application/json', 'close'])
  connection.socket.destroy()
  await expectFree(http)
})

test('a body that arrives bit by bit is answered 408 when its time is over, and the connection closed', async () => {
  await using http = await opened()
  using connection = await RawConnection.to(http.url)
  connection.write(requestText('POST', '/v1/sign_in', head(http)))
  const began = performance.now()
  await trickle(connection, ' ')
  assert.ok(performance.now() - began >= TIMEOUT - 50)
  const { status, text, headers } = await connection.answer()
  assert.deepEqual([status, JSON.parse(text).errors[0].code], [408, 'request_timeout'])
  assert.deepEqual([headers['content-type'], headers['connection']], ['application/json', 'close'])
  await expectFree(http)
  assert.equal((await http.service.tenure.listSessions({ limit: 1 })).total, 0)
})

test('a body in chunks that arrives bit by bit is no better off, nor one that does not arrive at all', async () => {
  await using http = await opened()
  const { 'content-length': _, ...chunked } = head(http, { 'transfer-encoding': 'chunked' })
  for (const [headers, text] of [
    [chunked, '1\r\n \r\n'],
    [head(http), ''],
  ] as const) {
    using connection = await RawConnection.to(http.url)
    connection.write(requestText('POST', '/v1/sign_in', headers))
    await trickle(connection, text)
    assert.equal((await connection.answer()).status, 408)
  }
  await expectFree(http)
})

test('a late body is one line in the log, and no fault', async () => {
  await using http = await opened()
  using connection = await RawConnection.to(http.url)
  connection.write(requestText('POST', '/v1/sign_in', head(http)))
  await connection.ended()
  await expectFree(http)
  const lines = http.logged().filter(({ msg, route }) => msg === 'fault' || route === '/v1/sign_in')
  assert.deepEqual(
    lines.map(({ msg, status }) => [msg, status]),
    [['request', 408]],
  )
})

test('a body that nobody reads, for the request was refused before it, keeps no connection', async () => {
  await using http = await opened()
  const refused: Readonly<Record<string, string>> = {
    'without a key': requestText('POST', '/v1/sign_in', { ...head(http), authorization: 'Bearer wrong' }),
    'with a key that may only read': requestText(
      'POST',
      '/v1/sign_in',
      head(http, { authorization: `Bearer ${http.readKey}` }),
    ),
    'to nowhere': requestText('POST', '/nowhere', head(http)),
    'of a method that is not taken': requestText('DELETE', '/v1/sign_in', head(http)),
    'of a GET': requestText('GET', '/healthz', head(http)),
    'of a kind that is not taken': requestText('POST', '/v1/sign_in', head(http, { 'content-type': 'text/plain' })),
  }
  const kept = await Promise.all(
    Object.entries(refused).map(async ([what, text]) => {
      using connection = await RawConnection.to(http.url)
      connection.write(text)
      const isKept = await trickle(connection, ' ', 2_000).then(
        () => false,
        () => true,
      )
      return isKept ? [what] : []
    }),
  )
  assert.deepEqual(kept.flat(), [])
  await expectFree(http)
})

test('a client that says nothing, or stops saying anything, is not waited for', async () => {
  await using http = await opened()
  using silent = await RawConnection.to(http.url)
  using idle = await RawConnection.to(http.url)
  idle.write(requestText('GET', '/healthz'))
  assert.equal((await idle.answer()).status, 200)
  await Promise.all([silent.ended(LATE), idle.ended(LATE)])
  silent.socket.destroy()
  idle.socket.destroy()
  await expectFree(http)
})

test('a connection that the client leaves half open after it was refused is closed', async () => {
  await using http = await opened()
  const texts = {
    'no request': 'garbage\r\n\r\n',
    'a head that is too large': requestText('GET', '/healthz', { x: 'a'.repeat(20_000) }),
    'a late head': 'GET /healthz HTTP/1.1\r\nHost: a\r\n',
    'a body that is too large': requestText('POST', '/v1/sign_in', head(http, { 'content-length': '99999999' })),
    'a late body': requestText('POST', '/v1/sign_in', head(http)),
    'one request only': requestText('GET', '/healthz', { connection: 'close' }),
  }
  const left: string[] = []
  for (const [what, text] of Object.entries(texts)) {
    using connection = await RawConnection.to(http.url)
    connection.write(text)
    await connection.ended(LATE)
    // It has its answer, and neither ends nor goes away.
    if (!(await eventually(async () => (await connectionsOf(http.service)) === 0, LATE))) left.push(what)
  }
  assert.deepEqual(left, [])
})

test('a client that goes away in the middle of its request leaves nothing, and is no fault of ours', async () => {
  await using http = await opened()
  const texts = [
    'GET /healthz HTTP/1.1\r\nHo',
    requestText('POST', '/v1/sign_in', head(http)),
    requestText('POST', '/v1/sign_in', head(http), '{"user_id":'),
    requestText('PUT', '/v1/clients/client_1', head(http), '{"object":'),
  ]
  for (const text of texts) {
    for (const end of ['end', 'resetAndDestroy', 'destroy'] as const) {
      const connection = await RawConnection.to(http.url)
      connection.write(text)
      await new Promise((resolve) => setTimeout(resolve, 20))
      connection.socket[end]()
      await expectFree(http)
      connection.socket.destroy()
    }
  }
  assert.deepEqual(
    http.logged().filter(({ level }) => Number(level) >= 50),
    [],
  )
})

/** Enough that no buffer between here and there holds it. */
async function filled(http: OpenedHttp): Promise<void> {
  const activity = { object: 'session_activity', id: 'a', isMobile: false, note: 'a'.repeat(200_000) }
  for (let number = 0; number < 60; number += 1) {
    const id = `client_${number}`
    const session = sdkSession({ id: `sess_${number}`, clientId: id, latestActivity: activity })
    const { status, text } = await http.ask('PUT', `/v1/clients/${id}`, sdkClient({ id }, [session]))
    assert.equal(status, 200, text)
  }
}

test('a client that does not read its answer, and then goes away in the middle of it, keeps nobody and leaves nothing', async () => {
  await using http = await opened()
  await filled(http)
  const export_ = requestText('GET', '/v1/clients/export', { authorization: `Bearer ${http.key}` })
  const connections = await Promise.all([1, 2, 3].map(() => RawConnection.to(http.url)))
  for (const connection of connections) {
    connection.socket.pause()
    connection.write(export_)
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(await eventually(async () => (await connectionsOf(http.service)) === 3))
  assert.equal((await http.ask('POST', '/v1/sign_in', { user_id: 'user_1' })).status, 200)
  assert.equal((await http.ask('GET', '/readyz')).status, 200)
  for (const connection of connections) connection.socket.resetAndDestroy()
  await expectFree(http)
  const { text } = await http.ask('GET', '/v1/clients/export')
  assert.equal(text.trimEnd().split('\n').length, 61)
})

test('a client that never reads its answer, and stays, is given up', async () => {
  await using http = await opened()
  await filled(http)
  using connection = await RawConnection.to(http.url)
  connection.socket.pause()
  connection.write(requestText('GET', '/v1/clients/export', { authorization: `Bearer ${http.key}` }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await expectFree(http, 2 * LATE)
})

test('an import whose client goes away has put in what it had taken in whole, and leaves nothing', async () => {
  await using http = await opened()
  using connection = await RawConnection.to(http.url)
  const line = `${JSON.stringify(sdkClient())}\n`
  const headers = {
    authorization: `Bearer ${http.key}`,
    'content-type': 'application/x-ndjson',
    'content-length': '100000',
  }
  connection.write(requestText('POST', '/v1/clients/import', headers))
  connection.write(`${line}{"object":"cli`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  connection.socket.destroy()
  await expectFree(http)
  const { status } = await http.ask('GET', '/v1/clients/client_1')
  assert.ok(status === 200 || status === 404)
  assert.equal((await http.service.tenure.listClients({ limit: 1 })).total, status === 200 ? 1 : 0)
})

test('more connections than are borne are turned away, and those that are there go on', async () => {
  await using http = await opened({
    limits: { ...limits, keepAliveTimeout: 5_000 as DurationMs, maximumConnections: 3 },
  })
  const held = await Promise.all([1, 2, 3].map(() => RawConnection.to(http.url)))
  for (const connection of held) {
    connection.write(requestText('GET', '/healthz'))
    assert.equal((await connection.answer()).status, 200)
  }
  await assert.rejects(exchange(http.url, requestText('GET', '/healthz')))
  held[0]?.write(requestText('GET', '/healthz'))
  assert.equal((await held[0]?.answer())?.status, 200)
  for (const connection of held) connection.socket.destroy()
  assert.ok(await eventually(async () => (await connectionsOf(http.service)) === 0))
  await expectFree(http)
})
