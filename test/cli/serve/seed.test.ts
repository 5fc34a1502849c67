/** `tenure serve --clock virtual --seed N`: what is random in a service comes again, and collides with nothing. */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { createClerkClient, verifyToken } from '@clerk/backend'
import { linesOf, temporaryFolder } from '../../support/run-tenure.ts'
import { get, post, type Serving, serving } from '../../support/serving.ts'
import { WebhookReceiver } from '../../support/webhook-receiver.ts'

const PRIVATE = { TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true' }
const MEMORY = 'sqlite::memory:'

/** The arguments of a service by a seed; without one where it is `null`. */
function by(seed: number | null, store = MEMORY): string[] {
  const virtual = ['--store', store, '--clock', 'virtual', '--start', '2027-01-01T00:00:00Z']
  return seed === null ? virtual : [...virtual, '--seed', String(seed)]
}

async function signIn({ url, key }: Serving, body: object = { user_id: 'user_ann' }) {
  const { status, json } = await post(`${url}/v1/sign_in`, key, body)
  assert.equal(status, 200, JSON.stringify(json))
  const { id, client_id: clientId } = json as { id: string; client_id: string }
  return { id, clientId }
}

/** What is random in a service, after the same was asked of it. */
async function drawn(t: TestContext, seed: number | null, { looks, answers }: { looks: number; answers: number[] }) {
  const receiver = await WebhookReceiver.listening()
  t.after(() => receiver[Symbol.asyncDispose]())
  const delays = [...answers]
  receiver.answer = (_request, response) => {
    setTimeout(() => response.writeHead(500).end(), delays.shift() ?? 0)
  }
  const service = await serving(by(seed), PRIVATE)
  t.after(() => service[Symbol.asyncDispose]())
  const ask = async (path: string, body: object) => (await post(service.url + path, service.key, body)).json
  const made = (await ask('/v1/webhooks', { url: receiver.url, types: ['session.expired'] })) as {
    id: string
    secret: string
  }
  const sessions = [await signIn(service)]
  // More often than names of requests are drawn at once.
  for (let look = 0; look < looks; look += 1) await get(`${service.url}/v1/sessions/${sessions[0]?.id}`, service.key)
  const { jwt } = (await ask(`/v1/sessions/${sessions[0]?.id}/tokens`, {})) as { jwt: string }
  sessions.push(await signIn(service), await signIn(service))
  const rotated = (await ask(`/v1/webhooks/${made.id}/rotate`, {})) as { secret: string }
  await ask('/v1/clock', { advance: 'P8D' })
  await service.stop()
  const retries = linesOf(service.logged())
    .filter(({ msg }) => msg === 'webhook failed')
    .map(({ event, attempt, retryInMilliseconds: wait }) => `${event} ${attempt} ${wait}`)
  const { jti } = JSON.parse(Buffer.from(String(jwt.split('.')[1]), 'base64url').toString()) as { jti: string }
  const secrets = [made.secret, rotated.secret]
  return { key: service.key, endpoint: made.id, secrets, jti, sessions, retries: retries.sort() }
}

test('by one seed the same is drawn for what is asked, whatever is read between and whoever answers first', async (t) => {
  const first = await drawn(t, 7, { looks: 0, answers: [0, 40, 80] })
  const again = await drawn(t, 7, { looks: 300, answers: [80, 40, 0] })
  assert.deepEqual(again, first)
  assert.ok(first.retries.length >= 9, `${first.retries.length} attempts failed`)
  const all = (of: typeof first) => [of.key, of.endpoint, ...of.secrets, of.jti, ...of.sessions.map(({ id }) => id)]
  const clients = (of: typeof first) => of.sessions.map(({ clientId }) => clientId)
  for (const seed of [8, null]) {
    const other = await drawn(t, seed, { looks: 0, answers: [] })
    const drawnTwice = [...all(other), ...clients(other)].filter((each) =>
      [...all(first), ...clients(first)].includes(each),
    )
    assert.deepEqual(drawnTwice, [], `seed ${seed}`)
  }
})

test('a service by the same seed on a store that has been served draws on, and a copy draws as the original', async (t) => {
  const place = temporaryFolder(t)
  const served = async (store: string) => {
    const service = await serving([...by(7, `sqlite:${store}`), '--new-development-key'], PRIVATE)
    try {
      const { json } = await post(`${service.url}/v1/webhooks`, service.key, { url: 'http://127.0.0.1:9/' })
      const signedIn = [await signIn(service), await signIn(service)]
      const { json: list } = await get(`${service.url}/v1/sessions?user_id=user_ann`, service.key)
      return { key: service.key, endpoint: (json as { id: string }).id, signedIn, held: (list as unknown[]).length }
    } finally {
      await service.stop()
    }
  }
  const first = await served(place('a.db'))
  copyFileSync(place('a.db'), place('b.db'))
  const second = await served(place('a.db'))
  const ids = ({ key, endpoint, signedIn }: typeof first) => [
    ...[key, endpoint],
    ...signedIn.flatMap(({ id, clientId }) => [id, clientId]),
  ]
  assert.equal(new Set([...ids(first), ...ids(second)]).size, 12)
  assert.deepEqual([first.held, second.held], [2, 4])
  assert.deepEqual(await served(place('b.db')), second)
})

test('a signing key and its id are never the same twice: a verifier that has seen one service takes the next', async () => {
  const kids = new Set<string>()
  for (const _ of [1, 2]) {
    await using service = await serving(by(7))
    const { id } = await signIn(service)
    const secretKey = service.key ?? ''
    const clerk = createClerkClient({ secretKey, apiUrl: service.url, telemetry: { disabled: true } })
    const { jwt } = await clerk.sessions.getToken(id)
    const { kid } = JSON.parse(Buffer.from(String(jwt.split('.')[0]), 'base64url').toString()) as { kid: string }
    kids.add(kid)
    // By the virtual clock the token is years ahead.
    const clockSkewInMs = 100 * 365 * 86_400_000
    const { sid } = await verifyToken(jwt, { secretKey, apiUrl: service.url, clockSkewInMs })
    assert.equal(sid, id)
  }
  assert.equal(kids.size, 2)
})

test('who sees a service by a seed is told that its secrets can be guessed', async () => {
  await using seeded = await serving(by(7))
  assert.match(seeded.said(), /tenure: ids and secrets come from seed 7, and can be guessed\n/)
  await using other = await serving(by(null))
  assert.doesNotMatch(other.said(), /seed/)
})
