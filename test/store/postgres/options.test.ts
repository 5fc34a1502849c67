/** What a PostgreSQL store is opened with: whose clock, which schema, how many connections. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { PostgresOptions } from '../../../src/store/postgres/options.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { execute, otherClient } from '../../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { sess, user } from '../../support/sessions.ts'
import { aNewClient, changeSession, clientId, put, readOne, write } from '../../support/stored.ts'
import { someoneWaits } from './lock-waits.ts'

const HOUR = 3_600_000

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

/** The server's clock, epoch milliseconds. */
async function serverNow(url: string): Promise<number> {
  const [row] = await execute(url, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now')
  return (row as { readonly now: number }).now
}

test('by the database clock verdicts agree, however far off the clocks of their processes are', async () => {
  const url = await server.createDatabase()
  const now = await serverNow(url)
  const postgres = { clock: 'database' } as const
  await using early = await openTenure({ store: url, clock: new ManualClock(now - 9 * HOUR), postgres })
  await using late = await openTenure({ store: url, clock: new ManualClock(now + 9 * HOUR), postgres })
  const store = await openPostgresStore(url, new ManualClock())
  const times = { createdAt: now - 2 * HOUR, abandonAt: now + 2 * HOUR }
  const live = { name: 'live', expireAt: now + HOUR, ...times }
  const over = { name: 'over', expireAt: now - HOUR, ...times }
  await put(store, aNewClient([live, over]))
  await store.close()
  for (const tenure of [early, late]) {
    assert.equal((await tenure.verify('sess_live')).live, true)
    assert.deepEqual(await tenure.verify('sess_over'), { live: false, reason: 'expired', since: now - HOUR })
    assert.equal((await tenure.getSession('sess_over'))?.status, 'expired')
    const { items } = await tenure.listSessions({ status: 'active' })
    assert.deepEqual(
      items.map(({ id }) => id),
      ['sess_live'],
    )
  }
})

test('by the database clock commands are dated, whoever gives them', async () => {
  const url = await server.createDatabase()
  await using tenure = await openTenure({ store: url, clock: new ManualClock(), postgres: { clock: 'database' } })
  const earlier = await serverNow(url)
  const signedIn = await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  const ended = await tenure.end('sess_1')
  const later = await serverNow(url)
  assert.ok(signedIn.changed && ended.changed)
  const instants = [earlier, signedIn.session.createdAt, ended.session.updatedAt, later]
  assert.deepEqual(
    instants,
    instants.toSorted((a, b) => a - b),
  )
  await using store = await openPostgresStore(url, new ManualClock(), { clock: 'database' })
  await using snapshot = await store.snapshot()
  assert.ok(snapshot.now >= later)
})

test('the database clock is read when the rows are locked, and not when they were asked for', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock(), { clock: 'database' })
  await using other = await otherClient(url)
  await using observer = await otherClient(url)
  await put(store, aNewClient([{ name: 'a' }]))
  await other.query('BEGIN')
  await other.query('SELECT FROM tenure.sessions FOR UPDATE')
  const decided = store.change({ sessionIds: [sess('a')], sessions: 'open' }, ({ now }) => ({
    result: now,
    changes: [],
  }))
  await someoneWaits(observer)
  const released = await serverNow(url)
  await other.query('ROLLBACK')
  const decision = await decided
  assert.ok(decision !== null && decision.result >= released)
})

for (const isolation of ['read committed', 'serializable']) {
  test(`what came in while a change waited for its client is seen by it, where transactions are ${isolation}`, async () => {
    const url = new URL(await server.createDatabase())
    url.searchParams.set('options', `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`)
    await using store = await openPostgresStore(url.href, new ManualClock())
    await using other = await otherClient(url.href)
    await using observer = await otherClient(url.href)
    await put(store, aNewClient([{ name: 'a' }]))
    await other.query('BEGIN')
    await other.query('UPDATE tenure.clients SET version = version + 1')
    await other.query(`INSERT INTO tenure.sessions
      SELECT (jsonb_populate_record(s, '{"id": "sess_b", "place": 1}')).* FROM tenure.sessions AS s`)
    const decided = store.change({ clientIds: [clientId('a')], sessions: 'open' }, ({ clients: [client] }) => {
      assert.ok(client !== undefined)
      const change = changeSession(client, 'b', { status: 'pending' })
      return { result: client.sessions.map(({ id }) => id), changes: [change] }
    })
    await someoneWaits(observer)
    await other.query('COMMIT')
    assert.deepEqual((await decided)?.result, [sess('a'), sess('b')])
    assert.equal((await store.findSession(sess('b'))).session?.status, 'pending')
  })
}

test('stores that are opened at once on a new database all find its tables, where transactions are serializable', async () => {
  const url = new URL(await server.createDatabase())
  url.searchParams.set('options', '-c default_transaction_isolation=serializable')
  const opened = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore(url.href, new ManualClock())))
  for (const store of opened) {
    assert.equal((await store.findSession(sess('a'))).session, null)
    await store.close()
  }
})

test('stores in two schemas of one database see nothing of each other, and neither goes by the search path', async () => {
  const url = await server.createDatabase()
  const elsewhere = new URL(url)
  elsewhere.searchParams.set('options', '-c search_path=nowhere')
  await using one = await openPostgresStore(elsewhere.href, new ManualClock(), { schema: 'One_1' })
  await using two = await openPostgresStore(elsewhere.href, new ManualClock(), { schema: 'select' })
  await put(one, aNewClient([{ name: 'a' }]))
  assert.equal((await two.findSession(sess('a'))).session, null)
  assert.equal(await write(one, changeSession(await readOne(one), 'a', { status: 'pending' })), true)
  await using again = await openPostgresStore(url, new ManualClock(), { schema: 'One_1' })
  assert.equal((await again.findSession(sess('a'))).session?.status, 'pending')
})

test('one connection is enough', async () => {
  const url = await server.createDatabase()
  await using tenure = await openTenure({ store: url, postgres: { poolSize: 1 } })
  const sessions = Array.from({ length: 8 }, (_, place) => `sess_${place}`)
  await Promise.all(sessions.map((sessionId) => tenure.signIn({ userId: 'user_1', sessionId })))
  const verdicts = await Promise.all(sessions.map((id) => tenure.verify(id)))
  assert.deepEqual(new Set(verdicts.map(({ live }) => live)), new Set([true]))
  assert.equal((await tenure.revokeAll({ userId: user('1') })).revoked, 8)
})

const MISUSED: Readonly<Record<string, PostgresOptions>> = {
  'a clock of nobody': { clock: 'moon' as 'process' },
  'a schema with a quote': { schema: 'a"b' },
  'a schema that begins with a digit': { schema: '1a' },
  'a schema of the server': { schema: 'pg_tenure' },
  'no schema': { schema: '' },
  'a schema of 64 letters': { schema: 'a'.repeat(64) },
  'no connection': { poolSize: 0 },
  'half a connection': { poolSize: 1.5 },
  'no time to connect': { connectionTimeout: 0 },
  'less than no time for a statement': { statementTimeout: -1 },
  'more time than a timer has': { statementTimeout: 2 ** 31 },
}
for (const [what, options] of Object.entries(MISUSED)) {
  test(`${what} is misuse`, async () => {
    await assert.rejects(openPostgresStore('postgres://somebody@127.0.0.1:1/x', new ManualClock(), options), TypeError)
  })
}

test('a URL that cannot be read is misuse, and is not repeated', async () => {
  const opening = openPostgresStore('postgres://somebody:secret@[::1/tenure', new ManualClock())
  const error = await opening.then(
    () => assert.fail('it was opened'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof TypeError)
  assert.doesNotMatch(`${error.message} ${error.stack}`, /secret/)
  assert.equal(error.cause, undefined)
})
