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
