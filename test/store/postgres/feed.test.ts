/** The feed where transactions are interleaved, on a real server: what a plainer reader would lose, or tell in a wrong order. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { FeedEntry, Store } from '../../../src/store/port.ts'
import { migrationsOf } from '../../../src/store/postgres/migrations.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { execute, otherClient } from '../../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { aNewClient, clientId, feedOf, flipOf, put, readOne, write } from '../../support/stored.ts'
import { someoneWaits } from './lock-waits.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

const open = (url: string): Promise<Store> => openPostgresStore(url, new ManualClock())

/** What a Tenure that knows nothing of the feed's order writes when a session of this name begins. */
function beginning(name: string): string {
  return `INSERT INTO tenure.ledger (session_id, client_id, user_id, version, to_status, cause, at, recorded_at)
    VALUES ('sess_${name}', 'client_${name}', 'user_${name}', 1, 'active', 'sign-in', 0, 0)`
}

const namesOf = (entries: readonly FeedEntry[]) => entries.map(({ sessionId }) => sessionId.slice('sess_'.length))

/** The bases that orders were counted from. */
const basesOf = (url: string) => execute(url, 'SELECT base::text FROM tenure.feed_bases')

/** Reads on behind the highest sequence that it has seen. */
class NaiveReader {
  readonly #store: Store
  #last = 0

  constructor(store: Store) {
    this.#store = store
  }

  async read(): Promise<string[]> {
    const { rows } = await this.#store.listLedger({ after: this.#last, limit: 1_000 })
    this.#last = rows.at(-1)?.sequence ?? this.#last
    return rows.map(({ sessionId }) => sessionId.slice('sess_'.length))
  }
}

for (const [how, prepare] of Object.entries({ 'a transaction': 'BEGIN', 'a savepoint': 'BEGIN; SAVEPOINT s' })) {
  test(`a row written in ${how} that commits after a later row is not lost, though it is to who goes by sequence`, async () => {
    const url = await server.createDatabase()
    await using store = await open(url)
    await using other = await otherClient(url)
    const naive = new NaiveReader(store)
    await put(store, aNewClient([{ name: 'a' }], { name: 'a' }))
    assert.deepEqual(await naive.read(), ['a'])
    const [first] = await feedOf(store, 1)
    assert.ok(first)

    await other.query(prepare)
    await other.query(beginning('early'))
    await put(store, aNewClient([{ name: 'late' }], { name: 'late' }))
    assert.deepEqual(await naive.read(), ['late'])
    assert.deepEqual([await store.readFeed(first.cursor, 9), await store.feedEnd()], [[], first.cursor])
    await other.query('COMMIT')
    assert.deepEqual(await naive.read(), [])
    const entries = await feedOf(store, 2, { after: first.cursor })
    assert.deepEqual(namesOf(entries).toSorted(), ['early', 'late'])
    assert.deepEqual(await feedOf(store, 3, { limit: 1 }), [first, ...entries])
    await (await open(url)).close()
    assert.deepEqual(await basesOf(url), [])
  })
}

test('what a transaction wrote that gives up is waited for no longer', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  await using other = await otherClient(url)
  await other.query('BEGIN')
  await other.query(beginning('never'))
  await put(store, aNewClient([{ name: 'a' }], { name: 'a' }))
  assert.deepEqual(await store.readFeed(null, 9), [])
  await other.query('ROLLBACK')
  assert.deepEqual(namesOf(await feedOf(store, 1)), ['a'])
})

test('a change that began before another wrote one of its clients stands behind it, though its transaction is the older', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  await using again = await open(url)
  await using other = await otherClient(url)
  await using observer = await otherClient(url)
  await put(store, ...['a', 'b', 'c'].map((name) => aNewClient([{ name }], { name })))
  await feedOf(store, 3)
  await other.query('BEGIN')
  await other.query("SELECT FROM tenure.clients WHERE id = 'client_b' FOR UPDATE")

  // It locks a, and so has its number; then it waits for b.
  const selection = { clientIds: ['a', 'b', 'c'].map(clientId), sessions: 'all' } as const
  const waiting = store.change(selection, ({ clients }) => ({ result: null, changes: clients.map(flipOf) }))
  await someoneWaits(observer)
  assert.equal(await write(again, flipOf(await readOne(again, 'c'))), true)
  assert.equal((await store.readFeed(null, 9)).length, 3)
  await other.query('ROLLBACK')
  assert.notEqual(await waiting, null)

  const entries = await feedOf(again, 7)
  const ofC = entries.filter(({ sessionId }) => sessionId === 'sess_c')
  assert.deepEqual(
    ofC.map(({ version, to }) => [version, to]),
    [
      [1, 'active'],
      [2, 'pending'],
      [3, 'active'],
    ],
  )
  const byNumber = "SELECT version FROM tenure.ledger WHERE session_id = 'sess_c' ORDER BY xmin::text::bigint, sequence"
  assert.deepEqual(await observer.query(byNumber), [{ version: 1 }, { version: 3 }, { version: 2 }])
})

test('who writes in another database of the server delays the feed, and who only reads does not', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  await using elsewhere = await otherClient(server.url)
  await using reader = await otherClient(url)
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await reader.query('SELECT FROM tenure.ledger')
  await using snapshot = await store.snapshot()
  await put(store, aNewClient([{ name: 'a' }], { name: 'a' }))
  const [first] = await feedOf(store, 1)
  assert.ok(first)

  await elsewhere.query('BEGIN')
  await elsewhere.query('CREATE TEMPORARY TABLE anything (id integer)')
  await put(store, aNewClient([{ name: 'b' }], { name: 'b' }))
  assert.deepEqual([await store.readFeed(first.cursor, 9), await store.feedEnd()], [[], first.cursor])
  await elsewhere.query('ROLLBACK')
  assert.deepEqual(namesOf(await feedOf(store, 2)), ['a', 'b'])
  assert.equal(snapshot.now, 0)
})

test('rows of schema 2 come first, and a Tenure of schema 2 that still runs writes behind them', async () => {
  const url = await server.createDatabase()
  const [first = [], second = []] = migrationsOf('tenure')
  const old = ['CREATE SCHEMA tenure', ...first, ...second, 'INSERT INTO tenure.migrations VALUES (1), (2)']
  await execute(url, [...old, beginning('a'), beginning('b')].join(';'))
  await using running = await otherClient(url)
  await running.query(`PREPARE begin AS ${beginning('c')}`)
  await using store = await open(url)
  await put(store, aNewClient([{ name: 'd' }], { name: 'd' }))
  await running.query('EXECUTE begin')
  await put(store, aNewClient([{ name: 'e' }], { name: 'e' }))
  assert.deepEqual(namesOf(await feedOf(store, 5)), ['a', 'b', 'd', 'c', 'e'])
})

/** Has a database hold what it would if it came from a server that has counted further. */
async function restore(url: string, further: string): Promise<void> {
  await execute(url, `UPDATE tenure.ledger SET feed_order = feed_order + ${further}`)
}

const cursorAfter = (cursor: string, further: string) =>
  cursor.replace(/^\d+/, (order) => String(BigInt(order) + BigInt(further)))

// The second is more than a number holds.
for (const further of ['1000000', '90071992547409930']) {
  test(`a database that was restored goes on where it was, and its cursors stay good: ${further} transactions`, async () => {
    const url = await server.createDatabase()
    const before = await open(url)
    await put(before, ...['a', 'b', 'c'].map((name) => aNewClient([{ name }], { name })))
    const [, second] = await feedOf(before, 3)
    assert.ok(second)
    await restore(url, further)
    assert.deepEqual(await before.readFeed(null, 9), [], 'as it is, nothing can be read of it')
    await before.close()

    const opened = await Promise.all([open(url), open(url), open(url)])
    const [store] = opened
    assert.equal((await basesOf(url)).length, 1)
    assert.deepEqual(namesOf(await feedOf(store, 3)), ['a', 'b', 'c'])
    await put(store, aNewClient([{ name: 'd' }], { name: 'd' }))
    await write(opened[1], flipOf(await readOne(store, 'a')))
    assert.deepEqual(namesOf(await feedOf(store, 5, { limit: 2 })), ['a', 'b', 'c', 'd', 'a'])
    const cursor = cursorAfter(second.cursor, further)
    assert.deepEqual(namesOf(await feedOf(store, 3, { after: cursor })), ['c', 'd', 'a'])
    await Promise.all(opened.map((each) => each.close()))

    await (await open(url)).close()
    assert.equal((await basesOf(url)).length, 1)
    await restore(url, further)
    await using last = await open(url)
    assert.equal((await basesOf(url)).length, 2)
    await put(last, aNewClient([{ name: 'e' }], { name: 'e' }))
    assert.deepEqual(namesOf(await feedOf(last, 6)), ['a', 'b', 'c', 'd', 'a', 'e'])
  })
}

test('a database that was restored on a server that has counted further needs nothing', async () => {
  const url = await server.createDatabase()
  const before = await open(url)
  await put(before, aNewClient([{ name: 'a' }], { name: 'a' }))
  await before.close()
  await execute(url, 'UPDATE tenure.ledger SET feed_order = 5')
  await using store = await open(url)
  await put(store, aNewClient([{ name: 'b' }], { name: 'b' }))
  assert.deepEqual(namesOf(await feedOf(store, 2)), ['a', 'b'])
  assert.deepEqual(await basesOf(url), [])
})
