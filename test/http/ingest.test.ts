/** Clerk's own webhooks, taken in: who is let in, and what becomes of them until their deadlines are events. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  anEnvelope,
  aWebhookSession,
  deliver,
  deliverAll,
  signedHeaders,
  WEBHOOK_KEY,
  type Wire,
} from '../support/clerk-webhooks.ts'
import { type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { START } from '../support/services.ts'
import { DAY, MINUTE } from '../support/sessions.ts'
import { overStores, type StoreKind, sqliteMemory } from '../support/stores.ts'
import { aWireClient } from '../support/wire-client.ts'

const PATH = '/v1/ingest/clerk'

const opened = (kind: StoreKind) => openHttpService(kind, { options: { clerkWebhookSecret: WEBHOOK_KEY } })

const created = (parts: Wire = {}) => anEnvelope('session.created', aWebhookSession(parts))

async function events(http: OpenedHttp): Promise<readonly (readonly [string, string, number])[]> {
  const { json } = await http.ask('GET', '/v1/events')
  return json.data.map(({ event }: { event: { type: string; session_id: string; at: number } }) => {
    return [event.type, event.session_id, event.at - START]
  })
}

async function differences(http: OpenedHttp): Promise<readonly unknown[]> {
  const found = []
  for await (const difference of http.service.tenure.audit()) found.push(difference)
  return found
}

overStores((kind) => {
  test('a session that Clerk began is told as expired a week later, and as abandoned at its day', async () => {
    await using http = await opened(kind)
    const { status, json } = await deliver(http, created())
    assert.deepEqual([status, json.result], [200, 'imported'])
    http.clock.advanceBy(7 * DAY - 1)
    await http.service.tenure.sweep()
    assert.deepEqual(await events(http), [['session.created', 'sess_1', 0]])
    http.clock.advanceBy(1)
    await http.service.tenure.sweep()
    const expired = ['session.expired', 'sess_1', 7 * DAY]
    assert.deepEqual((await events(http)).slice(1), [expired])
    http.clock.advanceBy(23 * DAY)
    await http.service.tenure.sweep()
    assert.deepEqual((await events(http)).slice(1), [expired, ['session.abandoned', 'sess_1', 30 * DAY]])
    assert.deepEqual(await differences(http), [])
  })

  test('a webhook is taken once, and a repeat of it says so and changes nothing', async () => {
    await using http = await opened(kind)
    const first = await deliver(http, created())
    assert.deepEqual(first.json, {
      object: 'ingest_result',
      result: 'imported',
      session_id: 'sess_1',
      sessions: { added: ['sess_1'], changed: [], kept: [] },
    })
    const before = (await http.ask('GET', '/v1/clients/client_1')).headers['etag']
    http.clock.advanceBy(DAY - 1)
    const newer = created({ updated_at: START + MINUTE, last_active_at: START + MINUTE })
    const { status, json } = await deliver(http, newer)
    assert.deepEqual([status, json.result, json.sessions], [200, 'repeated', { added: [], changed: [], kept: [] }])
    assert.equal((await http.ask('GET', '/v1/clients/client_1')).headers['etag'], before)
    http.clock.advanceBy(1)
    assert.equal((await deliver(http, newer)).json.result, 'imported', 'a day later its id is forgotten')
  })

  test('of twenty deliveries of one webhook at once exactly one is done', async () => {
    await using http = await opened(kind)
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(http, created())))
    const results = answers.map(({ status, json }) => (status === 200 ? json.result : json.errors[0].code))
    assert.equal(results.filter((result) => result === 'imported').length, 1, results.join(', '))
    for (const result of results) assert.match(result, /^(?:imported|unchanged|repeated)$/)
    assert.deepEqual(await events(http), [['session.created', 'sess_1', 0]])
    assert.equal((await deliver(http, created())).json.result, 'repeated')
  })

  test('twelve sessions of one client at once all come to be held, and the last of them is last active', async () => {
    await using http = await opened(kind)
    const sessions = Array.from({ length: 12 }, (_, index) => ({
      id: `sess_${index}`,
      user_id: `user_${index}`,
      last_active_at: START + index,
      updated_at: START + index,
    }))
    const deliveries = sessions.map((parts, index) => async () => {
      // Whoever was slower each time is told to come again, as Svix does.
      for (let tries = 0; tries < 20; tries += 1) {
        const { status, json } = await deliver(http, created(parts), { id: `msg_${index}` })
        if (status !== 409) return json.result
      }
      return 'given up'
    })
    const results = await Promise.all(deliveries.map((each) => each()))
    assert.deepEqual(new Set(results), new Set(['imported']))
    const { json } = await http.ask('GET', '/v1/clients/client_1')
    assert.equal(json.sessions.length, 12)
    assert.equal(json.last_active_session_id, 'sess_11')
    assert.equal(json.updated_at, START + 11)
    assert.deepEqual(await differences(http), [])
  })

  test('a client that is known keeps its own members and its other sessions, but for who is last active', async () => {
    await using http = await opened(kind)
    const snapshot = aWireClient('1', ['a', 'b'])
    await http.ask('PUT', `/v1/clients/${snapshot.id}`, { ...snapshot, x_custom: 'kept' })
    const parts = { client_id: snapshot.id, last_active_at: START + 1, updated_at: START + 5, created_at: START + 1 }
    http.clock.advanceBy(10)
    assert.equal((await deliver(http, created(parts))).json.result, 'imported')
    const [exported] = (await http.ask('GET', '/v1/clients/export')).text.trimEnd().split('\n')
    const { user: _, ...session } = aWebhookSession(parts)
    assert.deepEqual(JSON.parse(exported as string), {
      ...snapshot,
      x_custom: 'kept',
      session_ids: [...snapshot.session_ids, 'sess_1'],
      sessions: [...snapshot.sessions, session],
      last_active_session_id: 'sess_1',
      updated_at: START + 5,
    })
  })

  test('a client that signed in here takes a session of the webhook as well, and the next is last active when it ends', async () => {
    await using http = await opened(kind)
    const own = (await http.ask('POST', '/v1/sign_in', { user_id: 'user_own' })).json
    const parts = { client_id: own.client_id, last_active_at: START + 1, updated_at: START + 1 }
    const ended = aWebhookSession({ ...parts, status: 'ended', updated_at: START + 2 })
    await deliverAll(http, [created(parts)])
    assert.equal((await http.ask('GET', `/v1/clients/${own.client_id}`)).json.last_active_session_id, 'sess_1')
    await deliverAll(http, [anEnvelope('session.ended', ended)])
    const { json } = await http.ask('GET', `/v1/clients/${own.client_id}`)
    assert.equal(json.last_active_session_id, own.id)
    assert.deepEqual(json.session_ids, [own.id, 'sess_1'])
    assert.equal(json.created_at, own.created_at)
    const line = JSON.parse((await http.ask('GET', '/v1/clients/export?form=wire')).text)
    assert.deepEqual([line.created_at, line.sign_in_id], [own.created_at, null])
    assert.deepEqual(await differences(http), [])
  })

  test('a session that was purged stays away, and makes no client', async () => {
    await using http = await opened(kind)
    const removed = aWebhookSession({ status: 'removed', updated_at: START + 1 })
    await deliverAll(http, [created(), anEnvelope('session.removed', removed)])
    http.clock.advanceBy(61 * DAY)
    await http.service.tenure.purge()
    await http.service.tenure.purge()
    assert.equal((await http.ask('GET', '/v1/clients/client_1')).status, 404)
    const { status, json } = await deliver(http, created({ updated_at: START + 2 }), { id: 'msg_late' })
    assert.deepEqual([status, json.result], [200, 'unchanged'])
    assert.deepEqual(json.sessions.kept, [{ session_id: 'sess_1', reason: 'purged' }])
    assert.equal((await http.ask('GET', '/v1/clients/client_1')).status, 404)
  })
})

test('a webhook whose id could not be noted is sent again, and changes nothing the second time', async () => {
  const held = { isFailing: true }
  const over = (store: OpenedHttp['store']) =>
    interposedStore(store, {
      async putItem(item) {
        if (item.kind !== 'ingested-webhook' || !held.isFailing) return store.putItem(item)
        const { StoreError } = await import('../../src/domain/errors.ts')
        throw new StoreError('ERR_STORE_UNAVAILABLE', 'away')
      },
    })
  await using http = await openHttpService(sqliteMemory(), { over, options: { clerkWebhookSecret: WEBHOOK_KEY } })
  assert.equal((await deliver(http, created())).status, 503)
  held.isFailing = false
  assert.equal((await deliver(http, created())).json.result, 'unchanged')
  assert.equal((await deliver(http, created())).json.result, 'repeated')
  assert.deepEqual(await events(http), [['session.created', 'sess_1', 0]])
})

describe('who is let in', () => {
  const body = JSON.stringify(created())

  /** What is answered to a webhook of these headers. */
  async function asked(headers: Record<string, string>, sent: string | Buffer = body) {
    await using http = await opened(sqliteMemory())
    const { status, json } = await http.ask('POST', PATH, sent, { authorization: '', ...headers })
    return status === 200 ? json.result : `${status} ${json.errors[0].code}`
  }

  const REFUSED = '401 webhook_signature_invalid'
  const good = signedHeaders(body, START)
  const signature = good['svix-signature'] as string

  const cases: Readonly<Record<string, readonly [Record<string, string>, string, (string | Buffer)?]>> = {
    'a good signature': [good, 'imported'],
    'by the names of Standard Webhooks': [signedHeaders(body, START, { family: 'webhook' }), 'imported'],
    'signed five minutes ago': [signedHeaders(body, START - 5 * MINUTE + 999), 'imported'],
    'signed over five minutes ago': [signedHeaders(body, START - 5 * MINUTE - 1000), REFUSED],
    'signed in five minutes': [signedHeaders(body, START + 5 * MINUTE), 'imported'],
    'signed in over five minutes': [signedHeaders(body, START + 5 * MINUTE + 1000), REFUSED],
    'signed in milliseconds': [signedHeaders(body, START, { timestamp: START }), REFUSED],
    'signed at no time': [signedHeaders(body, START, { timestamp: 'now' }), REFUSED],
    'signed at a time with a fraction': [signedHeaders(body, START, { timestamp: '1785661283.5' }), REFUSED],
    'another secret': [signedHeaders(body, START, { key: Buffer.alloc(24, 'other') }), REFUSED],
    'another id': [{ ...good, 'svix-id': 'msg_2' }, REFUSED],
    'another timestamp': [{ ...good, 'svix-timestamp': String(Math.floor(START / 1000) + 1) }, REFUSED],
    'other white space': [good, REFUSED, `${body} `],
    'the same JSON in other words': [good, REFUSED, JSON.stringify(JSON.parse(body), null, 1)],
    'no body': [good, REFUSED, ''],
    'the last of several signatures': [{ ...good, 'svix-signature': `v1,AAAA v1a,BBBB ${signature}` }, 'imported'],
    'the first of several signatures': [{ ...good, 'svix-signature': `${signature} v1,AAAA` }, 'imported'],
    'several wrong signatures': [{ ...good, 'svix-signature': 'v1,AAAA v1,BBBB' }, REFUSED],
    'another version of signatures': [{ ...good, 'svix-signature': signature.replace('v1,', 'v2,') }, REFUSED],
    'no version': [{ ...good, 'svix-signature': signature.replace('v1,', '') }, REFUSED],
    'an empty signature': [{ ...good, 'svix-signature': 'v1,' }, REFUSED],
    'no headers': [{}, REFUSED],
    'no id': [{ ...good, 'svix-id': '' }, REFUSED],
    'headers of both names mixed': [
      { 'svix-id': 'msg_1', 'webhook-timestamp': good['svix-timestamp'] as string, 'svix-signature': signature },
      REFUSED,
    ],
  }
  for (const [name, [headers, expected, sent]] of Object.entries(cases)) {
    test(`${name}: ${expected}`, async () => assert.equal(await asked(headers, sent), expected))
  }

  test('a key that may write lets in no webhook without its signature, and nothing is written', async () => {
    await using http = await opened(sqliteMemory())
    const { status, json, text } = await http.ask('POST', PATH, body)
    assert.deepEqual([status, json.errors[0].code], [401, 'webhook_signature_invalid'])
    assert.doesNotMatch(text, /v1,|Y2xlcm/)
    assert.equal((await http.ask('GET', '/v1/sessions?paginated=true')).json.total_count, 0)
  })

  test('without a secret nothing is there, and what to set is said', async () => {
    await using http = await openHttpService(sqliteMemory())
    const { status, json } = await http.ask('POST', PATH, body, good)
    assert.deepEqual([status, json.errors[0].code], [404, 'resource_not_found'])
    assert.match(json.errors[0].long_message, /TENURE_CLERK_WEBHOOK_SECRET/)
  })

  test('an id of any length is one, whatever stands in it', async () => {
    await using http = await opened(sqliteMemory())
    for (const id of ["'; DROP TABLE items; --", 'x'.repeat(4000)]) {
      assert.equal((await deliver(http, created(), { id })).status, 200)
      assert.equal((await deliver(http, created(), { id })).json.result, 'repeated')
    }
  })
})

describe('what is in it', () => {
  const sent = async (event: unknown) => {
    await using http = await opened(sqliteMemory())
    const { status, json } = await deliver(http, event)
    const findings = json.errors?.[0].meta?.findings
    return { status, json, found: findings?.map(({ code, path }: Wire) => `${code} ${path}`) }
  }

  test('what is of no session is ignored', async () => {
    const user = anEnvelope('user.updated', { object: 'user', id: 'user_1' })
    const odd = [user, anEnvelope('session.odd', { object: 'token' }), { type: 'sms.created' }, { type: '' }]
    for (const event of odd) {
      const { status, json } = await sent(event)
      assert.deepEqual([status, json.result, json.session_id], [200, 'ignored', null])
    }
  })

  test('an event of a name that nobody knows is taken by the status of its session', async () => {
    const { json } = await sent(anEnvelope('session.expired', aWebhookSession({ status: 'expired' })))
    assert.deepEqual([json.result, json.sessions.added], ['imported', ['sess_1']])
  })

  test('a body that is no JSON in UTF-8, or that two readers may read as two, is answered 400', async () => {
    const bodies = ['', '{', '{"type":"a","type":"b"}', Buffer.from([0x22, 0xff, 0x22]), '['.repeat(1000)]
    for (const body of bodies) {
      const { status, json } = await sent(body)
      assert.deepEqual([status, json.errors[0].code], [400, 'request_body_invalid'])
    }
  })

  test('a session that is none is answered 422, with what is wrong and where', async () => {
    const { updated_at: _, ...outdated } = aWebhookSession()
    const cases: readonly (readonly [unknown, readonly string[]])[] = [
      [[], ['missing-member /type']],
      [null, ['missing-member /type']],
      [{ type: 7 }, ['missing-member /type']],
      [{ type: 'session.created' }, ['wrong-type /data']],
      [anEnvelope('session.created', []), ['wrong-type /data']],
      [created({ status: 'asleep' }), ['unknown-status /data/status']],
      [created({ expire_at: '2026-08-09' }), ['instant-not-integer /data/expire_at']],
      [created({ client_id: '' }), ['malformed-id /data/client_id']],
      [created({ object: 'user' }), ['wrong-value /data/object']],
      [created({ clientId: 'client_1' }), ['mixed-forms /data/clientId']],
      [anEnvelope('session.ended', outdated), ['missing-member /data/updated_at']],
    ]
    for (const [event, expected] of cases) {
      const { status, json, found } = await sent(event)
      assert.deepEqual([status, json.errors[0].code, found], [422, 'snapshot_invalid', expected], JSON.stringify(event))
    }
  })

  test('a session of another client, or of another user, is answered 422, and nothing of it is written', async () => {
    await using http = await opened(sqliteMemory())
    await deliverAll(http, [created()])
    const others: readonly Wire[] = [{ client_id: 'client_2' }, { user_id: 'user_2' }, { created_at: START - 1 }]
    for (const [index, other] of others.entries()) {
      const { status, json } = await deliver(http, created({ ...other, updated_at: START + 1 }), { id: `msg_${index}` })
      assert.equal(status, 422)
      assert.match(json.errors[0].meta.findings[0].path, /^\/data\/(?:id|user_id|created_at)$/)
    }
    assert.equal((await http.ask('GET', '/v1/clients?paginated=true')).json.total_count, 1)
  })

  test('of a user beside the session nothing is kept', async () => {
    await using http = await opened(sqliteMemory())
    await deliver(http, created())
    assert.doesNotMatch((await http.ask('GET', '/v1/clients/export')).text, /John|private/)
  })

  test('a webhook of half a mebibyte is taken, and of a byte more is not', async () => {
    await using http = await opened(sqliteMemory())
    const padded = (length: number) => JSON.stringify(created()).padEnd(length, ' ')
    assert.equal((await deliver(http, padded(524_289))).status, 413)
    assert.equal((await deliver(http, padded(524_288))).status, 200)
  })
})
