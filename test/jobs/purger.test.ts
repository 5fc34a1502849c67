import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { Purger } from '../../src/jobs/purger.ts'
import { type OpenedService, openService, signedIn } from '../support/services.ts'
import { DAY } from '../support/sessions.ts'
import { overStores } from '../support/stores.ts'

const HOUR = 3_600_000
const faults: string[] = []

function purger({ tenure, store, clock }: OpenedService): Purger {
  const onFault = (error: unknown) => faults.push((error as { code: string }).code)
  return new Purger({ tenure, store, clock, interval: HOUR as DurationMs, onFault })
}

/** Waits until the pass that was begun has ended: then a timer waits for the next. */
async function settled({ clock }: OpenedService): Promise<void> {
  while (clock.pending === 0) await setImmediate()
}

overStores((kind) => {
  describe('the purger', () => {
    test('deletes what closed long ago, and items that have expired, and looks again after its interval', async () => {
      await using opened = await openService(kind, { retention: DAY })
      const { tenure, store, clock } = opened
      for (const id of ['sess_1', 'sess_2']) await signedIn(tenure, 'user_1', { sessionId: id })
      await tenure.end('sess_1')
      await store.putItem({ kind: 'idempotency', id: 'a', version: 0, value: '{}', expiresAt: clock.now() })
      clock.advanceBy('P1D')
      await tenure.end('sess_2')
      const jobs = purger(opened)
      jobs.start()
      await settled(opened)
      assert.equal(await tenure.getSession('sess_1'), null)
      assert.notEqual(await tenure.getSession('sess_2'), null)
      assert.equal(await store.findItem('idempotency', 'a'), null)
      clock.advanceBy('P1D')
      await settled(opened)
      clock.advanceBy(HOUR)
      await settled(opened)
      assert.equal(await tenure.getSession('sess_2'), null)
      await jobs.stop()
      assert.equal(clock.pending, 0, 'nothing waits any more')
    })

    // On PostgreSQL the server's clock says when a job died, and not the one that is moved here.
    test('deletes what has been dead for as long as it is kept, and nothing of queues where it has none', {
      skip: kind.isServed,
    }, async () => {
      await using opened = await openService(kind)
      const { tenure, store, clock } = opened
      await using queues = await store.openQueues()
      const place = { kind: 'place', id: 'a', version: 0, value: '{}', expiresAt: null }
      const jobs = ['a', 'b'].map((key) => ({ queue: 'q', key, data: '{}' }))
      await queues.put({ jobs, publications: [], place })
      for (const job of await queues.take('q', 2)) {
        await queues.bury(job, 'given up')
        clock.advanceBy('PT1H')
      }
      const retention = (2 * HOUR) as DurationMs
      const onFault = (error: unknown) => faults.push(String(error))
      const parts = { tenure, store, clock, interval: HOUR as DurationMs, onFault }
      for (const deadLetters of [undefined, { queues, retention }]) {
        const jobs = new Purger({ ...parts, deadLetters })
        jobs.start()
        await settled(opened)
        await jobs.stop()
        assert.equal((await queues.count('q')).dead, deadLetters === undefined ? 2 : 1)
      }
      assert.deepEqual(faults, [])
    })

    test('a pass that fails is told of, and the next one tries again', async () => {
      await using opened = await openService(kind)
      const jobs = purger(opened)
      await opened.store.close()
      jobs.start()
      await settled(opened)
      opened.clock.advanceBy(HOUR)
      await settled(opened)
      await jobs.stop()
      assert.deepEqual(faults.splice(0), ['ERR_STORE_CLOSED', 'ERR_STORE_CLOSED'])
    })
  })
})
