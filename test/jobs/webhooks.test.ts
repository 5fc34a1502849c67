/** Webhooks over every store, by two processes at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { signedIn } from '../support/services.ts'
import { overStores } from '../support/stores.ts'
import { countOf, openWebhookService } from '../support/webhook-service.ts'

overStores((kind) => {
  describe('webhooks', () => {
    test('of two processes each event is relayed by one and sent by one, in order for each session', async () => {
      await using service = await openWebhookService({}, kind)
      const { receiver, jobs, clock } = service
      const endpoint = await service.endpoint()
      const other = await service.others(kind.isShared ? { store: await service.opened.opened.again() } : {})
      for (const each of [jobs, other]) each.start()
      for (let count = 0; count < 20; count += 1) {
        const { id } = await signedIn([jobs, other][count % 2]?.tenure ?? jobs.tenure, `user_${count}`)
        await jobs.tenure.end(id)
      }
      for (
        let open = 1;
        open > 0;
        open = (await countOf(jobs, endpoint)).open + (receiver.received.length < 40 ? 1 : 0)
      ) {
        // Slowly, so that neither an attempt nor a lease is over before its time.
        clock.advanceBy(100)
        await setTimeout(kind.isServed ? 20 : 10)
      }
      assert.equal(new Set(receiver.ids).size, 40)
      assert.equal(receiver.received.length, 40)
      const ended = new Set<string>()
      for (const { body } of receiver.received) {
        const { type, data } = JSON.parse(body) as { type: string; data: { id: string } }
        if (type === 'session.ended') ended.add(data.id)
        else assert.ok(!ended.has(data.id), 'a session begins before it ends')
      }
      assert.deepEqual([...jobs.faults, ...other.faults], [])
    })
  })
})
