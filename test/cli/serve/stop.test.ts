/** How `tenure serve` stops: in one time for all, and all of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stopAll } from '../../../src/cli/serve/stop-all.ts'
import { systemClock } from '../../../src/domain/clock.ts'
import { linesOf, temporaryFolder, tenure } from '../../support/run-tenure.ts'
import { post, serving } from '../../support/serving.ts'
import { WebhookReceiver } from '../../support/webhook-receiver.ts'

test('what fails to stop keeps nothing else from it, and is told of once all are stopped', async () => {
  const stopped: string[] = []
  const job = (name: string, error?: Error) => ({
    stop: async () => {
      if (error !== undefined) throw error
      await Promise.resolve()
      stopped.push(name)
    },
  })
  const jobs = [job('first'), job('second', new Error('second')), job('third', new Error('third')), job('fourth')]
  const open = { close: async () => void stopped.push('service') }
  await assert.rejects(stopAll(open, jobs), { message: 'second' })
  assert.deepEqual(stopped, ['service', 'first', 'fourth'])
  const broken = { close: () => Promise.reject(new Error('service')) }
  await assert.rejects(stopAll(broken, jobs), { message: 'service' })
  assert.deepEqual(stopped.slice(3), ['first', 'fourth'])
})

test('a request and a webhook that hang are cut off at one time, and the webhook comes again at the next start', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const env = { TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true', TENURE_SHUTDOWN_TIMEOUT: 'PT1S' }
  const { out } = await tenure(['webhooks', 'add', receiver.url, '--store', store], { env })
  const service = await serving(['--store', store], env)
  const { url, key } = service
  await post(`${url}/v1/sign_in`, key, { user_id: 'user_ann' })
  await receiver.hasReceived(1)
  receiver.answer = () => {}
  await post(`${url}/v1/sign_in`, key, { user_id: 'user_bob' })
  const asking = post(`${url}/v1/webhooks/${linesOf(out)[0]?.['id']}/test`, key, {})
  const cutOff = assert.rejects(asking)
  await receiver.hasReceived(3)
  const began = systemClock.elapsed()
  assert.equal(await service.stop(), 0)
  const took = systemClock.elapsed() - began
  assert.ok(took < 2000, `it took ${took} ms`)
  await cutOff
  assert.equal(receiver.received.length, 3)
  assert.doesNotMatch(service.logged(), /webhook failed/)
  receiver.answer = 204
  await using _next = await serving(['--store', store], env)
  await receiver.hasReceived(4)
  assert.ok(receiver.ids.slice(1, 3).includes(String(receiver.ids[3])))
})
