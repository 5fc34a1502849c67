/** Long work on a store that answers at once: the process has its turn at everything else meanwhile. */
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { BORN, sdkClient, sdkSession } from '../support/documents.ts'
import { DAY } from '../support/sessions.ts'
import { allOf } from '../support/stored.ts'

/** So many clients, each with a session of one user. */
const DOCUMENTS = Array.from({ length: 1_100 }, (_, index) =>
  sdkClient({ id: `client_${index}` }, [
    sdkSession({ id: `sess_${index}`, clientId: `client_${index}`, userId: 'user_1' }),
  ]),
)

/** The work, and how many clients it does between turns. */
const WORK: Readonly<Record<string, readonly [work: (tenure: Tenure) => Promise<unknown>, batch: number]>> = {
  importClients: [(tenure) => allOf(tenure.importClients(DOCUMENTS)), 500],
  exportClients: [(tenure) => allOf(tenure.exportClients()), 500],
  audit: [(tenure) => allOf(tenure.audit()), 500],
  revokeAll: [(tenure) => tenure.revokeAll({ userId: 'user_1' }), 100],
  sweep: [(tenure) => tenure.sweep(), 500],
  purge: [(tenure) => tenure.purge(), 500],
}

const clock = new ManualClock()

beforeEach(() => clock.advanceTo(BORN))

for (const [what, [work, batch]] of Object.entries(WORK)) {
  test(`${what} of over a thousand clients lets others have their turn`, async () => {
    await using tenure = await openTenure({ store: 'sqlite::memory:', clock })
    if (what !== 'importClients') await allOf(tenure.importClients(DOCUMENTS))
    if (what === 'sweep' || what === 'purge') clock.advanceBy(365 * DAY)
    if (what === 'purge') await tenure.sweep()
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await work(tenure)
    isOver = true
    assert.ok(turns >= Math.floor(DOCUMENTS.length / batch), `${turns} turns`)
  })
}
