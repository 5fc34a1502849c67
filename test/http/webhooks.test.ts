/** Webhook endpoints over HTTP: made, changed, tried and removed as by `tenure webhooks`, and nothing told that is secret. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/domain/clock.ts'
import type { DurationMs } from '../../src/domain/duration.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import { WebhookSender } from '../../src/events/webhooks/sender.ts'
import { findSignature, isSignedWith, readWebhookSecret } from '../../src/service/svix.ts'
import { queueOf } from '../../src/service/webhooks/endpoint.ts'
import { WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import { type Answer, ask, type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { putterOf } from '../support/queues.ts'
import { overStores, sqliteMemory } from '../support/stores.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'

const URL = 'https://hooks.example/a'

/** Makes an endpoint; answers it with its secret. */
async function added(http: OpenedHttp, body: object = {}): Promise<Answer['json']> {
  const { status, json } = await http.ask('POST', '/v1/webhooks', { url: URL, ...body })
  assert.equal(status, 200)
  return json
}

/** Status and code of an answer. */
const told = ({ status, json }: Answer) => [status, json?.errors?.[0]?.code]

/** Buries deliveries of an endpoint. */
async function bury(http: OpenedHttp, id: string, count: number): Promise<void> {
  const { queues, store } = http
  assert.ok(queues !== null)
  const queue = queueOf({ id })
  const names = Array.from({ length: count }, (_, index) => `sess_${index}`)
  const data = (name: string) =>
    JSON.stringify({ id: `evt_${name}`, type: 'session.expired', contentType: 'a/b', body: '{"secret":1}' })
  await putterOf(store, queues)(names.map((key) => ({ queue, key, data: data(key) })))
  for (const job of await queues.take(queue, count)) await queues.bury(job, 'answered 500')
}

overStores((kind) => {
  test('what was given up is read page by page, and tried again by its ids or all', async () => {
    await using http = await openHttpService(kind, { webhooks: {} })
    const { id } = await added(http)
    const base = `/v1/webhooks/${id}`
    await bury(http, id, 5)
    const first = (await http.ask('GET', `${base}/dead_letters?limit=3`)).json
    const second = (await http.ask('GET', `${base}/dead_letters?limit=3&after=${first.next}`)).json
    const sessions = [...first.data, ...second.data].map(({ session_id: session }: { session_id: string }) => session)
    assert.deepEqual(sessions.toSorted(), ['sess_0', 'sess_1', 'sess_2', 'sess_3', 'sess_4'])
    assert.deepEqual([first.data.length, second.data.length, second.next], [3, 2, null])
    const { id: job, buried_at: at, session_id: session, ...letter } = first.data[0]
    assert.equal(typeof at, 'number')
    assert.deepEqual(letter, {
      object: 'dead_letter',
      event_id: `evt_${session}`,
      type: 'session.expired',
      attempts: 1,
      reason: 'answered 500',
    })
    const redriven = async (body?: object) => (await http.ask('POST', `${base}/redrive`, body)).json.redriven
    assert.equal(await redriven({ ids: [job, 'none'] }), 1)
    assert.equal(await redriven(), 4)
    assert.deepEqual((await http.ask('GET', `${base}/dead_letters`)).json, { data: [], next: null })
    await http.ask('POST', `${base}/disable`)
    assert.deepEqual(told(await http.ask('POST', `${base}/redrive`)), [409, 'webhook_disabled'])
    assert.deepEqual((await http.ask('POST', `${base}/remove`)).json, { object: 'webhook', id, deleted: true })
    assert.deepEqual(await http.queues?.count(queueOf({ id })), { open: 0, dead: 0 })
  })
})

test('what was given up and is no webhook is listed too, without an event', async () => {
  await using http = await openHttpService(sqliteMemory(), { webhooks: {} })
  const { id } = await added(http)
  const queue = queueOf({ id })
  assert.ok(http.queues !== null)
  const texts = ['null', '"text"', '[]', '{"id":1}', '{"id":"evt_1","type":"session.expired"}']
  await putterOf(http.store, http.queues)(texts.map((data, place) => ({ queue, key: `sess_${place}`, data })))
  for (const job of await http.queues.take(queue, texts.length)) await http.queues.bury(job, 'why')
  const { status, json } = await http.ask('GET', `/v1/webhooks/${id}/dead_letters`)
  assert.equal(status, 200)
  assert.deepEqual(
    json.data.map((letter: Answer['json']) => [letter.event_id, letter.type, letter.reason]),
    texts.map(() => [null, null, 'why']),
  )
})

test('an endpoint is made with its secret shown once, read without it, and changed', async () => {
  await using http = await openHttpService(sqliteMemory(), { webhooks: {} })
  const made = await http.ask('POST', '/v1/webhooks', { url: URL, types: ['session.expired'], description: 'ours' })
  assert.equal(made.headers['cache-control'], 'no-store')
  const { secret, ...shown } = made.json
  assert.match(secret, /^whsec_/)
  assert.deepEqual(shown, {
    object: 'webhook',
    id: shown.id,
    url: URL,
    types: ['session.expired'],
    form: 'clerk',
    description: 'ours',
    created_at: http.clock.now(),
    disabled: null,
    secrets: 1,
  })
  const base = `/v1/webhooks/${shown.id}`
  assert.deepEqual((await http.ask('GET', base)).json, shown)
  assert.deepEqual((await http.ask('GET', '/v1/webhooks')).json, { data: [shown], total_count: 1 })
  const disabled = { at: http.clock.now(), reason: 'somebody disabled it' }
  assert.deepEqual((await http.ask('POST', `${base}/disable`)).json, { ...shown, disabled })
  assert.deepEqual((await http.ask('POST', `${base}/enable`)).json, shown)
  const rotated = (await http.ask('POST', `${base}/rotate`)).json
  assert.notEqual(rotated.secret, secret)
  assert.deepEqual({ ...rotated, secret: undefined }, { ...shown, secrets: 2, secret: undefined })
  assert.equal((await http.ask('POST', `${base}/rotate`, { at_once: true })).json.secrets, 1)
  for (let more = 0; more < 9; more += 1) assert.equal((await http.ask('POST', `${base}/rotate`)).status, 200)
  assert.deepEqual(told(await http.ask('POST', `${base}/rotate`)), [409, 'webhook_limit_reached'])
  await http.ask('POST', `${base}/remove`)
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/rotate'],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/test'],
    ['POST', '/remove'],
    ['GET', '/dead_letters'],
    ['POST', '/redrive'],
  ] as const) {
    assert.deepEqual(told(await http.ask(method, `${base}${path}`)), [404, 'webhook_not_found'], path)
  }
})

test('a URL that may not be, a private address, and a description that steers a terminal are refused by their names', async () => {
  await using http = await openHttpService(sqliteMemory(), { webhooks: {} })
  const refused = async (body: object) => {
    const { status, json, text } = await http.ask('POST', '/v1/webhooks', { url: URL, ...body })
    return [status, json.errors[0].code, json.errors[0].meta?.param_name, text.includes('hidden')]
  }
  for (const url of [
    'http://hooks.example/hidden',
    'https://user:hidden@hooks.example/',
    'https://127.0.0.1/hidden',
    'https://[::ffff:a9fe:a9fe]/hidden',
    'https://0x7f.1/hidden',
    'https://hooks.example/#hidden',
    `https://hooks.example/hidden${'x'.repeat(2048 - 29)}\u00fc`,
  ]) {
    assert.deepEqual(await refused({ url }), [422, 'form_param_value_invalid', 'url', false], url)
  }
  const description = 'a\u001b[2J'
  assert.deepEqual(await refused({ description }), [422, 'form_param_value_invalid', 'description', false])
  assert.deepEqual((await http.ask('GET', '/v1/webhooks')).json.total_count, 0)
})

test('a test delivery is signed, and says what became of it; to a private address nothing goes by default', async () => {
  await using receiver = await WebhookReceiver.listening()
  const options = { clock: systemClock, timeout: 5000 as DurationMs, version: 'test' }
  const sending = async (isPrivateAllowed: boolean, work: (http: OpenedHttp) => Promise<void>) => {
    const sender = new WebhookSender({ ...options, isPrivateAllowed })
    await using http = await openHttpService(sqliteMemory(), { webhooks: { sender, isPrivateAllowed } })
    await work(http)
    sender.close()
  }
  await sending(true, async (http) => {
    const { id, secret } = await added(http, { url: receiver.url })
    const { json } = await http.ask('POST', `/v1/webhooks/${id}/test`, { type: 'session.ended' })
    const { event_id: event, took_milliseconds: took, ...outcome } = json
    assert.match(event, /^evt_test_/)
    assert.ok(Number.isInteger(took))
    const own = { object: 'webhook_test', webhook_id: id, type: 'session.ended' }
    assert.deepEqual(outcome, { ...own, delivered: true, status: 204, failure: null })
    const [webhook] = receiver.received
    assert.ok(webhook !== undefined)
    const message = findSignature(webhook.headers, Buffer.from(webhook.body))
    assert.ok(message !== null && isSignedWith(readWebhookSecret(secret), message))
    receiver.answer = 500
    const failed = (await http.ask('POST', `/v1/webhooks/${id}/test`)).json
    assert.deepEqual([failed.delivered, failed.status, failed.failure], [false, 500, 'answered 500'])
  })
  await sending(false, async (http) => {
    // As another process may have made it, to whom it was allowed.
    const randomness = systemRandomness
    const parts = { store: http.store, randomness, encryptionKey: null, isPrivateAllowed: true }
    const made = await new WebhookEndpoints(parts).add({ url: receiver.url })
    const id = made?.endpoint.id
    const { delivered, failure } = (await http.ask('POST', `/v1/webhooks/${id}/test`)).json
    assert.deepEqual([delivered, failure], [false, 'the URL is not https'])
  })
  assert.equal(receiver.received.length, 2)
})

test('a key that may only read changes and sends nothing, and a secret is neither logged nor kept', async () => {
  await using http = await openHttpService(sqliteMemory(), { webhooks: {} })
  const keyed = { 'idempotency-key': 'once' }
  const made = await http.ask('POST', '/v1/webhooks', { url: `${URL}?token=hidden` }, keyed)
  const { id, secret } = made.json
  for (const path of ['', `/${id}/rotate`, `/${id}/enable`, `/${id}/disable`, `/${id}/test`, `/${id}/remove`]) {
    const answer = await ask(http.service, http.readKey, 'POST', `/v1/webhooks${path}`, path === '' ? { url: URL } : {})
    assert.deepEqual(told(answer), [403, 'insufficient_scope'], path)
  }
  const redriving = await ask(http.service, http.readKey, 'POST', `/v1/webhooks/${id}/redrive`, {})
  assert.deepEqual(told(redriving), [403, 'insufficient_scope'])
  for (const path of ['', `/${id}`, `/${id}/dead_letters`]) {
    const { status, text } = await ask(http.service, http.readKey, 'GET', `/v1/webhooks${path}`)
    assert.deepEqual([status, text.includes(secret)], [200, false])
  }
  // Lines are written together, once a turn is over.
  await new Promise(setImmediate)
  const log = JSON.stringify(http.logged())
  assert.ok(log.includes('/v1/webhooks'))
  assert.ok(!log.includes(secret) && !log.includes('hidden'))
  assert.deepEqual(await http.store.listItems('idempotency'), [])
  assert.equal((await http.ask('POST', '/v1/webhooks', { url: URL }, keyed)).headers['idempotent-replayed'], undefined)
})

test('a service that sends nothing says so', async () => {
  await using http = await openHttpService(sqliteMemory())
  const { status, json } = await http.ask('GET', '/v1/webhooks')
  assert.deepEqual([status, json.errors[0].code], [404, 'resource_not_found'])
  assert.match(json.errors[0].long_message, /tenure serve/)
})
