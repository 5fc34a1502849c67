import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { verifyWebhook } from '@clerk/backend/webhooks'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { systemClock } from '../../src/domain/clock.ts'
import { eventId } from '../../src/service/events/event.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { findSignature, isSignedWith, readWebhookSecret } from '../../src/service/svix.ts'
import { openStore } from '../../src/store/open-store.ts'
import { putterOf } from '../support/queues.ts'
import { linesOf, type Run, temporaryFolder, tenure } from '../support/run-tenure.ts'
import { post, serving } from '../support/serving.ts'
import { type ReceivedWebhook, WebhookReceiver } from '../support/webhook-receiver.ts'

const ENCRYPTION_KEY = Buffer.alloc(32, 5).toString('base64')
const SAMPLES = 'examples/clients.ndjson'
const PRIVATE = { TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true' }

/** Runs `tenure webhooks` on a store of the test's own. */
function webhooksOf(t: TestContext, env: Readonly<Record<string, string>> = PRIVATE) {
  const place = temporaryFolder(t)
  const store = `sqlite:${place('tenure.db')}`
  const run = (...args: string[]): Promise<Run> => tenure(['webhooks', ...args, '--store', store], { env })
  const one = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await run(...args)
    assert.equal(code, 0, err)
    return linesOf(out)[0] ?? {}
  }
  return { store, place, run, one }
}

test('an endpoint is added with its secret, listed without it, rotated, disabled, enabled and removed', async (t) => {
  const { one, run } = webhooksOf(t)
  const url = 'https://example.com/hook?token=1'
  const added = await one('add', url, '--type', 'session.expired,session.abandoned', '--description', 'win back')
  assert.match(String(added['secret']), /^whsec_/)
  const { secret, ...shown } = added
  assert.deepEqual(
    { ...shown, id: '', createdAt: 0 },
    {
      ...{ id: '', url, types: ['session.expired', 'session.abandoned'], form: 'clerk', description: 'win back' },
      ...{ createdAt: 0, disabled: null, secrets: 1 },
    },
  )
  const id = String(added['id'])
  assert.deepEqual(await one('list'), shown)
  const rotated = await one('rotate', id)
  assert.notEqual(rotated['secret'], secret)
  assert.equal(rotated['secrets'], 2)
  assert.equal((await one('rotate', id, '--at-once'))['secrets'], 1)
  const disabled = (await one('disable', id))['disabled'] as { reason: string }
  assert.equal(disabled.reason, 'somebody disabled it')
  const refused = await run('redrive', id)
  assert.deepEqual(
    [refused.code, refused.err],
    [2, `tenure: the endpoint is disabled: tenure webhooks enable ${id} first\n`],
  )
  assert.equal((await one('enable', id))['disabled'], null)
  assert.deepEqual(await one('redrive', id), { id, redriven: 0 })
  assert.equal((await run('dead', id)).out, '')
  assert.deepEqual(await one('remove', id), { id, removed: true })
  assert.equal((await run('list')).out, '')
  for (const command of ['rotate', 'disable', 'enable', 'remove', 'test', 'dead', 'redrive']) {
    const none = await run(command, id)
    assert.deepEqual(
      [none.code, none.err],
      [2, `tenure: there is no webhook endpoint ${id}: tenure webhooks list shows them\n`],
    )
  }
})

test('an endpoint may be neither private nor http, nor hold a password, and its secret is kept encrypted where there is a key', async (t) => {
  const { one, run, place } = webhooksOf(t, { TENURE_ENCRYPTION_KEY: ENCRYPTION_KEY })
  const refusals = [
    ['http://example.com/', /begins with https/],
    ['https://127.1/', /the address is private: /],
    ['http://127.0.0.1/', /the address is private, and the URL is not https: /],
    ['https://169.254.169.254/', /the address is private: /],
    ['https://localhost/', /the address is private: /],
    ['https://a:b@c.example/', /no password/],
    ['no', /cannot be read as a URL/],
    ['https://example.com:99999/', /cannot be read as a URL/],
    ['https://exa mple.com', /cannot be read as a URL/],
    [`https://example.com/${'a'.repeat(2048)}`, /at most 2048 characters/],
  ] as const
  for (const [url, says] of refusals) {
    const { code, out, err } = await run('add', url)
    assert.deepEqual([code, out], [2, ''], url)
    assert.match(err, /^tenure: [^\n]+\n$/)
    assert.match(err, says)
  }
  const { secret } = await one('add', 'https://example.com/')
  const stored = ['', '-wal'].map((suffix) =>
    readFileSync(`${place('tenure.db')}${suffix}`, { flag: 'a+' }).toString('latin1'),
  )
  assert.ok(!stored.join().includes(String(secret)))
  assert.match((await run('add', 'https://example.com/', '--type', 'session.gone')).err, /They are session\.created/)
})

test('a store in memory is refused: what is put into it is gone with the command', async () => {
  for (const command of [['list'], ['add', 'https://example.com/']]) {
    const { code, out, err } = await tenure(['webhooks', ...command, '--store', 'sqlite::memory:'])
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /^tenure: a store in memory is gone with this command: [^\n]+\n$/)
  }
})

test('a test delivery is signed, is marked as one, and says what failed', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, run } = webhooksOf(t)
  const { id, secret } = await one('add', receiver.url)
  const delivered = await one('test', String(id))
  assert.match(String(delivered['event']), /^evt_test_[0-9a-f]{24}$/)
  assert.deepEqual([delivered['delivered'], delivered['status'], delivered['failure']], [true, 204, null])
  const [webhook] = receiver.received
  assert.ok(webhook !== undefined)
  const message = findSignature(webhook.headers, Buffer.from(webhook.body))
  assert.ok(message !== null && isSignedWith(readWebhookSecret(String(secret)), message))
  const body = JSON.parse(webhook.body)
  assert.deepEqual([body.type, body.data.status, body.event.id], ['session.expired', 'expired', delivered['event']])
  receiver.answer = 500
  const failed = await run('test', String(id), '--type', 'session.ended')
  assert.equal(failed.code, 1)
  assert.deepEqual(
    linesOf(failed.out).map(({ type, delivered: isDelivered, failure }) => [type, isDelivered, failure]),
    [['session.ended', false, 'answered 500']],
  )
})

test('what is delivered is taken by the verifiers that receivers have', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store } = webhooksOf(t)
  const { id, secret } = await one('add', receiver.url)
  // They go by the machine's clock.
  const sent = await tenure(['webhooks', 'test', String(id), '--store', store], { env: PRIVATE, clock: systemClock })
  assert.equal(sent.code, 0, sent.err)
  const { headers, body } = receiver.received[0] as ReceivedWebhook
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  const request = new Request('https://example.com/hook', { method: 'POST', headers: texts, body })
  const event = await verifyWebhook(request, { signingSecret: String(secret) })
  assert.deepEqual([event.type, event.data.id], ['session.expired', 'sess_test'])
  for (const verifier of [new SvixWebhook(String(secret)), new StandardWebhook(String(secret))]) {
    verifier.verify(body, texts)
    assert.throws(() => verifier.verify(`${body} `, texts))
  }
})

test('a service delivers what happens in it to an endpoint that is added while it runs, and its metrics and log tell of it', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store, run } = webhooksOf(t)
  await using service = await serving(['--store', store, '--log-level', 'debug'], PRIVATE)
  const { id } = await one('add', `${receiver.url}?token=very-secret`, '--form', 'tenure')
  const byHttp = (path: string, method = 'GET') =>
    fetch(`${service.url}/v1/webhooks${path}`, { method, headers: { authorization: `Bearer ${service.key}` } })
  const listed = (await (await byHttp('')).json()) as { readonly data: readonly { readonly id: string }[] }
  assert.deepEqual(
    listed.data.map((each) => each.id),
    [id],
  )
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_1' })
  await receiver.hasReceived(1)
  assert.equal(JSON.parse(receiver.received[0]?.body ?? '').type, 'session.created')
  receiver.answer = 410
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_2' })
  await receiver.hasReceived(2)
  let dead: Record<string, unknown>[] = []
  while (dead.length === 0) {
    // The service is in this process, and needs its turn.
    await setImmediate()
    dead = linesOf((await run('dead', String(id))).out)
  }
  assert.deepEqual(
    dead.map(({ type, attempts, reason }) => [type, attempts, reason]),
    [['session.created', 1, 'the endpoint is disabled: it answered 410 Gone']],
  )
  assert.equal((await byHttp(`/${String(id)}/enable`, 'POST')).status, 200)
  const redriven = await run('redrive', String(id), '--job', `none,${String(dead[0]?.['job'])}`)
  assert.deepEqual([redriven.code, linesOf(redriven.out)], [1, [{ id, redriven: 1 }]])
  assert.equal(redriven.err, `tenure: not among the dead: "none": tenure webhooks dead ${String(id)} shows them\n`)
  const metrics = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${service.key}` } })
  assert.match(await metrics.text(), /tenure_webhook_deliveries_total\{outcome="dead"\} 1/)
  await service.stop()
  assert.match(service.logged(), /webhook given up/)
  assert.doesNotMatch(service.logged(), /very-secret|whsec_/)
})

test('what happens between the making of an endpoint and the first start of a service is sent', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store: url } = webhooksOf(t)
  await one('add', receiver.url)
  {
    await using tenure = await openTenure({ store: url, clock: systemClock })
    await tenure.signIn({ userId: 'user_1' })
  }
  await using _ = await serving(['--store', url], PRIVATE)
  await receiver.hasReceived(1)
  assert.equal(JSON.parse(receiver.received[0]?.body ?? '').type, 'session.created')
})

test('a service of a virtual clock that is years behind sends to an endpoint that is added beside it', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store } = webhooksOf(t)
  await using service = await serving(
    ['--store', store, '--clock', 'virtual', '--start', '2020-01-01T00:00:00Z'],
    PRIVATE,
  )
  await one('add', receiver.url)
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_1' })
  await receiver.hasReceived(1)
})

test('the samples that a service begins with are sent, as what happens after its start is', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store: url } = webhooksOf(t)
  await one('add', receiver.url)
  await using store = await openStore(url, systemClock)
  assert.equal(await store.deleteItem('webhook-relay', 'place', 1), true, 'the service makes it itself')
  await using _ = await serving(['--store', url, '--samples', SAMPLES], PRIVATE)
  const imported = (await store.readFeed(null, 1_000)).filter(({ cause }) => cause === 'import')
  assert.ok(imported.length > 0)
  const isSent = (id: string) => receiver.received.some(({ body }) => JSON.parse(body).event.id === id)
  for (let turns = 0; turns < 20_000 && !imported.every((entry) => isSent(eventId(entry))); turns += 1) {
    await setImmediate()
  }
  assert.deepEqual(
    imported.filter((entry) => !isSent(eventId(entry))).map(({ sessionId }) => sessionId),
    [],
  )
})

test('what was given up and is no webhook is listed too, without an event', async (t) => {
  const { one, store: url } = webhooksOf(t)
  const { id } = await one('add', 'https://example.com/')
  const queue = `webhook.${String(id)}`
  {
    await using store = await openStore(url, systemClock)
    await using queues = await store.openQueues()
    await putterOf(store, queues)([{ queue, key: 'sess_1', data: 'null' }])
    for (const job of await queues.take(queue, 1)) await queues.bury(job, 'why')
  }
  const { event, type, sessionId, reason } = await one('dead', String(id))
  assert.deepEqual([event, type, sessionId, reason], [null, null, 'sess_1', 'why'])
})

test('a service that stops cuts off a receiver that hangs once its time is over, and the delivery waits in the store', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const { one, store: url } = webhooksOf(t)
  receiver.answer = () => {}
  const service = await serving(['--store', url, '--shutdown-timeout', 'PT0.2S'], PRIVATE)
  const { id } = await one('add', receiver.url)
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_1' })
  await receiver.hasReceived(1)
  const began = systemClock.elapsed()
  assert.equal(await service.stop(), 0)
  assert.ok(systemClock.elapsed() - began < 10_000, 'it does not wait for as long as a receiver may take')
  await using store = await openStore(url, systemClock)
  await using queues = await store.openQueues()
  assert.deepEqual(await queues.count(`webhook.${String(id)}`), { open: 1, dead: 0 })
})
