/** What docs/scaling.md says to do with a large ledger, done to a store that is in use. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDocument } from '../../../docs/generate.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { execute } from '../../support/fault-postgres.ts'
import { startPostgres } from '../../support/postgres-server.ts'

const RECIPE = /^```sql partition-the-ledger\n([\s\S]*?)^```\n/m.exec(readDocument('docs/scaling.md'))?.[1]

test('a ledger that was partitioned as the docs say is written, swept, read on and audited as before', async () => {
  assert.ok(RECIPE)
  await using server = await startPostgres()
  const url = await server.createDatabase()
  const clock = new ManualClock(Date.parse('2026-08-02T09:00:00Z'))
  const indexesOf = (table: string) =>
    execute(url, `SELECT count(*)::int FROM pg_indexes WHERE schemaname = 'tenure' AND tablename = '${table}'`)

  let cursor: string | null
  {
    await using tenure = await openTenure({ store: url, clock })
    await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
    cursor = (await tenure.events()).cursor
  }
  const before = await indexesOf('ledger')
  await execute(url, RECIPE)
  assert.deepEqual(await indexesOf('ledger_until_now'), before, 'an index was built a second time')

  await using tenure = await openTenure({ store: url, clock })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_2' })
  clock.advanceBy('P31D')
  assert.deepEqual(await tenure.sweep(), { settled: 2, transitions: 4, busy: 0, isDone: true })
  const { events } = await tenure.events({ after: cursor })
  assert.deepEqual(
    events.map(({ event }) => `${event.sessionId} ${event.to}`),
    ['sess_2 active', 'sess_1 expired', 'sess_2 expired', 'sess_1 abandoned', 'sess_2 abandoned'],
  )
  const { items } = await tenure.history({ sessionId: 'sess_1' })
  assert.deepEqual(
    items.map(({ to }) => to),
    ['active', 'expired', 'abandoned'],
  )
  const differences = []
  for await (const difference of tenure.audit()) differences.push(difference)
  assert.deepEqual(differences, [])
  assert.deepEqual(await execute(url, 'SELECT count(*)::int FROM tenure.ledger_next'), [{ count: 5 }])
})
