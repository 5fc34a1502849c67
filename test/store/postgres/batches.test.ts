/** What many callers ask at once, on a real server: how much goes out, and that each is told of its own. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StoreError } from '../../../src/domain/errors.ts'
import type { SessionId } from '../../../src/domain/session.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store, StoredClient } from '../../../src/store/port.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { otherClient } from '../../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { at, sess } from '../../support/sessions.ts'
import { aNewClient, changeSession, put, readOne, transitionOf, write } from '../../support/stored.ts'
import { someoneWaits } from './lock-waits.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

const open = (url: string, poolSize = 10): Promise<Store> => openPostgresStore(url, new ManualClock(), { poolSize })

/** A database with this many clients of a session each, `a0` and on. */
async function filled(count: number): Promise<{ readonly url: string; readonly clients: readonly StoredClient[] }> {
  const url = await server.createDatabase()
  await using store = await open(url)
  const names = Array.from({ length: count }, (_, place) => `a${place}`)
  return { url, clients: await put(store, ...names.map((name) => aNewClient([{ name }], { name }))) }
}

/** How many transactions a store's use makes, and so how many statements where each is one of its own. */
async function transactionsOf(url: string, use: (store: Store) => Promise<unknown>): Promise<number> {
  await using observer = await otherClient(server.url)
  const database = new URL(url).pathname.slice(1)
  const count = async () => {
    // A server's process has counted all it did once it is gone.
    for (let connected = true; connected; ) {
      const rows = await observer.query('SELECT FROM pg_stat_activity WHERE datname = $1', [database])
      connected = rows.length > 0
    }
    const [row] = await observer.query('SELECT xact_commit AS n FROM pg_stat_database WHERE datname = $1', [database])
    return Number((row as { readonly n: string }).n)
  }
  const used = async (how: typeof use) => {
    const earlier = await count()
    const store = await open(url)
    await how(store)
    await store.close()
    return (await count()) - earlier
  }
  const idle = await used(async () => {})
  return (await used(use)) - idle
}

test('a hundred verdicts that are asked for at once are a statement or two, one after the other a hundred', async () => {
  const { url, clients } = await filled(100)
  const ids = clients.flatMap(({ sessionIds }) => sessionIds)
  const together = await transactionsOf(url, (store) => Promise.all(ids.map((id) => store.findSession(id))))
  const apart = await transactionsOf(url, async (store) => {
    for (const id of ids) await store.findSession(id)
  })
  // Connections are counted, too: each has one of its own when it begins.
  assert.ok(together <= 4, `${together} statements`)
  assert.ok(apart >= 100, `${apart} statements`)
})

test('recorded touches that are given at once are written by a statement or two, each with its row, and none that lost has one', async () => {
  const { url, clients } = await filled(60)
  const touchAll = async (store: Store) => {
    const written = await Promise.all(
      clients.map((client, place) => {
        const [session] = client.sessions
        assert.ok(session)
        const row = transitionOf(session, { from: 'active', cause: 'touch', at: at(5), recordedAt: at(5) })
        const name = client.id.slice('client_'.length)
        // Every third is not recorded, and every fourth is over a version that is not there.
        const before = place % 4 === 0 ? { ...client, sessions: [{ ...session, version: 7 }] } : client
        return write(store, changeSession(before, name, { lastActiveAt: at(5) }, place % 3 === 0 ? [] : [row]))
      }),
    )
    assert.deepEqual(
      written,
      clients.map((_, place) => place % 4 !== 0),
    )
  }
  const statements = await transactionsOf(url, touchAll)
  assert.ok(statements <= 5, `${statements} statements`)
  await using store = await open(url)
  const { rows } = await store.listLedger({ limit: 1000 })
  const told = rows.filter(({ cause }) => cause === 'touch').map(({ clientId, version }) => `${clientId} ${version}`)
  const expected = clients.filter((_, place) => place % 4 !== 0 && place % 3 !== 0).map(({ id }) => `${id} 2`)
  assert.deepEqual(told.toSorted(), expected.toSorted())
  const fed = await store.readFeed(null, 1000)
  assert.equal(fed.length, rows.length)
})

test('a hundred touches that are given at once are read by a statement or two, and written by as many', async () => {
  const { url, clients } = await filled(100)
  const touchAll = (store: Store) =>
    Promise.all(
      clients.map(async ({ id, sessionIds }) => {
        const view = await store.read({ sessionIds, sessions: 'open' })
        const [client] = view.clients
        assert.equal(client?.id, id)
        const change = changeSession(client, id.slice('client_'.length), { lastActiveAt: at(5) })
        assert.equal(await store.commit(view, { result: null, changes: [change] }), true)
      }),
    )
  const statements = await transactionsOf(url, touchAll)
  assert.ok(statements <= 8, `${statements} statements`)
})

test('of many that ask at once each is told of its own session, or that there is none', async () => {
  const { url } = await filled(3)
  await using store = await open(url)
  const names = ['a2', 'nobody', 'a0', 'a\0', 'a2', '\ud800', 'a1']
  const found = await Promise.all(names.map((name) => store.findSession(sess(name))))
  assert.deepEqual(
    found.map(({ session }) => session?.id ?? null),
    [sess('a2'), null, sess('a0'), null, sess('a2'), null, sess('a1')],
  )
})

test('commands on sessions of one client at once each see the open ones and their own', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  const ended = { status: 'ended' } as const
  await put(store, aNewClient([{ name: 'open' }, { name: 'old', ...ended }, { name: 'older', ...ended }]))
  const read = async (name: string) => {
    const { clients } = await store.read({ sessionIds: [sess(name)], sessions: 'open' })
    return clients.flatMap(({ sessions }) => sessions.map(({ id }) => id))
  }
  assert.deepEqual(await Promise.all(['open', 'older', 'nobody', 'old'].map(read)), [
    [sess('open')],
    [sess('open'), sess('older')],
    [],
    [sess('open'), sess('old')],
  ])
})

test('of touches that go out together each is told whether it was written', async () => {
  const { url, clients } = await filled(3)
  await using store = await open(url)
  const [moved, twice, other] = clients as readonly [StoredClient, StoredClient, StoredClient]
  assert.equal(await write(store, changeSession(moved, 'a0', { lastActiveAt: at(1) })), true)
  const touches = [
    changeSession(moved, 'a0', { lastActiveAt: at(2) }),
    changeSession(twice, 'a1', { lastActiveAt: at(3) }),
    changeSession(twice, 'a1', { lastActiveAt: at(4) }),
    changeSession(other, 'a2', { lastActiveAt: at(5) }),
  ]
  assert.deepEqual(await Promise.all(touches.map((touch) => write(store, touch))), [false, true, false, true])
  const stored = await store.findSessions(['a0', 'a1', 'a2'].map(sess))
  assert.deepEqual(
    stored.map(({ lastActiveAt, version }) => [lastActiveAt, version]),
    [
      [1, 2],
      [3, 2],
      [5, 2],
    ],
  )
})

test('a touch of a row that somebody holds is told so at once, and keeps no other from being written', async () => {
  const { url } = await filled(2)
  await using store = await open(url)
  await using other = await otherClient(url)
  await other.query('BEGIN')
  await other.query('SELECT FROM tenure.sessions WHERE id = $1 FOR UPDATE', [sess('a0')])
  const touch = async (name: string) =>
    write(store, changeSession(await readOne(store, name), name, { updatedAt: at(5) }))
  assert.deepEqual(await Promise.all([touch('a0'), touch('a1')]), [false, true])
  await other.query('ROLLBACK')
  assert.equal(await touch('a0'), true)
})

test('verdicts are given while every command waits for rows that somebody holds', async () => {
  const { url } = await filled(12)
  await using store = await open(url, 4)
  await using other = await otherClient(url)
  await other.query('BEGIN')
  await other.query('SELECT FROM tenure.clients FOR UPDATE')
  let waiting = 12
  const commands = Array.from({ length: 12 }, async (_, place) => {
    await store.change({ sessionIds: [sess(`a${place}`)], sessions: 'open' }, () => ({ result: null, changes: [] }))
    waiting -= 1
  })
  const { session } = await store.findSession(sess('a0'))
  assert.equal(session?.id, sess('a0'))
  assert.equal(waiting, 12)
  await other.query('ROLLBACK')
  await Promise.all(commands)
})

test('a batch that fails tells each caller, and the next one is answered', async () => {
  const { url } = await filled(1)
  await using store = await open(url)
  await using other = await otherClient(url)
  await other.query('ALTER TABLE tenure.sessions RENAME TO elsewhere')
  const asked = await Promise.allSettled(['a0', 'a0', 'nobody'].map((name) => store.findSession(sess(name))))
  const errors = asked.map((each) => (each.status === 'rejected' ? each.reason : assert.fail('it was answered')))
  for (const error of errors) assert.ok(error instanceof StoreError && error.code === 'ERR_STORE_SCHEMA')
  assert.equal(new Set(errors).size, 3)
  await other.query('ALTER TABLE tenure.elsewhere RENAME TO sessions')
  assert.equal((await store.findSession(sess('a0'))).session?.id, sess('a0'))
})

/** Writes clients anew, each with nothing but the instant of its update changed. */
async function advance(store: Store, clientIds: readonly StoredClient['id'][], place: number): Promise<boolean> {
  const { clients: read, ...view } = await store.read({ clientIds, sessions: 'open' })
  const changes = read.map((client) => ({
    before: client,
    after: { ...client, version: client.version + 1, updatedAt: at(place + 1) },
    transitions: [],
    at: at(place + 1),
  }))
  return store.commit({ ...view, clients: read }, { result: null, changes })
}

test('stores that write the same rows at once, in any order, never wait for each other in a ring', async () => {
  const { url, clients } = await filled(20)
  const stores = await Promise.all([open(url), open(url), open(url)])
  const ids = clients.map(({ id }) => id)
  const rounds = Array.from({ length: 60 }, (_, place) => {
    const store = stores[place % 3] as Store
    return advance(store, place % 2 === 0 ? ids : ids.toReversed(), place)
  })
  const written = await Promise.all(rounds)
  assert.ok(written.includes(true))
  await Promise.all(stores.map((store) => store.close()))
  await using observer = await otherClient(server.url)
  const database = new URL(url).pathname.slice(1)
  const deadlocks = 'SELECT deadlocks::integer AS n FROM pg_stat_database WHERE datname = $1'
  assert.deepEqual(await observer.query(deadlocks, [database]), [{ n: 0 }])
})

test('rows are locked in the order of their ids, whatever order the server reads them in', async () => {
  const url = await server.createDatabase()
  await using observer = await otherClient(url)
  await using first = await open(url)
  const ids: StoredClient['id'][] = []
  for (const name of ['c', 'b', 'a']) {
    const [client] = await put(first, aNewClient([{ name }], { name }))
    ids.push(...(client === undefined ? [] : [client.id]))
  }
  // With these off it reads the table from its beginning, where the last id lies.
  for (const plan of ['nestloop', 'mergejoin', 'indexscan', 'bitmapscan']) {
    await observer.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET enable_${plan} = off`)
  }
  await using store = await open(url)
  await using holder = await otherClient(url)
  await holder.query('BEGIN')
  await holder.query("SELECT FROM tenure.clients WHERE id = 'client_b' FOR UPDATE")
  const writing = advance(store, ids, 0)
  await someoneWaits(observer)
  const free = await observer.query('SELECT id FROM tenure.clients FOR UPDATE SKIP LOCKED')
  await holder.query('COMMIT')
  assert.deepEqual(free, [{ id: 'client_c' }])
  assert.equal(await writing, true)
})

test('a session id is found by its bytes, whatever order the server sorts words in', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  const names = ['B', 'a', 'b', 'A', '_', 'é', 'z', '0']
  await put(store, ...names.map((name) => aNewClient([{ name }], { name })))
  const ids: SessionId[] = []
  await using snapshot = await store.snapshot()
  for await (const { sessionId } of snapshot.sessionRecords()) ids.push(sessionId)
  assert.deepEqual(ids, ['0', 'A', 'B', '_', 'a', 'b', 'z', 'é'].map(sess))
})
