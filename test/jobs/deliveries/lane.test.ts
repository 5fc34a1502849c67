/** Deliveries when the process stops. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { WebhookSender } from '../../../src/events/webhooks/sender.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { START, signedIn } from '../../support/services.ts'
import { aWhile, countOf, openWebhookService, until } from '../../support/webhook-service.ts'

function senderToClose(): WebhookSender {
  const clock = new ManualClock(START)
  return new WebhookSender({ clock, timeout: 15_000 as DurationMs, isPrivateAllowed: true, version: 'test' })
}

test('what is cut off because the process stops is no failure, even at the last attempt: the next process sends it at once', async () => {
  await using service = await openWebhookService()
  const { tenure, receiver, clock } = service
  const endpoint = await service.endpoint()
  const sender = senderToClose()
  const jobs = await service.others({ deliverer: { sender } })
  receiver.answer = 500
  jobs.start()
  await signedIn(tenure, 'user_1')
  for (let attempt = 1; attempt < 10; attempt += 1) {
    await until(() => jobs.deliveries.length === attempt)
    await aWhile()
    if (attempt === 9) receiver.answer = () => {}
    clock.advanceBy('P2D')
  }
  await receiver.hasReceived(10)
  const stopping = jobs.stop()
  sender.close()
  await stopping
  assert.deepEqual([jobs.deliveries.length, jobs.faults.length], [9, 0])
  assert.deepEqual(await countOf(jobs, endpoint), { open: 1, dead: 0 })
  receiver.answer = 204
  const heir = await service.others()
  heir.start()
  await until(() => heir.deliveries.length === 1)
  assert.deepEqual(
    heir.deliveries.map(({ outcome, attempt }) => [outcome, attempt]),
    [['delivered', 11]],
  )
  assert.equal(new Set(receiver.ids).size, 1)
})

test('a lane whose sender is closed takes nothing more, stopped or not', async () => {
  await using service = await openWebhookService()
  const { tenure } = service
  const endpoint = await service.endpoint()
  const sender = senderToClose()
  sender.close()
  let taken = 0
  const jobs = await service.others({
    deliverer: { sender },
    queues: (queues) => {
      const take = queues.take.bind(queues)
      return Object.assign(queues, {
        take: async (queue: string, limit: number) => {
          const jobs = await take(queue, limit)
          taken += jobs.length
          return jobs
        },
      })
    },
  })
  jobs.start()
  await signedIn(tenure, 'user_1')
  await until(() => taken > 0)
  await aWhile()
  assert.equal(taken, 1)
  assert.deepEqual(await countOf(jobs, endpoint), { open: 1, dead: 0 })
})
