import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../src/store/port.ts'
import { BORN, MONTH, sdkClient, sdkSession, WEEK } from '../../support/documents.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { overStores, sqliteMemory } from '../../support/stores.ts'

/** A client with one session, and where the two are. */
async function signedIn(http: OpenedHttp) {
  const { json: session } = await http.ask('POST', '/v1/sign_in', { user_id: 'user_1' })
  const paths = [`/v1/sessions/${session.id}`, `/v1/clients/${session.client_id}`]
  return { session, paths }
}

async function etagOf(http: OpenedHttp, path: string): Promise<string> {
  const { status, headers } = await http.ask('GET', path)
  assert.equal(status, 200)
  assert.match(headers.etag ?? '', /^"[\x21\x23-\x7e]+"$/)
  assert.equal(headers['cache-control'], 'no-store')
  return headers.etag as string
}

const since = (http: OpenedHttp, path: string, tag: string) =>
  http.ask('GET', path, undefined, { 'if-none-match': tag })

overStores((kind) => {
  test('what has not changed is answered 304, empty, and with its tag', async () => {
    await using http = await openHttpService(kind)
    for (const path of (await signedIn(http)).paths) {
      const etag = await etagOf(http, path)
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "more"`, ` ${etag} `]) {
        const { status, headers, text } = await since(http, path, tag)
        assert.deepEqual([status, text, headers.etag, headers['content-type']], [304, '', etag, undefined], tag)
      }
      for (const tag of ['"other"', '""', 'W/""', `"${etag.slice(1, -1)} "`.replace(' ', '!')]) {
        assert.equal((await since(http, path, tag)).status, 200, tag)
      }
    }
  })

  test('a tag changes with whatever changes the answer, and with nothing else', async () => {
    await using http = await openHttpService(kind)
    const { session, paths } = await signedIn(http)
    const [path = '', clientPath = ''] = paths
    const steps: Readonly<Record<string, () => Promise<unknown>>> = {
      'a touch': async () => {
        http.clock.advanceBy(120_000)
        await http.ask('POST', `${path}/touch`)
      },
      'a task': () => http.ask('POST', `${path}/require_task`),
      'no task': () => http.ask('POST', `${path}/complete_tasks`),
      'an expiry that nobody wrote down': async () => http.clock.advanceTo(session.expire_at),
      'a sweep': () => http.service.tenure.sweep(),
      'an abandonment that nobody wrote down': async () => http.clock.advanceTo(session.abandon_at),
    }
    for (const [what, step] of Object.entries(steps)) {
      const before = await Promise.all(
        paths.map(async (each) => [await etagOf(http, each), await http.ask('GET', each)] as const),
      )
      await step()
      for (const [index, each] of paths.entries()) {
        const [tag, answer] = before[index] as (typeof before)[number]
        const now = await http.ask('GET', each)
        assert.equal((await since(http, each, tag)).status === 304, now.headers.etag === tag)
        // A strong tag: no two answers have the same.
        if (now.text !== answer.text) assert.notEqual(now.headers.etag, tag, `${what}: ${each}`)
      }
    }
    assert.ok(clientPath)
  })

  test('at exactly a deadline an answer has another tag, though nobody wrote anything', async () => {
    await using http = await openHttpService(kind)
    const { session, paths } = await signedIn(http)
    for (const deadline of [session.expire_at, session.abandon_at]) {
      http.clock.advanceTo(deadline - 1)
      const tags = await Promise.all(paths.map((path) => etagOf(http, path)))
      for (const [index, path] of paths.entries())
        assert.equal((await since(http, path, tags[index] ?? '')).status, 304)
      http.clock.advanceTo(deadline)
      for (const [index, path] of paths.entries())
        assert.equal((await since(http, path, tags[index] ?? '')).status, 200)
    }
    assert.equal((await http.service.tenure.history({ limit: 10 })).total, 1)
  })

  test('a snapshot is put over the answer that is named and over no other, and an outdated one writes nothing', async () => {
    await using http = await openHttpService(kind)
    const put = (client: object, headers: Readonly<Record<string, string>>) =>
      http.ask('PUT', '/v1/clients/client_1', client, headers)
    assert.equal((await put(sdkClient(), { 'if-match': '*' })).status, 412)
    assert.equal((await put(sdkClient(), { 'if-match': '"1.1"' })).status, 412)
    assert.equal((await http.ask('GET', '/v1/clients/client_1')).status, 404)
    const created = await put(sdkClient(), { 'if-none-match': '*' })
    assert.deepEqual([created.status, created.headers.etag], [200, await etagOf(http, '/v1/clients/client_1')])
    assert.equal((await put(sdkClient(), { 'if-none-match': '*' })).status, 412)
    const first = await etagOf(http, '/v1/clients/client_1')
    assert.equal((await http.ask('POST', '/v1/sessions/sess_1/require_task')).json.changed, true)
    const before = await http.ask('GET', '/v1/clients/client_1')
    const rows = (await http.service.tenure.history({ limit: 10 })).total
    const later = sdkClient({ updatedAt: BORN + 5 }, [sdkSession({ status: 'ended', updatedAt: BORN + 5 })])
    http.clock.advanceBy(5)
    for (const stale of [first, `W/${before.headers.etag}`, `${first}, "other"`, '"other"']) {
      const { status, json } = await put(later, { 'if-match': stale })
      assert.deepEqual([status, json.errors[0].code], [412, 'precondition_failed'], stale)
    }
    assert.equal((await put(later, { 'if-none-match': before.headers.etag ?? '' })).status, 412)
    assert.deepEqual((await http.ask('GET', '/v1/clients/client_1')).json, before.json)
    assert.equal((await http.service.tenure.history({ limit: 10 })).total, rows)
    const written = await put(later, { 'if-match': `"other", ${before.headers.etag}` })
    assert.deepEqual([written.status, written.json.client.sessions[0].status], [200, 'ended'])
    assert.equal(written.headers.etag, await etagOf(http, '/v1/clients/client_1'))
  })

  test('of two that put over the same answer at once, one is told that it is not what it thought', async () => {
    await using http = await openHttpService(kind)
    await http.ask('PUT', '/v1/clients/client_1', sdkClient())
    const tag = await etagOf(http, '/v1/clients/client_1')
    const named = (name: string) => sdkClient({ updatedAt: BORN + 5 }, [sdkSession(), sdkSession({ id: name })])
    http.clock.advanceBy(5)
    const headers = { 'if-match': tag }
    const answers = await Promise.all(
      ['sess_2', 'sess_3', 'sess_4'].map((name) => http.ask('PUT', '/v1/clients/client_1', named(name), headers)),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412, 412])
    assert.equal((await http.ask('GET', '/v1/clients/client_1')).json.sessions.length, 2)
  })
})

test('a client that was purged, and put anew under its id, has another tag', async () => {
  await using http = await openHttpService(sqliteMemory())
  await http.ask('PUT', '/v1/clients/client_1', sdkClient({}, [sdkSession({ status: 'ended' })]))
  const before = await http.ask('GET', '/v1/clients/client_1')
  http.clock.advanceBy(2 * MONTH)
  await http.service.tenure.purge()
  assert.equal((await http.ask('GET', '/v1/clients/client_1')).status, 404)
  const now = http.clock.now()
  const times = { lastActiveAt: now, expireAt: now + WEEK, abandonAt: now + MONTH, updatedAt: now, createdAt: now }
  const anew = sdkClient({ createdAt: now, updatedAt: now }, [sdkSession({ id: 'sess_2', ...times })])
  assert.equal((await http.ask('PUT', '/v1/clients/client_1', anew)).status, 200)
  const { status } = await since(http, '/v1/clients/client_1', before.headers.etag ?? '')
  assert.equal(status, 200)
})

test('If-None-Match: * on a read is met by whatever is there', async () => {
  await using http = await openHttpService(sqliteMemory())
  for (const path of (await signedIn(http)).paths) assert.equal((await since(http, path, '*')).status, 304)
  assert.equal((await since(http, '/v1/sessions/none', '*')).status, 404)
})

test('a list of tags is read as HTTP has it: empty members are passed over, and a tag may have a comma in it', async () => {
  await using http = await openHttpService(sqliteMemory())
  for (const path of (await signedIn(http)).paths) {
    const etag = await etagOf(http, path)
    for (const tags of [`"a,b", ${etag}`, `${etag},`, `, ,${etag}`]) {
      assert.equal((await since(http, path, tags)).status, 304, tags)
    }
  }
})

test('what is no tag is refused, and nothing is written', async () => {
  await using http = await openHttpService(sqliteMemory())
  const { paths } = await signedIn(http)
  const malformed = ['1.1', '"1.1', '1.1"', "'1.1'", 'w/"1.1"', 'W/1.1', 'W/*', '"a" "b"', '"a";"b"', '*, "a"', '"a"b"']
  for (const tag of malformed) {
    for (const path of paths) assert.equal((await since(http, path, tag)).status, 400, tag)
    for (const name of ['if-match', 'if-none-match']) {
      const { status, json } = await http.ask('PUT', '/v1/clients/client_1', sdkClient(), { [name]: tag })
      assert.deepEqual([status, json.errors[0].code], [400, 'request_invalid'], `${name}: ${tag}`)
    }
  }
  assert.equal((await http.ask('GET', '/v1/clients/client_1')).status, 404)
})

test('a snapshot that the store could not write may be put again over the same answer', async () => {
  let isFailing = false
  const over = (store: Store) =>
    interposedStore(store, {
      async commit(view, decision) {
        if (!isFailing) return store.commit(view, decision)
        isFailing = false
        return false
      },
    })
  await using http = await openHttpService(sqliteMemory(), { over })
  await http.ask('PUT', '/v1/clients/client_1', sdkClient())
  const tag = await etagOf(http, '/v1/clients/client_1')
  isFailing = true
  http.clock.advanceBy(5)
  const later = sdkClient({ updatedAt: BORN + 5 }, [
    sdkSession({ expireAt: BORN + WEEK, abandonAt: BORN + MONTH }),
    sdkSession({ id: 'sess_2' }),
  ])
  assert.equal((await http.ask('PUT', '/v1/clients/client_1', later, { 'if-match': tag })).status, 200)
})
