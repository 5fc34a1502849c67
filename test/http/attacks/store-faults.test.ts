import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError, type StoreErrorCode } from '../../../src/domain/errors.ts'
import type { Store } from '../../../src/store/port.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { eventually, exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

/** What each code is over HTTP. */
const ANSWERS: Readonly<Record<StoreErrorCode, readonly [status: number, code: string, retryAfter?: string]>> = {
  ERR_STORE_CONFLICT: [409, 'resource_locked', '1'],
  ERR_STORE_UNAVAILABLE: [503, 'service_unavailable', '1'],
  ERR_STORE_CLOSED: [503, 'service_unavailable', '1'],
  ERR_STORE_FULL: [503, 'service_unavailable'],
  ERR_STORE_READ_ONLY: [503, 'service_unavailable'],
  ERR_STORE_SCHEMA: [500, 'internal_clerk_error'],
  ERR_STORE_CORRUPT: [500, 'internal_clerk_error'],
  ERR_STORE_FAULT: [500, 'internal_clerk_error'],
}

/** What is behind a fault, and is nobody's business. */
const BEHIND = 'SELECT value FROM items WHERE id = sess_secret; at /srv/tenure.db:5432'

const driverFault = () => Object.assign(new Error(BEHIND), { code: 'SQLITE_IOERR' })

/** Does not fail until it is told to, and then at every call. */
class Failing {
  error: Error | null = null
  /** The calls that fail; any where it is left out. */
  only: ReadonlySet<string> | null = null

  readonly over = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function' || name === 'close') return member
        return (...given: readonly unknown[]) => {
          const isFailing = this.error !== null && (this.only === null || this.only.has(String(name)))
          return isFailing ? Promise.reject(this.error) : Reflect.apply(member, target, given)
        }
      },
    })
}

const REQUESTS = [
  ['GET', '/v1/sessions'],
  ['GET', '/v1/sessions/sess_1'],
  ['GET', '/v1/sessions/sess_1/history'],
  ['GET', '/v1/clients'],
  ['GET', '/v1/clients/client_1'],
  ['GET', '/v1/jwks'],
  ['GET', '/.well-known/jwks.json'],
  ['POST', '/v1/sessions', { user_id: 'user_1' }],
  ['POST', '/v1/sign_in', { user_id: 'user_1' }],
  ['POST', '/v1/sessions/sess_1/end'],
  ['POST', '/v1/sessions/sess_1/revoke'],
  ['POST', '/v1/sessions/sess_1/tokens'],
  ['POST', '/v1/users/user_1/sessions/revoke'],
  ['POST', '/v1/clients/verify', { token: 'a.a.a' }],
] as const

function expectDiscreet(text: string, what: string): void {
  assert.doesNotMatch(text, /SELECT|sess_secret|\/srv|\.ts\b|node:|at \w+ \(|SQLITE|Error:|"stack"/, what)
}

async function opened(failing: Failing): Promise<OpenedHttp> {
  const http = await openHttpService(sqliteMemory(), { over: failing.over })
  await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })
  return http
}

test('each fault of a store has its answer, which says nothing of what is behind it', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  for (const [code, [status, expected, retryAfter]] of Object.entries(ANSWERS)) {
    failing.error = new StoreError(code as StoreErrorCode, 'the store has a fault', { cause: driverFault() })
    for (const [method, path, body] of REQUESTS) {
      const answer = await http.ask(method, path, body)
      const what = `${code}: ${method} ${path}`
      assert.deepEqual([answer.status, answer.json.errors[0].code], [status, expected], what)
      assert.equal(answer.headers['retry-after'], retryAfter, what)
      assert.equal(answer.headers['content-type'], 'application/json', what)
      assert.match(answer.json.clerk_trace_id, /^[0-9a-f]{32}$/, what)
      expectDiscreet(answer.text, what)
    }
  }
  failing.error = null
  assert.equal((await http.ask('GET', '/v1/sessions/sess_1')).status, 200)
})

test('any other error is a 500 that says nothing of it, and the log names it by the trace', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  for (const error of [driverFault(), new TypeError(BEHIND), new RangeError(BEHIND)]) {
    failing.error = error
    for (const [method, path, body] of REQUESTS) {
      const { status, json, text } = await http.ask(method, path, body)
      assert.deepEqual([status, json.errors[0].code], [500, 'internal_clerk_error'], `${method} ${path}`)
      expectDiscreet(text, `${method} ${path}`)
      const isNamed = () => http.logged().some(({ trace, msg }) => msg === 'fault' && trace === json.clerk_trace_id)
      assert.ok(await eventually(isNamed))
    }
  }
})

test("a store's fault is logged by its code and its own words, and not by what the driver said", async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  failing.error = new StoreError('ERR_STORE_FAULT', 'the store has a fault', { cause: driverFault() })
  await http.ask('GET', '/v1/sessions/sess_1')
  const faults = () => http.logged().filter(({ msg }) => msg === 'fault')
  assert.ok(await eventually(() => faults().length > 0))
  assert.deepEqual(faults().at(-1)?.['error'], { code: 'ERR_STORE_FAULT', message: 'the store has a fault' })
  assert.ok(!JSON.stringify(http.logged()).includes('SELECT'))
})

test('a service whose store fails is not ready, says why in its own words, and is healthy all the same', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  assert.equal((await http.ask('GET', '/readyz')).status, 200)
  failing.error = new StoreError('ERR_STORE_UNAVAILABLE', 'the store has a fault', { cause: driverFault() })
  const { status, json, text } = await http.ask('GET', '/readyz')
  assert.deepEqual([status, json.status], [503, 'unready'])
  expectDiscreet(text, 'readyz')
  assert.equal((await http.ask('GET', '/healthz')).status, 200)
  failing.error = null
  assert.equal((await http.ask('GET', '/readyz')).status, 200)
})

test('a store that comes back is asked again: nobody is refused for what was not known meanwhile', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  http.clock.advanceBy(60_000)
  failing.error = new StoreError('ERR_STORE_UNAVAILABLE', 'the store has a fault')
  failing.only = new Set(['listItems'])
  assert.equal((await http.ask('GET', '/v1/sessions')).status, 503)
  failing.error = null
  assert.equal((await http.ask('GET', '/v1/sessions')).status, 200)
})

test('an import that the store cuts short says so in its last line, and counts nothing', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  failing.error = new StoreError('ERR_STORE_FULL', 'the store has a fault', { cause: driverFault() })
  failing.only = new Set(['read', 'commit', 'change'])
  const { json: client } = await http.ask('GET', '/v1/clients/client_1')
  assert.equal(client.errors[0].code, 'service_unavailable')
  const snapshot = aSnapshot()
  const { text } = await http.ask('POST', '/v1/clients/import', snapshot, { 'content-type': 'application/x-ndjson' })
  const last = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
  assert.equal(last.errors[0].code, 'service_unavailable')
  assert.ok(!text.includes('import_summary'))
  expectDiscreet(text, 'import')
})

test('an export that cannot begin is answered as any other fault is, as JSON', async () => {
  const failing = new Failing()
  await using http = await opened(failing)
  failing.error = new StoreError('ERR_STORE_UNAVAILABLE', 'the store has a fault', { cause: driverFault() })
  failing.only = new Set(['snapshot'])
  const { status, json, headers } = await http.ask('GET', '/v1/clients/export')
  assert.deepEqual([status, json.errors[0].code], [503, 'service_unavailable'])
  assert.equal(headers['content-type'], 'application/json')
})

test('an export that breaks off is no whole answer: the connection ends before the last chunk', async () => {
  const over = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        if (name !== 'snapshot') return member.bind(target)
        return async () => {
          const snapshot = await target.snapshot()
          return new Proxy(snapshot, {
            get(of, each) {
              const part: unknown = Reflect.get(of, each)
              if (each !== 'clients') return typeof part === 'function' ? part.bind(of) : part
              return async function* () {
                yield* of.clients()
                throw new StoreError('ERR_STORE_UNAVAILABLE', 'the store has a fault', { cause: driverFault() })
              }
            },
          })
        }
      },
    })
  await using http = await openHttpService(sqliteMemory(), { over })
  await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })
  using connection = await RawConnection.to(http.url)
  connection.write(requestText('GET', '/v1/clients/export', { authorization: `Bearer ${http.key}` }))
  await connection.ended()
  assert.doesNotMatch(connection.rest, /\r\n0\r\n\r\n$/)
  expectDiscreet(connection.rest, 'export')
  const { status } = await exchange(http.url, requestText('GET', '/healthz'))
  assert.equal(status, 200)
})

function aSnapshot(): string {
  const ids = { object: 'client', id: 'client_2', session_ids: [], sessions: [], sign_in_id: null, sign_up_id: null }
  return `${JSON.stringify({ ...ids, last_active_session_id: null, updated_at: 1, created_at: 1 })}\n`
}
