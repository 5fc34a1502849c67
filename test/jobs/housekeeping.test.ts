import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { Housekeeping } from '../../src/jobs/housekeeping.ts'
import { type OpenedService, openService, START, signedIn } from '../support/services.ts'
import { DAY } from '../support/sessions.ts'
import { overStores } from '../support/stores.ts'

const SECOND = 1000
const faults: string[] = []

function housekeeping({ tenure, store, clock }: OpenedService): Housekeeping {
  return new Housekeeping({
    ...{ tenure, store, clock },
    sweepInterval: (5 * SECOND) as DurationMs,
    purgeInterval: DAY as DurationMs,
    onFault: (job, error) => faults.push(`${job} ${(error as { code?: string }).code}`),
  })
}

/** Waits until the passes that were begun have ended: then a timer waits for each. */
async function settled({ clock }: OpenedService): Promise<void> {
  while (clock.pending < 2) await setImmediate()
}

overStores((kind) => {
  describe('housekeeping', () => {
    test('writes down what fell while nobody was there, and from then on what falls, within an interval', async () => {
      await using opened = await openService(kind)
      const { tenure, clock } = opened
      await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
      clock.advanceBy('P7D')
      const jobs = housekeeping(opened)
      jobs.start()
      await settled(opened)
      assert.deepEqual((await tenure.history({ sessionId: 'sess_1' })).items.at(-1)?.to, 'expired')
      clock.advanceTo(START + 30 * DAY)
      await settled(opened)
      const [abandoned] = (await tenure.history({ sessionId: 'sess_1' })).items.slice(-1)
      assert.deepEqual([abandoned?.to, abandoned?.at], ['abandoned', START + 30 * DAY])
      await jobs.stop()
      assert.equal(clock.pending, 0, 'nothing waits any more')
    })

    test('purges what closed long ago, and items that have expired', async () => {
      await using opened = await openService(kind, { retention: DAY })
      const { tenure, store, clock } = opened
      await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
      await tenure.end('sess_1')
      const expiresAt = clock.now()
      await store.putItem({ kind: 'idempotency', id: 'a', version: 0, value: '{}', expiresAt })
      clock.advanceBy('P2D')
      const jobs = housekeeping(opened)
      jobs.start()
      await settled(opened)
      assert.equal(await tenure.getSession('sess_1'), null)
      assert.equal(await store.findItem('idempotency', 'a'), null)
      await jobs.stop()
    })

    test('a pass that fails is told of, and the next one tries again', async () => {
      await using opened = await openService(kind)
      const jobs = housekeeping(opened)
      await opened.store.close()
      jobs.start()
      await settled(opened)
      opened.clock.advanceBy(5 * SECOND)
      await settled(opened)
      await jobs.stop()
      assert.deepEqual(faults.splice(0).sort(), [
        'purge ERR_STORE_CLOSED',
        'sweep ERR_STORE_CLOSED',
        'sweep ERR_STORE_CLOSED',
      ])
    })
  })
})
