/** `tenure serve --clock virtual`: what a test suite of somebody's backend does with it, over HTTP and with the real SDK. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createClerkClient } from '@clerk/backend'
import { verifyWebhook } from '@clerk/backend/webhooks'
import { linesOf, temporaryFolder, tenure } from '../../support/run-tenure.ts'
import { get, post, serving } from '../../support/serving.ts'
import { WebhookReceiver } from '../../support/webhook-receiver.ts'

const DAY = 86_400_000
const START = Date.parse('2027-01-01T00:00:00Z')
const PRIVATE = { TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true' }

/** A service whose clock is virtual, on a store of the test's own with an endpoint that leads to a receiver. */
async function served(t: TestContext) {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const receiver = await WebhookReceiver.listening()
  t.after(() => receiver[Symbol.asyncDispose]())
  const add = ['webhooks', 'add', receiver.url, '--store', store, '--type', 'session.expired,session.abandoned']
  const { out } = await tenure(add, { env: PRIVATE })
  const [endpoint] = linesOf(out)
  const service = await serving(['--store', store, '--clock', 'virtual', '--start', '2027-01-01T00:00:00Z'], PRIVATE)
  t.after(() => service[Symbol.asyncDispose]())
  const move = (body: object) => post(`${service.url}/v1/clock`, service.key, body)
  const webhooks = (...args: string[]) => tenure(['webhooks', ...args, '--store', store], { env: PRIVATE })
  return { service, receiver, move, webhooks, id: String(endpoint?.['id']), secret: String(endpoint?.['secret']) }
}

test('signs in, jumps seven days, and finds the session expired, with the webhook delivered, by the real SDK', async (t) => {
  const { service, receiver, move, secret } = await served(t)
  const clerk = createClerkClient({ secretKey: service.key ?? '', apiUrl: service.url, telemetry: { disabled: true } })
  const { id, createdAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
  assert.equal(createdAt, START)
  assert.equal((await move({ advance: 'P6DT23H59M59.999S' })).status, 200)
  assert.equal((await clerk.sessions.getSession(id)).status, 'active')
  assert.equal(receiver.received.length, 0)

  const moved = await move({ advance: 'PT0.001S' })
  assert.deepEqual([moved.status, moved.json], [200, { object: 'clock', is_virtual: true, now: START + 7 * DAY }])
  // It was delivered before the answer came, and a verifier that goes by the real clock takes it.
  assert.equal(receiver.received.length, 1)
  assert.equal((await clerk.sessions.getSession(id)).status, 'expired')
  const [{ headers, body } = assert.fail()] = receiver.received
  const request = new Request('https://example.com/', {
    method: 'POST',
    body,
    headers: headers as Record<string, string>,
  })
  const event = (await verifyWebhook(request, { signingSecret: secret })) as { type: string; data: { id: string } }
  assert.deepEqual([event.type, event.data.id], ['session.expired', id])
})

test('a year passes in one call: deadlines, webhooks that fail and are tried again, and the purge, each at its instant', async (t) => {
  const { service, receiver, move } = await served(t)
  let refusals = 3
  receiver.answer = (_request, response) => {
    refusals -= 1
    const status = refusals >= 0 ? 500 : 204
    // In a time that is not the service's: the clock waits for it.
    setTimeout(() => response.writeHead(status).end(), 30)
  }
  const { json } = await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_ann' })
  const { id } = json as { id: string }
  assert.equal((await move({ set: '2028-01-01T00:00:00Z' })).status, 200)
  const told = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
  assert.deepEqual(told, [...Array(4).fill('session.expired'), 'session.abandoned'])
  assert.equal((await get(`${service.url}/v1/sessions/${id}`, service.key)).status, 404)
  const { data } = (await get(`${service.url}/v1/sessions/${id}/history`, service.key)).json as {
    data: { to: string; at: number; recorded_at: number }[]
  }
  assert.deepEqual(
    data.map(({ to, at, recorded_at: recorded }) => [to, (at - START) / DAY, recorded - at]),
    [
      ['active', 0, 0],
      ['expired', 7, 0],
      ['abandoned', 30, 0],
    ],
  )
})

test('what is changed of webhooks is seen at once, by whom it was asked, and by whom it was not before the clock moves', async (t) => {
  const { service, receiver, move, webhooks, id } = await served(t)
  receiver.answer = 500
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_ann' })
  await move({ advance: 'P15D' })
  assert.equal(receiver.received.length, 10)
  await webhooks('redrive', id)
  assert.equal((await move({ advance: 'PT0.001S' })).status, 200)
  assert.equal(receiver.received.length, 11, 'the command line told nobody')
  assert.equal((await move({ advance: 'P5D' })).status, 200)
  assert.equal(receiver.received.length, 20)

  receiver.answer = 204
  const ask = (what: string) => post(`${service.url}/v1/webhooks/${id}/${what}`, service.key, {})
  assert.equal((await ask('redrive')).status, 200)
  await receiver.hasReceived(21)
  await webhooks('disable', id)
  await move({ set: '2027-03-01T00:00:00Z' })
  assert.equal(receiver.received.length, 21)
})

test('the clock is read by all, moved one call after the other, and set back', async (t) => {
  const { service, move } = await served(t)
  const read = async () => (await get(`${service.url}/v1/clock`, service.key)).json
  assert.deepEqual(await read(), { object: 'clock', is_virtual: true, now: START })
  await Promise.all([move({ advance: 'P1D' }), move({ advance: 'P1D' }), move({ advance: 'PT1S' })])
  assert.deepEqual(await read(), { object: 'clock', is_virtual: true, now: START + 2 * DAY + 1000 })
  assert.equal((await move({ set: START - DAY })).status, 200)
  assert.deepEqual(await read(), { object: 'clock', is_virtual: true, now: START - DAY })
})

test('what is no move is refused, and says what to give', async (t) => {
  const { move, service } = await served(t)
  const refusals = [
    [{}, 'form_param_missing'],
    [{ advance: 'P1D', set: 'now' }, 'form_param_value_invalid', /^Both advance and set were given\./],
    [{ set: '2026' }, 'form_param_value_invalid', /epoch milliseconds as an integer/],
    [{ set: '1798761600000' }, 'form_param_value_invalid', /epoch milliseconds as an integer/],
    [{ advance: 'P1M' }, 'form_param_value_invalid'],
    [{ advance: 'soon' }, 'form_param_value_invalid'],
    [{ set: '2027-01-01' }, 'form_param_value_invalid'],
    [{ set: -1 }, 'form_param_value_invalid'],
    [{ set: true }, 'form_param_type_invalid'],
    [{ advance: 'P1D', by: 'me' }, 'form_param_unknown'],
    [{ advance: 'P999999999D' }, 'form_param_value_invalid'],
  ] as const
  for (const [body, code, says = /./] of refusals) {
    const { status, json } = await move(body)
    const { errors } = json as { errors: { code: string; long_message: string }[] }
    assert.deepEqual([status, errors[0]?.code], [422, code], JSON.stringify(body))
    assert.match(String(errors[0]?.long_message), says)
  }
  const { json } = await get(`${service.url}/v1/clock`, service.key)
  assert.equal((json as { now: number }).now, START)
  assert.match(service.said(), /the clock is virtual: it stands at 2027-01-01T00:00:00\.000Z/)
})

test('a real clock is read and not moved', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  await using service = await serving(['--store', store])
  const { json } = await get(`${service.url}/v1/clock`, service.key)
  const { is_virtual: isVirtual, now } = json as { is_virtual: boolean; now: number }
  assert.deepEqual([isVirtual, Math.abs(now - Date.now()) < 60_000], [false, true])
  const moved = await post(`${service.url}/v1/clock`, service.key, { advance: 'P1D' })
  assert.equal(moved.status, 409)
  assert.match(JSON.stringify(moved.json), /start one for tests with --clock virtual/)
})

test('no virtual clock in production, nor on PostgreSQL', async () => {
  const refused = async (...args: string[]) => (await tenure(['serve', ...args, '--clock', 'virtual'])).err
  assert.match(
    await refused('--store', 'sqlite::memory:', '--production'),
    /--clock: a virtual clock is for tests, and this is production \(--production\)/,
  )
  assert.match(
    await refused('--store', 'sqlite::memory:', '--host', '0.0.0.0'),
    /this is production \(host\): set production to false/,
  )
  assert.match(await refused('--store', 'postgres://a@b/c'), /--clock: must be process or database/)
})
