import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../src/domain/duration.ts'
import { StoreError } from '../../src/domain/errors.ts'
import { addDuration } from '../../src/domain/instant.ts'
import { queueOf, WEBHOOK_ENDPOINT } from '../../src/service/webhooks/endpoint.ts'
import type { Publication, Queues, QueueWrite } from '../../src/store/queue.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { signedIn } from '../support/services.ts'
import type { WebhookReceiver } from '../support/webhook-receiver.ts'
import { aWhile, countOf, openWebhookService, until } from '../support/webhook-service.ts'

/** Queues whose `put` a test has hold of. */
function putting(put: (write: QueueWrite, own: Queues) => Promise<boolean>): (own: Queues) => Queues {
  return (own) =>
    new Proxy(own, {
      get: (target, name) => {
        if (name === 'put') return (write: QueueWrite) => put(write, own)
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
}

test('an endpoint gets what is recorded from its creation on, of the types that it wants', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  for (const id of ['sess_before', 'sess_over']) await signedIn(tenure, 'user_1', { sessionId: id })
  await tenure.end('sess_over')
  await service.endpoint({ types: ['session.expired', 'session.ended'] })
  await signedIn(tenure, 'user_2', { sessionId: 'sess_after' })
  await tenure.end('sess_before')
  jobs.start()
  clock.advanceBy('P8D')
  await tenure.sweep()
  await receiver.hasReceived(2)
  await aWhile()
  assert.deepEqual(
    receiver.received.map(({ body }) => JSON.parse(body).type),
    ['session.ended', 'session.expired'],
  )
})

test('a store that was never relayed begins with what happens from then on, and goes on after a stop where it was', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  jobs.start()
  await signedIn(tenure, 'user_1')
  await receiver.hasReceived(1)
  await jobs.stop()
  for (const user of ['user_2', 'user_3']) await signedIn(tenure, user)
  await aWhile()
  assert.equal(receiver.received.length, 1)
  const heir = await service.others()
  heir.start()
  clock.advanceBy(1000)
  await receiver.hasReceived(3)
  await aWhile()
  assert.equal(new Set(receiver.ids).size, 3)
})

test('of several relays at once each event is put in once', async () => {
  await using service = await openWebhookService({ deliverer: { concurrency: 1 } })
  const { tenure, receiver, jobs, clock } = service
  const endpoint = await service.endpoint()
  const processes = [jobs, await service.others(), await service.others()]
  for (const each of processes) each.start()
  for (let count = 0; count < 100; count += 1) await signedIn(tenure, `user_${count}`)
  for (let seconds = 0; seconds < 3; seconds += 1) {
    clock.advanceBy(1000)
    await aWhile()
  }
  await until(async () => (await countOf(jobs, endpoint)).open === 0)
  await receiver.hasReceived(100)
  await aWhile()
  assert.deepEqual([receiver.received.length, new Set(receiver.ids).size], [100, 100])
})

test('a place that another moved on is read anew, and what that one did not put in is not passed over', async () => {
  const sizes: number[] = []
  let first = ''
  // Another process, which saw the first event only, is faster.
  const overtaken = putting(async (write, own) => {
    sizes.push(write.jobs.length)
    const place = { ...write.place, value: JSON.stringify({ cursor: first }) }
    if (sizes.length === 1) await own.put({ jobs: write.jobs.slice(0, 1), publications: [], place })
    return own.put(write)
  })
  await using service = await openWebhookService({ queues: overtaken })
  const { tenure, receiver, jobs } = service
  await service.endpoint()
  for (const user of ['user_1', 'user_2', 'user_3']) await signedIn(tenure, user)
  first = (await tenure.events()).events[0]?.cursor ?? ''
  jobs.start()
  await until(() => sizes.length === 2)
  service.clock.advanceBy(5000)
  await receiver.hasReceived(3)
  await aWhile()
  assert.deepEqual(sizes, [3, 2])
  assert.deepEqual([receiver.received.length, new Set(receiver.ids).size], [3, 3])
})

test('a store that fails is tried again, later and later, and nothing is lost', async () => {
  let failures = 0
  const failing = putting(async (write, own) => {
    failures += 1
    if (failures <= 4) throw new StoreError('ERR_STORE_UNAVAILABLE', 'away')
    return own.put(write)
  })
  await using service = await openWebhookService({ queues: failing })
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  jobs.start()
  await signedIn(tenure, 'user_1')
  for (const wait of [500, 1000, 2000, 4000]) {
    const { length } = jobs.faults
    await until(() => jobs.faults.length === length + (wait === 500 ? 1 : 0) || failures > length)
    await aWhile()
    clock.advanceBy(wait - 1)
    await aWhile()
    const before = failures
    clock.advanceBy(1)
    await until(() => failures === before + 1)
  }
  await receiver.hasReceived(1)
  assert.equal(jobs.faults.length, 4)
})

test('an endpoint that another process makes just before an event is sent it', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs } = service
  jobs.start()
  await signedIn(tenure, 'user_1')
  await aWhile()
  const other = await service.others()
  await other.endpoints.add({ url: receiver.url })
  await signedIn(tenure, 'user_2', { sessionId: 'sess_2' })
  await receiver.hasReceived(1)
  assert.equal(JSON.parse(receiver.received[0]?.body ?? '').data.id, 'sess_2')
})

/** What arrived: `created sess_1`. */
function arrived({ received }: WebhookReceiver): readonly string[] {
  return received.map(({ body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { id: string } }
    return `${type.replace('session.', '')} ${data.id}`
  })
}

test('an endpoint that is made by a clock far ahead is sent what happens from then on, and so is one made by a clock behind', async () => {
  await using service = await openWebhookService()
  const { opened, tenure, receiver, jobs, clock } = service
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  for (const step of [-1_000_000, 1_000_000] as DurationMs[]) {
    const store = interposedStore(opened.store, { now: async () => addDuration(clock.now(), step) })
    const other = await service.others({ store })
    await other.endpoints.add({ url: receiver.url })
  }
  await signedIn(tenure, 'user_2', { sessionId: 'sess_2' })
  jobs.start()
  await receiver.hasReceived(2)
  await aWhile()
  assert.deepEqual(arrived(receiver), ['created sess_2', 'created sess_2'])
})

test('what happened before an endpoint was disabled is buried though it is relayed later, and comes back with a redrive', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs } = service
  const endpoint = await service.endpoint()
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  await jobs.endpoints.disable(endpoint.id, 'why')
  await signedIn(tenure, 'user_2', { sessionId: 'sess_2' })
  jobs.start()
  await until(async () => (await countOf(jobs, endpoint)).dead === 1)
  await aWhile()
  assert.deepEqual(await countOf(jobs, endpoint), { open: 0, dead: 1 })
  await jobs.endpoints.enable(endpoint.id)
  assert.equal(await jobs.queues.redrive(queueOf(endpoint)), 1)
  await signedIn(tenure, 'user_3', { sessionId: 'sess_3' })
  await receiver.hasReceived(2)
  await aWhile()
  assert.deepEqual([...arrived(receiver)].sort(), ['created sess_1', 'created sess_3'])
})

test('what happened while an endpoint was disabled is not sent though it is relayed later, and what happened before is', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs } = service
  const endpoint = await service.endpoint()
  for (const name of ['1', '2']) {
    await signedIn(tenure, 'user_1', { sessionId: `sess_enabled_${name}` })
    await jobs.endpoints.disable(endpoint.id, 'why')
    await signedIn(tenure, 'user_1', { sessionId: `sess_disabled_${name}` })
    await jobs.endpoints.enable(endpoint.id)
  }
  await signedIn(tenure, 'user_1', { sessionId: 'sess_enabled_3' })
  jobs.start()
  await receiver.hasReceived(3)
  await aWhile()
  assert.deepEqual(
    [...arrived(receiver)].sort(),
    ['1', '2', '3'].map((name) => `created sess_enabled_${name}`),
  )
})

test('an endpoint that was stored before it had a cursor is sent what is recorded from its creation on', async () => {
  await using service = await openWebhookService()
  const { opened, tenure, receiver, jobs, clock } = service
  const { id } = await service.endpoint()
  const { id: disabled } = await service.endpoint()
  await jobs.endpoints.disable(disabled, 'why')
  await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
  clock.advanceBy(1)
  for (const each of [id, disabled]) {
    const item = await opened.store.findItem(WEBHOOK_ENDPOINT, each)
    assert.ok(item !== null)
    const { behind, gaps, ...members } = JSON.parse(item.value) as Record<string, unknown>
    await opened.store.putItem({ ...item, value: JSON.stringify({ ...members, createdAt: clock.now() }) })
  }
  await signedIn(tenure, 'user_2', { sessionId: 'sess_2' })
  jobs.start()
  await receiver.hasReceived(1)
  await jobs.endpoints.enable(disabled)
  await signedIn(tenure, 'user_3', { sessionId: 'sess_3' })
  await receiver.hasReceived(3)
  await aWhile()
  assert.deepEqual(arrived(receiver), ['created sess_2', 'created sess_3', 'created sess_3'])
})

test('every event is published, whoever has endpoints, and a page at a time', async () => {
  const publications: Publication[] = []
  const sizes: number[] = []
  const listening = putting(async (write, own) => {
    publications.push(...write.publications)
    sizes.push(write.publications.length)
    return own.put(write)
  })
  await using service = await openWebhookService({ queues: listening })
  for (let count = 0; count < 250; count += 1) await signedIn(service.tenure, `user_${count}`)
  service.jobs.start()
  await until(() => publications.length === 250)
  assert.deepEqual(sizes, [200, 50])
  assert.equal(publications[0]?.type, 'session.created')
  assert.equal(JSON.parse(publications[0]?.data ?? '').object, 'session_event')
})

test('a relay whose feed is closed looks now and then, until it is stopped', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  jobs.start()
  await aWhile()
  jobs.feed.close()
  await aWhile()
  await signedIn(tenure, 'user_1')
  await aWhile()
  assert.equal(receiver.received.length, 0)
  clock.advanceBy(5000)
  await receiver.hasReceived(1)
  await jobs.stop()
  assert.equal(clock.pending, 0)
})
