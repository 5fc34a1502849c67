import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RETRY_DELAYS } from '../../src/events/webhooks/retry-schedule.ts'
import { findSignature, isSignedWith, readWebhookSecret } from '../../src/service/svix.ts'
import { queueOf } from '../../src/service/webhooks/endpoint.ts'
import type { Queues } from '../../src/store/queue.ts'
import { putterOf } from '../support/queues.ts'
import { signedIn } from '../support/services.ts'
import { type ReceivedWebhook, WebhookReceiver } from '../support/webhook-receiver.ts'
import { aWhile, countOf, delayed, finishing, openWebhookService, until } from '../support/webhook-service.ts'

const SECOND = 1000
const DAY = 86_400_000

/** Whether a webhook was signed with a secret, as its receiver would find out. */
function isSignedBy(secret: string, { headers, body }: ReceivedWebhook): boolean {
  const message = findSignature(headers, Buffer.from(body))
  return message !== null && isSignedWith(readWebhookSecret(secret), message)
}

/** What each webhook that arrived was about: `created sess_1`. */
function story({ received }: WebhookReceiver): readonly string[] {
  return received.map(({ body }) => {
    const { type, event } = JSON.parse(body) as { type: string; event: { session_id: string } }
    return `${type.replace('session.', '')} ${event.session_id}`
  })
}

test('each event is delivered once, in the form that its endpoint has', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs } = service
  const { url } = receiver
  for (const form of ['clerk', 'tenure', 'cloudevents'] as const)
    await service.endpoint({ url: `${url}?${form}`, form })
  jobs.start()
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  await receiver.hasReceived(3)
  await until(() => jobs.deliveries.length === 3)
  await aWhile()
  assert.equal(receiver.received.length, 3)
  assert.equal(new Set(receiver.ids).size, 1)
  const arrived = (form: string) => {
    const webhook = receiver.received.find(({ path }) => path === `/hook?${form}`)
    return { body: JSON.parse(webhook?.body ?? '{}'), contentType: webhook?.headers['content-type'] }
  }
  const clerk = arrived('clerk')
  assert.deepEqual([clerk.body.object, clerk.body.data.id, clerk.body.data.status], ['event', 'sess_1', 'active'])
  assert.deepEqual([clerk.body.instance_id, clerk.contentType], ['https://sessions.example', 'application/json'])
  assert.equal(arrived('tenure').body.object, 'session_event')
  const cloud = arrived('cloudevents')
  assert.deepEqual([cloud.body.specversion, cloud.body.source], ['1.0', 'https://sessions.example'])
  assert.equal(cloud.contentType, 'application/cloudevents+json; charset=utf-8')
  assert.deepEqual(jobs.faults, [])
})

test("a session's later events wait behind one that fails, and those of other sessions do not", async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  await until(() => jobs.deliveries.length === 1)
  await tenure.end('sess_1')
  receiver.answer = 204
  await signedIn(tenure, 'user_2', { sessionId: 'sess_2' })
  await receiver.hasReceived(2)
  await until(() => jobs.deliveries.length === 2)
  await aWhile()
  assert.deepEqual(story(receiver), ['created sess_1', 'created sess_2'])
  clock.advanceBy(delayed(5 * SECOND))
  await receiver.hasReceived(4)
  assert.deepEqual(story(receiver).slice(2), ['created sess_1', 'ended sess_1'])
  const [first, , again] = receiver.received
  assert.equal(again?.headers['svix-id'], first?.headers['svix-id'])
})

test('a delivery that fails is made again by the schedule, with the same bytes and id, and is dead after the last', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1')
  for (const [index, scheduled] of RETRY_DELAYS.entries()) {
    await until(() => jobs.deliveries.length === index + 1)
    await aWhile()
    clock.advanceBy(delayed(scheduled) - 1)
    await aWhile()
    assert.equal(receiver.received.length, index + 1, `nothing comes sooner than after ${scheduled} ms`)
    clock.advanceBy(1)
    await receiver.hasReceived(index + 2)
  }
  await until(() => jobs.deliveries.length === 10)
  clock.advanceBy('P7D')
  await aWhile()
  assert.equal(receiver.received.length, 10)
  assert.equal(new Set(receiver.ids).size, 1)
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1)
  const stamps = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']))
  assert.deepEqual(
    stamps,
    stamps.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(stamps).size, 10, 'each is signed when it is sent')
  assert.deepEqual(
    jobs.deliveries.map(({ outcome, attempt }) => [outcome, attempt]),
    [...Array.from({ length: 9 }, (_, index) => ['failed', index + 1]), ['dead', 10]],
  )
  const [dead] = await jobs.queues.listDead(queueOf(endpoint), { limit: 10 })
  assert.deepEqual([dead?.attempts, dead?.reason], [10, 'answered 500'])
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 1 })
})

test('what is dead does not hold up what stands behind it, and comes again when it is redriven', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  await until(() => jobs.deliveries.length === 1)
  await tenure.end('sess_1')
  for (let attempt = 2; attempt <= 10; attempt += 1) {
    clock.advanceBy('P2D')
    await until(() => jobs.deliveries.length === attempt)
  }
  receiver.answer = 204
  clock.advanceBy('PT10M')
  await until(() => jobs.deliveries.length === 11)
  assert.equal(story(receiver).at(-1), 'ended sess_1')
  assert.equal(await jobs.queues.redrive(queueOf(endpoint)), 1)
  clock.advanceBy(5 * SECOND)
  await until(() => jobs.deliveries.length === 12)
  assert.equal(story(receiver).at(-1), 'created sess_1')
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 0 })
})

test('who dies between sending and finishing has the same id and bytes sent again, by another once the lease is over', async () => {
  const dying = (queues: Queues) => finishing(queues, () => Promise.reject(new Error('killed')))
  await using service = await openWebhookService({ queues: dying })
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  jobs.start()
  await signedIn(tenure, 'user_1')
  await receiver.hasReceived(1)
  await until(() => jobs.faults.length === 1)
  await jobs.stop()
  const heir = await service.others()
  heir.start()
  await aWhile()
  clock.advanceBy(59 * SECOND)
  await aWhile()
  assert.equal(receiver.received.length, 1)
  for (let seconds = 0; seconds < 10; seconds += 5) {
    clock.advanceBy(5 * SECOND)
    await aWhile()
  }
  await until(() => heir.deliveries.length === 1)
  assert.equal(receiver.ids[0], receiver.ids[1])
  assert.equal(receiver.received[0]?.body, receiver.received[1]?.body)
  assert.deepEqual(
    heir.deliveries.map(({ outcome, attempt }) => [outcome, attempt]),
    [['delivered', 2]],
  )
})

test('after a rotation both secrets sign for a day, and at exactly a day the new one only', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const added = await jobs.endpoints.add({ url: receiver.url })
  assert.ok(added !== null)
  jobs.start()
  await signedIn(tenure, 'user_1')
  await until(() => jobs.deliveries.length === 1)
  const rotated = await jobs.endpoints.rotate(added.endpoint.id, false)
  assert.ok(typeof rotated === 'object')
  const signers = async (count: number) => {
    clock.advanceBy(5 * SECOND)
    await aWhile()
    await signedIn(tenure, `user_${count}`)
    await until(() => jobs.deliveries.length === count)
    const last = receiver.received.at(-1) as ReceivedWebhook
    return [isSignedBy(added.secret, last), isSignedBy(rotated.secret, last)]
  }
  assert.deepEqual(await signers(2), [true, true])
  clock.advanceBy(DAY - 10 * SECOND - 1)
  assert.deepEqual(await signers(3), [true, true])
  clock.advanceBy(1)
  assert.deepEqual(await signers(4), [false, true])
})

test('an answer of 410 disables the endpoint: what waits is buried, and nothing more is queued or sent', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  receiver.answer = 410
  for (const name of ['a', 'b', 'c']) await signedIn(tenure, 'user_1', { sessionId: `sess_${name}` })
  for (const name of ['a', 'b', 'c']) await tenure.end(`sess_${name}`)
  jobs.start()
  await until(async () => (await countOf(jobs, endpoint)).dead > 0)
  await until(async () => (await countOf(jobs, endpoint)).open === 0)
  const { disabled } = (await jobs.endpoints.find(endpoint.id)) ?? {}
  assert.deepEqual(disabled, { at: clock.now(), reason: 'it answered 410 Gone' })
  const { length } = receiver.received
  assert.ok(length <= 3, 'of each session no more than one was sent')
  assert.equal((await countOf(jobs, endpoint)).dead, 6)
  for (const { reason } of await jobs.queues.listDead(queueOf(endpoint), { limit: 10 })) {
    assert.equal(reason, 'the endpoint is disabled: it answered 410 Gone')
  }
  await signedIn(tenure, 'user_2')
  clock.advanceBy('PT1M')
  await aWhile()
  assert.deepEqual([receiver.received.length, await countOf(jobs, endpoint)], [length, { open: 0, dead: 6 }])
  receiver.answer = 204
  await jobs.endpoints.enable(endpoint.id)
  assert.equal(await jobs.queues.redrive(queueOf(endpoint)), 6)
  // What happens now wakes its lane, which was told nothing of this yet.
  await signedIn(tenure, 'user_3')
  await until(() => receiver.received.length === length + 7)
  await until(async () => (await countOf(jobs, endpoint)).open === 0)
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 0 })
})

test('an endpoint that another process disables gets nothing after five seconds, and what waited is buried', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1')
  await until(() => jobs.deliveries.length === 1)
  await (await service.others()).endpoints.disable(endpoint.id, 'somebody disabled it')
  clock.advanceBy(5 * SECOND)
  await aWhile()
  clock.advanceBy('PT1H')
  await until(async () => (await countOf(jobs, endpoint)).dead === 1)
  assert.equal(receiver.received.length, 1)
  assert.equal(jobs.deliveries.at(-1)?.reason, 'the endpoint is disabled: somebody disabled it')
})

test('an endpoint that hangs holds up no other, and no more is under way to one than may be', async () => {
  await using service = await openWebhookService({ deliverer: { concurrency: 4 } })
  const { tenure, receiver, jobs, clock } = service
  await using hanging = await WebhookReceiver.listening()
  hanging.answer = () => {}
  await service.endpoint({ url: hanging.url })
  await service.endpoint()
  for (let count = 0; count < 20; count += 1) await signedIn(tenure, `user_${count}`)
  jobs.start()
  await receiver.hasReceived(20)
  await until(() => jobs.deliveries.length === 20)
  assert.equal(hanging.received.length, 4)
  clock.advanceBy(15 * SECOND)
  await until(() => jobs.deliveries.length === 24)
  assert.equal(jobs.deliveries.at(-1)?.reason, 'no answer within 15 s')
})

test('to stop waits for what is under way, and takes nothing more', async () => {
  await using service = await openWebhookService({ deliverer: { concurrency: 1 } })
  const { tenure, receiver, jobs } = service
  const endpoint = await service.endpoint()
  const answer = Promise.withResolvers<void>()
  receiver.answer = (_request, response) => {
    answer.promise.then(() => response.writeHead(204).end())
  }
  jobs.start()
  for (const user of ['user_1', 'user_2']) await signedIn(tenure, user)
  await receiver.hasReceived(1)
  jobs.feed.close()
  let isStopped = false
  const stopping = jobs.stop().then(() => (isStopped = true))
  await aWhile()
  assert.equal(isStopped, false)
  answer.resolve()
  await stopping
  assert.deepEqual([receiver.received.length, await countOf(jobs, endpoint)], [1, { open: 1, dead: 0 }])
  assert.equal(service.clock.pending, 0, 'nothing waits any more')
})

test('an endpoint that another process removes is forgotten, with what was put in for it meanwhile', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1')
  await until(() => jobs.deliveries.length === 1)
  await jobs.endpoints.remove(endpoint.id)
  for (let looks = 0; looks < 2; looks += 1) {
    clock.advanceBy(5 * SECOND)
    await aWhile()
  }
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 0 })
  clock.advanceBy('P1D')
  await aWhile()
  assert.ok(receiver.received.length <= 2)
})

test('secrets that cannot be read send nothing unsigned, and are told of now and then', async () => {
  await using service = await openWebhookService({ encryptionKey: new Uint8Array(32).fill(1) })
  const { tenure, receiver, clock } = service
  const endpoint = await service.endpoint()
  for (let count = 0; count < 100; count += 1) await signedIn(tenure, `user_${count}`)
  await using wrong = await service.others({ encryptionKey: new Uint8Array(32).fill(2) })
  wrong.start()
  await until(() => wrong.faults.length > 0)
  for (let seconds = 0; seconds < 10; seconds += 1) {
    clock.advanceBy(SECOND)
    await aWhile()
  }
  assert.equal(receiver.received.length, 0)
  assert.ok(wrong.faults.length < 50, `${wrong.faults.length} faults in ten seconds`)
  assert.equal((wrong.faults[0] as { code: string }).code, 'ERR_STORE_CORRUPT')
  assert.equal((await countOf(wrong, endpoint)).open, 100, 'none was lost')
})

test('a job that is no webhook is buried unsent, and what stands behind it goes on', async () => {
  await using service = await openWebhookService()
  const { opened, tenure, receiver, jobs } = service
  const endpoint = await service.endpoint()
  await putterOf(opened.store, jobs.queues)([{ queue: queueOf(endpoint), key: 'sess_1', data: '{"id":"evt_1"}' }])
  jobs.start()
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  await receiver.hasReceived(1)
  await until(async () => (await countOf(jobs, endpoint)).open === 0)
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 1 })
  const [{ eventId, type, outcome, reason } = assert.fail('nothing was told')] = jobs.deliveries
  assert.deepEqual([eventId, type, outcome, reason], [null, null, 'dead', 'it is no webhook, and cannot be read'])
  assert.deepEqual(jobs.faults, [])
})

test('the queue of an endpoint that was removed is removed at a later look where the store failed at it', async () => {
  const tries: string[] = []
  const failing = (own: Queues): Queues =>
    new Proxy(own, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        if (name !== 'remove') return value.bind(target)
        return (queue: string) => {
          tries.push(queue)
          return tries.length === 1 ? Promise.reject(new Error('away')) : own.remove(queue)
        }
      },
    })
  await using service = await openWebhookService({ queues: failing })
  const { jobs, clock } = service
  const endpoint = await service.endpoint()
  jobs.start()
  await aWhile()
  await jobs.endpoints.remove(endpoint.id)
  for (let looks = 0; looks < 5; looks += 1) {
    clock.advanceBy(5 * SECOND)
    await aWhile()
  }
  assert.deepEqual(tries, [queueOf(endpoint), queueOf(endpoint)])
  assert.equal(jobs.faults.length, 1)
})

test('a secret that somebody without the key has put in is encrypted within five seconds, and signs as before', async () => {
  await using service = await openWebhookService({ encryptionKey: new Uint8Array(32).fill(1) })
  const { opened, tenure, receiver, jobs, clock } = service
  jobs.start()
  await aWhile()
  const made = await (await service.others()).endpoints.add({ url: receiver.url })
  const stored = async () => (await opened.store.listItems('webhook-endpoint')).map(({ value }) => value).join()
  assert.ok((await stored()).includes(made?.secret ?? '-'))
  clock.advanceBy(5 * SECOND)
  await until(async () => !(await stored()).includes('whsec_'))
  await signedIn(tenure, 'user_1')
  await receiver.hasReceived(1)
  assert.ok(isSignedBy(made?.secret ?? '', receiver.received[0] as ReceivedWebhook))
})

test('an idle store is asked a few times in five seconds, and no more', async () => {
  let asked = 0
  const counting = (queues: Queues): Queues =>
    new Proxy(queues, {
      get: (target, name) => {
        asked += 1
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  await using service = await openWebhookService({ queues: counting })
  await service.endpoint()
  service.jobs.start()
  await aWhile()
  asked = 0
  for (let seconds = 0; seconds < 100; seconds += 1) {
    service.clock.advanceBy(SECOND)
    await aWhile()
  }
  assert.ok(asked >= 20 && asked <= 60, `asked ${asked} times in a hundred seconds`)
})
