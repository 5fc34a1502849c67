/** How an endpoint is left alone as a whole, whatever waits for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../src/domain/errors.ts'
import type { Queues } from '../../src/store/queue.ts'
import { signedIn } from '../support/services.ts'
import { aWhile, finishing, openWebhookService, until } from '../support/webhook-service.ts'

const SECOND = 1000

test('an endpoint that fails is tried one at a time with longer and longer pauses, whatever waits for it, and then all at once', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  receiver.answer = 500
  for (let count = 0; count < 300; count += 1) await signedIn(tenure, `user_${count}`)
  jobs.start()
  await until(() => jobs.deliveries.length >= 32)
  await aWhile()
  const first = receiver.received.length
  assert.ok(first <= 34, `${first} were tried before the first failure was known`)
  for (let minutes = 0; minutes < 60; minutes += 1) {
    for (let step = 0; step < 6; step += 1) {
      clock.advanceBy(10 * SECOND)
      await aWhile()
    }
  }
  const tried = receiver.received.length - first
  assert.ok(tried > 10 && tried < 30, `${tried} were tried in an hour`)
  receiver.answer = 204
  clock.advanceBy('PT5M')
  await until(() => receiver.received.length >= first + tried + 200, 'the rest')
})

test('a receiver that asks to be left alone is left alone, whatever waits for it', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  receiver.answer = (_request, response) => response.writeHead(429, { 'retry-after': '3600' }).end()
  jobs.start()
  await signedIn(tenure, 'user_1')
  await until(() => jobs.deliveries.length === 1)
  receiver.answer = 204
  await signedIn(tenure, 'user_2')
  for (let step = 0; step < 59; step += 1) {
    clock.advanceBy('PT1M')
    await aWhile()
  }
  assert.equal(receiver.received.length, 1)
  for (let step = 0; step < 13; step += 1) {
    clock.advanceBy(5 * SECOND)
    await aWhile()
  }
  await receiver.hasReceived(3)
  assert.deepEqual([jobs.deliveries[0]?.retryIn, jobs.deliveries[0]?.reason], [3_600_000, 'answered 429'])
})

test('a store that fails many deliveries at once holds up their endpoint for a second, and not for minutes', async () => {
  const outage = Promise.withResolvers<void>()
  let isReached = false
  const unreached = (inner: Queues) =>
    finishing(inner, async (jobs) => {
      if (isReached) return inner.finish(jobs)
      await outage.promise
      throw new StoreError('ERR_STORE_UNAVAILABLE', 'the store is out of reach')
    })
  await using service = await openWebhookService({ queues: unreached })
  const { tenure, receiver, jobs, clock } = service
  await service.endpoint()
  for (let count = 0; count < 20; count += 1) await signedIn(tenure, `user_${count}`)
  jobs.start()
  await receiver.hasReceived(20)
  await aWhile()
  outage.resolve()
  await until(() => jobs.faults.length === 20)
  isReached = true
  await signedIn(tenure, 'user_20')
  await aWhile()
  assert.equal(receiver.received.length, 20)
  clock.advanceBy(SECOND)
  await until(() => receiver.received.length === 21, 'a delivery after a second')
})
