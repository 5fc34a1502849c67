import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { Store } from '../../../src/store/port.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

/** How long a shutdown may take at most where nobody has a request under way: milliseconds. */
const SOON = 2_000

const limits = { requestTimeout: 300 as DurationMs, keepAliveTimeout: 60_000 as DurationMs }

/** A service whose writes wait at a gate. */
async function gated() {
  const gate = { waiting: [] as (() => void)[], isClosed: false }
  const over = (store: Store) =>
    interposedStore(store, {
      async commit(view, decision) {
        if (gate.isClosed) await new Promise<void>((resolve) => gate.waiting.push(resolve))
        return store.commit(view, decision)
      },
    })
  const http = await openHttpService(sqliteMemory(), { over, limits })
  const open = () => {
    gate.isClosed = false
    for (const pass of gate.waiting.splice(0)) pass()
  }
  const dispose = async () => {
    open()
    // A service that would not close is no reason for the tests after it to wait.
    http.service.app.server.closeAllConnections()
    await http[Symbol.asyncDispose]()
  }
  return { http, gate, open, [Symbol.asyncDispose]: dispose }
}

/** Whether a promise is done in time; it is not waited for any longer. */
async function isDone(closing: Promise<void>, patience = SOON): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience)
  })
  try {
    return await Promise.race([closing.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

const signIn = ({ key }: OpenedHttp, body = '{"user_id":"user_1"}') =>
  requestText('POST', '/v1/sign_in', { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body)

test('what is under way when a service closes is answered, and the service closes then', async () => {
  await using all = await gated()
  const { http, gate, open } = all
  gate.isClosed = true
  const connections = await Promise.all([1, 2, 3].map(() => RawConnection.to(http.url)))
  for (const connection of connections) connection.write(signIn(http))
  assert.ok(await eventually(() => gate.waiting.length === 3))
  const closing = http.service.close()
  assert.equal(await isDone(closing, 100), false)
  await assert.rejects(exchange(http.url, requestText('GET', '/healthz')), 'a new connection is refused')
  open()
  const answers = await Promise.all(connections.map((connection) => connection.answer()))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal((await http.service.tenure.listSessions({ limit: 10 })).total, 3)
  assert.equal(await isDone(closing), true, 'it waits for connections that nobody uses')
  for (const { headers } of answers) assert.equal(headers['connection'], 'close')
})

test('a connection that waits for its next request is closed at once', async () => {
  await using all = await gated()
  const { http } = all
  using connection = await RawConnection.to(http.url)
  connection.write(requestText('GET', '/healthz'))
  assert.equal((await connection.answer()).status, 200)
  assert.equal(await isDone(http.service.close(), 1_000), true)
  await connection.ended(100)
})

test('a connection that never asked anything does not keep a service from closing', async () => {
  await using all = await gated()
  const { http } = all
  using connection = await RawConnection.to(http.url)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const isClosed = await isDone(http.service.close())
  assert.equal(isClosed, true)
  assert.ok(connection.isEnded || (await eventually(() => connection.isEnded)))
})

test('half a head, or half a body, does not keep a service from closing for longer than it may take', async () => {
  const kept: string[] = []
  for (const [what, text] of [
    ['half a head', 'GET /healthz HTTP/1.1\r\nHo'],
    ['half a body', `${requestText('POST', '/v1/sign_in', { 'content-length': '100' })}{`],
    ['half a body of one with a key', null],
  ] as const) {
    await using all = await gated()
    const { http } = all
    using connection = await RawConnection.to(http.url)
    const headers = { authorization: `Bearer ${http.key}`, 'content-type': 'application/json', 'content-length': '100' }
    connection.write(text ?? `${requestText('POST', '/v1/sign_in', headers)}{`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (!(await isDone(http.service.close()))) kept.push(what)
  }
  assert.deepEqual(kept, [])
})

test('a request of which a part has come when the service closes is answered or refused, and never half done', async () => {
  await using all = await gated()
  const { http, gate, open } = all
  gate.isClosed = true
  using first = await RawConnection.to(http.url)
  using second = await RawConnection.to(http.url)
  first.write(signIn(http))
  const text = signIn(http, '{"user_id":"user_2"}')
  second.write(text.slice(0, -5))
  assert.ok(await eventually(() => gate.waiting.length === 1))
  const closing = http.service.close()
  second.write(text.slice(-5))
  await new Promise((resolve) => setTimeout(resolve, 50))
  open()
  assert.equal((await first.answer()).status, 200)
  const answer = await second.answer({ patience: SOON }).catch(() => null)
  const { total } = await http.service.tenure.listSessions({ limit: 10 })
  assert.equal(total, answer?.status === 200 ? 2 : 1)
  assert.equal(await isDone(closing), true)
})

test('a service that was told to accept nothing more says so before it closes, and answers until then', async () => {
  await using all = await gated()
  const { http } = all
  assert.equal((await http.ask('GET', '/readyz')).json.status, 'ready')
  http.service.readiness.stopAccepting()
  const { status, json } = await http.ask('GET', '/readyz')
  assert.deepEqual([status, json.status], [503, 'unready'])
  assert.deepEqual(
    json.checks.filter(({ ok }: { readonly ok: boolean }) => !ok).map(({ name }: { readonly name: string }) => name),
    ['accepting'],
  )
  assert.equal((await http.ask('GET', '/healthz')).status, 200)
  assert.equal((await exchange(http.url, signIn(http))).status, 200)
})

test('a service that closes twice closes once', async () => {
  await using all = await gated()
  const { http } = all
  await Promise.all([http.service.close(), http.service.close()])
  await http.service.close()
})
