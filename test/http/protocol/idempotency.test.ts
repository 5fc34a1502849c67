import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../../src/domain/errors.ts'
import { systemRandomness } from '../../../src/domain/randomness.ts'
import { beginKeyed } from '../../../src/service/idempotency.ts'
import type { Store } from '../../../src/store/port.ts'
import { type Answer, type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'
import { allOf } from '../../support/stored.ts'
import { overStores, sqliteMemory } from '../../support/stores.ts'

const BODY = { user_id: 'user_1' }

function keyed(
  http: OpenedHttp,
  key: string,
  body: unknown = BODY,
  path = '/v1/sign_in',
  by?: string,
): Promise<Answer> {
  const authorization = by === undefined ? {} : { authorization: `Bearer ${by}` }
  return http.ask('POST', path, body, { 'idempotency-key': key, ...authorization })
}

const codeOf = ({ status, json }: Answer) => [status, json?.errors?.[0].code ?? json?.object]
const isReplay = ({ headers }: Answer) => headers['idempotent-replayed'] === 'true'

async function countOf({ service }: OpenedHttp): Promise<number> {
  return (await service.tenure.listSessions({ limit: 10 })).total
}

overStores((kind) => {
  test('a request that is given again is answered the same, and done once', async () => {
    await using http = await openHttpService(kind)
    const full = { ...BODY, actor: { sub: 'a' }, last_active_organization_id: 'org_1', asked_by: 'b' }
    for (const [path, body] of [
      ['/v1/sessions', { ...BODY, active_organization_id: 'org_1' }],
      ['/v1/sign_in', full],
    ] as const) {
      const before = await countOf(http)
      const first = await keyed(http, path, body, path)
      http.clock.advanceBy(MINUTE)
      const again = await keyed(http, `"${path}"`, body, path)
      assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text])
      assert.deepEqual([isReplay(first), isReplay(again)], [false, true])
      assert.equal(again.headers['content-type'], 'application/json')
      assert.equal(await countOf(http), before + 1)
    }
    const { json } = await http.ask('POST', '/v1/sign_in', BODY)
    const onClient = `/v1/clients/${json.client_id}/sign_in`
    const [first, again] = [await keyed(http, 'c', BODY, onClient), await keyed(http, 'c', BODY, onClient)]
    assert.deepEqual([first.status, again.text, isReplay(again)], [200, first.text, true])
  })

  test('of the same request many times at once, one is done, and the others are told that it is under way', async () => {
    await using http = await openHttpService(kind)
    const answers = await Promise.all(Array.from({ length: 8 }, () => keyed(http, 'a')))
    const done = answers.filter(({ status }) => status === 200)
    assert.ok(done.length >= 1)
    assert.equal(new Set(done.map(({ text }) => text)).size, 1)
    for (const answer of answers.filter((each) => !done.includes(each))) {
      assert.deepEqual(codeOf(answer), [409, 'idempotency_key_in_use'])
      assert.equal(answer.headers['retry-after'], '1')
    }
    assert.equal(await countOf(http), 1)
  })

  test('a request that its server died over is taken up again after a minute, and makes no second session', async () => {
    await using http = await openHttpService(kind)
    const content = JSON.stringify(['POST', '/v1/sign_in', BODY])
    const begun = await beginKeyed(http.store, { caller: 'writer', key: 'a', content }, systemRandomness)
    assert.equal(begun.state, 'begun')
    assert.ok(begun.state === 'begun')
    await http.service.tenure.signIn({ userId: 'user_1', sessionId: begun.sessionId })
    assert.deepEqual(codeOf(await keyed(http, 'a')), [409, 'idempotency_key_in_use'])
    http.clock.advanceBy(MINUTE - 1)
    assert.deepEqual(codeOf(await keyed(http, 'a')), [409, 'idempotency_key_in_use'])
    http.clock.advanceBy(1)
    const taken = await keyed(http, 'a')
    assert.deepEqual([taken.status, taken.json.id], [200, begun.sessionId])
    const again = await keyed(http, 'a')
    assert.deepEqual([again.text, isReplay(again)], [taken.text, true])
    assert.equal(await countOf(http), 1)
    assert.deepEqual(await allOf(http.service.tenure.audit()), [])
  })

  test('an answer is kept for a day, and at exactly a day the key is new', async () => {
    await using http = await openHttpService(kind)
    const first = await keyed(http, 'a')
    http.clock.advanceBy(DAY - 1)
    assert.equal((await keyed(http, 'a')).text, first.text)
    http.clock.advanceBy(1)
    const later = await keyed(http, 'a')
    assert.notEqual(later.json.id, first.json.id)
    assert.equal(isReplay(later), false)
    assert.equal((await keyed(http, 'a', { user_id: 'user_2' })).status, 422)
  })

  test('a key stands for one request: another body, query, path or caller is another', async () => {
    await using http = await openHttpService(kind)
    const { service } = http
    const first = await keyed(http, 'a')
    for (const [body, path] of [
      [{ user_id: 'user_2' }, '/v1/sign_in'],
      [{ ...BODY, status: 'active' }, '/v1/sign_in'],
      [BODY, '/v1/sessions'],
      [BODY, '/v1/sign_in?a=b'],
    ] as const) {
      assert.deepEqual(codeOf(await keyed(http, 'a', body, path)), [422, 'idempotency_key_reused'])
    }
    const other = await service.apiKeys.add('other', 'write', systemRandomness)
    const others = await keyed(http, 'a', BODY, '/v1/sign_in', other as string)
    assert.notEqual(others.json.id, first.json.id)
    assert.equal(isReplay(others), false)
  })
})

test('a request that waits in the store keeps the others out, and is answered when it is let through', async () => {
  const gate = { isClosed: false, open: () => {} }
  const over = (store: Store) =>
    interposedStore(store, {
      async commit(view, decision) {
        if (gate.isClosed) await new Promise<void>((resolve) => (gate.open = resolve))
        return store.commit(view, decision)
      },
    })
  await using http = await openHttpService(sqliteMemory(), { over })
  gate.isClosed = true
  const first = keyed(http, 'a')
  const waiting = () => gate.open
  const before = waiting()
  while (waiting() === before) await new Promise((resolve) => setImmediate(resolve))
  gate.isClosed = false
  const others = await Promise.all([keyed(http, 'a'), keyed(http, 'a')])
  for (const other of others) assert.deepEqual(codeOf(other), [409, 'idempotency_key_in_use'])
  gate.open()
  const answer = await first
  assert.equal(answer.status, 200)
  assert.equal((await keyed(http, 'a')).text, answer.text)
  assert.equal(await countOf(http), 1)
})

test('a refusal is an answer, and given again whatever has become possible since', async () => {
  const policy = { sessionMode: 'single', onConflict: 'reject' } as const
  await using http = await openHttpService(sqliteMemory(), { policy })
  const { json } = await http.ask('POST', '/v1/sign_in', BODY)
  const path = `/v1/clients/${json.client_id}/sign_in`
  const refused = await keyed(http, 'a', { user_id: 'user_2' }, path)
  assert.deepEqual(codeOf(refused), [400, 'session_exists'])
  await http.ask('POST', `/v1/sessions/${json.id}/end`)
  const again = await keyed(http, 'a', { user_id: 'user_2' }, path)
  assert.deepEqual([again.status, again.text, isReplay(again)], [400, refused.text, true])
  assert.equal((await keyed(http, 'b', { user_id: 'user_2' }, path)).status, 200)
  const unknown = await keyed(http, 'c', BODY, '/v1/clients/client_none/sign_in')
  assert.equal(unknown.status, 404)
  assert.ok(isReplay(await keyed(http, 'c', BODY, '/v1/clients/client_none/sign_in')))
  const taken = await keyed(http, 'd', { ...BODY, session_id: json.id })
  assert.deepEqual(codeOf(taken), [422, 'form_identifier_exists'])
  assert.equal((await keyed(http, 'd', { ...BODY, session_id: json.id })).text, taken.text)
})

test('a refusal for too many sessions is an answer like any other', async () => {
  const policy = { maximumSessionsPerUser: 1, onOverflow: 'reject' } as const
  await using http = await openHttpService(sqliteMemory(), { policy })
  const { json } = await http.ask('POST', '/v1/sign_in', BODY)
  const refused = await keyed(http, 'a')
  assert.deepEqual(codeOf(refused), [409, 'session_creation_not_allowed'])
  await http.ask('POST', `/v1/sessions/${json.id}/end`)
  const again = await keyed(http, 'a')
  assert.deepEqual([again.status, again.text, isReplay(again)], [409, refused.text, true])
})

test('a body that its schema refuses uses no key up', async () => {
  await using http = await openHttpService(sqliteMemory())
  assert.equal((await keyed(http, 'a', {})).status, 422)
  assert.equal((await keyed(http, 'a', '{')).status, 400)
  assert.equal((await keyed(http, 'a', BODY, '/v1/sign_in', http.readKey)).status, 403)
  const answer = await keyed(http, 'a')
  assert.deepEqual([answer.status, isReplay(answer)], [200, false])
})

/** A service whose store fails once, at the n-th of these calls from when it is told to. */
async function failingOnce(call: 'commit' | 'putItem') {
  const failing = { in: 0 }
  const over = (store: Store) => {
    const real = store[call].bind(store) as (...given: readonly unknown[]) => Promise<boolean>
    const faulty = async (...given: readonly unknown[]) => {
      failing.in -= 1
      if (failing.in === 0) throw new StoreError('ERR_STORE_UNAVAILABLE', 'a fault')
      return real(...given)
    }
    return interposedStore(store, { [call]: faulty })
  }
  const http = await openHttpService(sqliteMemory(), { over })
  return { http, failing }
}

test('after a fault of the store the key may be used again at once', async () => {
  const { http, failing } = await failingOnce('commit')
  await using _ = http
  failing.in = 1
  assert.deepEqual(codeOf(await keyed(http, 'a')), [503, 'service_unavailable'])
  const answer = await keyed(http, 'a')
  assert.deepEqual([answer.status, isReplay(answer)], [200, false])
  assert.equal(await countOf(http), 1)
})

test('after a fault before anything was begun the key may be used again at once', async () => {
  const { http, failing } = await failingOnce('putItem')
  await using _ = http
  failing.in = 1
  assert.deepEqual(codeOf(await keyed(http, 'a')), [503, 'service_unavailable'])
  assert.equal((await keyed(http, 'a')).status, 200)
  assert.equal(await countOf(http), 1)
})

test('after a fault when the answer was to be kept the key may be used again at once, and finds what was made', async () => {
  const { http, failing } = await failingOnce('putItem')
  await using _ = http
  failing.in = 2
  assert.deepEqual(codeOf(await keyed(http, 'a')), [503, 'service_unavailable'])
  const [made] = (await http.service.tenure.listSessions({ limit: 10 })).items
  const again = await keyed(http, 'a')
  assert.deepEqual([again.status, again.json.id], [200, made?.id])
  assert.equal(await countOf(http), 1)
})

test('a sign-in that is given again with its own session_id is answered with all that it was given, as the first time', async () => {
  await using http = await openHttpService(sqliteMemory())
  const actor = { sub: 'user_2' }
  const body = { ...BODY, session_id: 'sess_1', actor, last_active_organization_id: 'org_1' }
  const first = await http.ask('POST', '/v1/sign_in', body)
  assert.deepEqual([first.json.actor, first.json.last_active_organization_id], [actor, 'org_1'])
  assert.deepEqual((await http.ask('POST', '/v1/sign_in', body)).json, first.json)
})

test('a key of no characters, of too many, or of others than are printed is refused', async () => {
  await using http = await openHttpService(sqliteMemory())
  const malformed = [
    '',
    '""',
    ' ',
    'a b',
    '"a',
    'a"',
    '"a"b"',
    'a'.repeat(256),
    `"${'a'.repeat(256)}"`,
    'é',
    '\t',
    'a, a',
    '"a", "b"',
  ]
  for (const key of malformed) {
    assert.deepEqual(codeOf(await keyed(http, key)), [400, 'idempotency_key_invalid'], JSON.stringify(key))
  }
  for (const key of ['a', 'a'.repeat(255), `"${'a'.repeat(255)}"`, '"a b"', "';--", '../..', '__proto__']) {
    assert.equal((await keyed(http, key)).status, 200, key)
  }
})
