import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../src/domain/errors.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { faultOf } from '../support/fault-error.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { allOf } from '../support/stored.ts'

/** Every way of asking, each of which a closed store refuses. */
const ASKED: Record<string, (tenure: Tenure) => Promise<unknown>> = {
  signIn: (tenure) => tenure.signIn({ userId: 'user_1' }),
  verify: (tenure) => tenure.verify('sess_1'),
  touch: (tenure) => tenure.touch('sess_1'),
  end: (tenure) => tenure.end('sess_1'),
  revokeAll: (tenure) => tenure.revokeAll({ userId: 'user_1' }),
  getSession: (tenure) => tenure.getSession('sess_1'),
  listSessions: (tenure) => tenure.listSessions(),
  listClients: (tenure) => tenure.listClients(),
  history: (tenure) => tenure.history(),
  sweep: (tenure) => tenure.sweep(),
  purge: (tenure) => tenure.purge(),
  audit: (tenure) => allOf(tenure.audit()),
  exportClients: (tenure) => allOf(tenure.exportClients()),
  importClients: (tenure) => allOf(tenure.importClients(['{}'])),
}

test('a store that was closed says so, whatever it is asked, and closing it again does nothing', async () => {
  const tenure = await openTenure({ store: 'sqlite::memory:' })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  await tenure.close()
  await tenure.close()
  for (const [what, ask] of Object.entries(ASKED)) {
    const error = await faultOf(ask(tenure), 'ERR_STORE_CLOSED', /closed/)
    assert.equal(error.isRetryable, false, what)
  }
})

test('what is under way when a store is closed is written whole, or refused', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const tenure = await openTenure({ store })
  const names = Array.from({ length: 50 }, (_, number) => `sess_${number}`)
  const working = names.map((sessionId) => tenure.signIn({ userId: 'user_1', sessionId }))
  await tenure.close()
  const outcomes = await Promise.allSettled(working)
  await using again = await openTenure({ store })
  for (const [index, outcome] of outcomes.entries()) {
    const isThere = (await again.getSession(names[index] as string)) !== null
    assert.equal(isThere, outcome.status === 'fulfilled')
    if (outcome.status === 'fulfilled') continue
    assert.ok(outcome.reason instanceof StoreError && outcome.reason.code === 'ERR_STORE_CLOSED')
  }
  assert.deepEqual(await allOf(again.audit()), [])
})
