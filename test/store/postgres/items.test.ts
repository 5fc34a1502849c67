/** Items where another transaction is at them, on a real server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store } from '../../../src/store/port.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { otherClient } from '../../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { at } from '../../support/sessions.ts'
import { anItem, putNew } from '../../support/stored.ts'
import { someoneWaits } from './lock-waits.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

const INSERT = "INSERT INTO tenure.items (kind, id, version, value) VALUES ('thing', 'new', 1, '1')"

/** What another does first, and what is refused for it once that is committed. */
const FASTER: Readonly<Record<string, readonly [sql: string, late: (store: Store) => Promise<boolean>]>> = {
  'the first of two writers': [INSERT, (store) => store.putItem(anItem({ id: 'new' }))],
  'a writer': ['UPDATE tenure.items SET version = 2', (store) => store.putItem(anItem({ version: 1 }))],
  'a writer, and then deletes': ['UPDATE tenure.items SET version = 2', (store) => store.deleteItem('thing', 'a', 1)],
  'one who deletes': ['DELETE FROM tenure.items', (store) => store.putItem(anItem({ version: 1 }))],
}

for (const isolation of ['read committed', 'serializable']) {
  for (const [who, [sql, late]] of Object.entries(FASTER)) {
    test(`who waits for ${who} is told that another was faster, where transactions are ${isolation}`, async () => {
      const url = new URL(await server.createDatabase())
      url.searchParams.set('options', `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`)
      await using store = await openPostgresStore(url.href, new ManualClock())
      await using other = await otherClient(url.href)
      await using observer = await otherClient(url.href)
      await putNew(store, anItem())
      await other.query('BEGIN')
      await other.query(sql)
      const written = late(store)
      await someoneWaits(observer)
      await other.query('COMMIT')
      assert.equal(await written, false)
    })
  }

  test(`whose faster writer gives up has written, where transactions are ${isolation}`, async () => {
    const url = new URL(await server.createDatabase())
    url.searchParams.set('options', `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`)
    await using store = await openPostgresStore(url.href, new ManualClock())
    await using other = await otherClient(url.href)
    await using observer = await otherClient(url.href)
    await other.query('BEGIN')
    await other.query(INSERT)
    const written = store.putItem(anItem({ id: 'new' }))
    await someoneWaits(observer)
    await other.query('ROLLBACK')
    assert.equal(await written, true)
  })
}

test('an expired item that another is writing is left, waited for by nobody, and others are deleted in its place', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  await using other = await otherClient(url)
  await putNew(store, ...[1, 2, 3, 4].map((instant) => anItem({ id: `${instant}`, expiresAt: at(instant) })))
  await other.query('BEGIN')
  await other.query("UPDATE tenure.items SET expires_at = 9, version = 2 WHERE id = '1'")
  assert.equal(await store.deleteExpiredItems(at(5), 2), 2)
  await other.query('COMMIT')
  assert.equal(await store.deleteExpiredItems(at(5), 9), 1)
  const left = await store.listItems('thing')
  assert.deepEqual(
    left.map(({ id, expiresAt }) => [id, expiresAt]),
    [['1', 9]],
  )
})
