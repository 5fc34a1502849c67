/** A database that an earlier Tenure made is brought up to date when it is opened, and every row stays as it was. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { migrationsOf } from '../../src/store/postgres/migrations.ts'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts'
import { otherClient } from '../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { aJob, drain, putterOf } from '../support/queues.ts'
import { at, sess } from '../support/sessions.ts'
import { aNewClient, anItem, changeSession, dumpOf, putNew, readOne, write } from '../support/stored.ts'

/** A database that nobody has open. */
interface Database {
  readonly url: string
  /** Runs statements one after the other, and answers each one's rows. */
  run(...statements: readonly string[]): Promise<readonly (readonly unknown[])[]>
}

/** A kind of database, and how it was made at schema 1. */
interface Past {
  /** A new and empty database. */
  make(): Promise<Database>
  /** What the first Tenure did to it. */
  readonly first: readonly string[]
  /** What is before a table's name. */
  readonly schema: string
  /** How many migrations it has had. */
  readonly version: string
  /** How many there are. */
  readonly latest: number
  /** Every table's columns and every index. */
  readonly shape: string
  /** What the last migration made. */
  readonly newest: string
}

let folder: string
let server: PostgresServer
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-migrations-'))
  server = await startPostgres()
})
after(async () => {
  await rm(folder, { recursive: true, force: true })
  await server[Symbol.asyncDispose]()
})

let files = 0
const PASTS: Readonly<Record<string, Past>> = {
  SQLite: {
    async make() {
      files += 1
      const path = join(folder, `${files}.db`)
      return { url: `sqlite:${path}`, run: async (...statements) => runSqlite(path, statements) }
    },
    first: [...(MIGRATIONS[0] ?? []), `PRAGMA application_id = ${0x54454e55}`, 'PRAGMA user_version = 1'],
    schema: '',
    version: 'PRAGMA user_version',
    latest: MIGRATIONS.length,
    shape: 'SELECT type, name, sql FROM sqlite_schema ORDER BY name',
    newest: 'jobs_available',
  },
  PostgreSQL: {
    async make() {
      const url = await server.createDatabase()
      return { url, run: (...statements) => runPostgres(url, statements) }
    },
    first: ['CREATE SCHEMA tenure', ...(migrationsOf('tenure')[0] ?? []), 'INSERT INTO tenure.migrations VALUES (1)'],
    schema: 'tenure.',
    version: 'SELECT max(version) AS user_version FROM tenure.migrations',
    latest: migrationsOf('tenure').length,
    shape: `SELECT table_name AS name, column_name AS part, data_type || is_nullable || coalesce(collation_name, '') AS how
        FROM information_schema.columns WHERE table_schema = 'tenure'
      UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'tenure' ORDER BY 1, 2`,
    newest: 'ledger_in_order',
  },
}

function runSqlite(path: string, statements: readonly string[]): unknown[][] {
  const database = new DatabaseSync(path)
  try {
    return statements.map((sql) => database.prepare(sql).all())
  } finally {
    database.close()
  }
}

async function runPostgres(url: string, statements: readonly string[]): Promise<unknown[][]> {
  await using client = await otherClient(url)
  const rows: unknown[][] = []
  for (const sql of statements) rows.push(await client.query(sql))
  return rows
}

const TABLES = ['clients', 'sessions', 'ledger', 'purges', 'users']

/** A row of every table of schema 1, and of sessions one that is due, one that is closed and one that has a document. */
const ROWS: readonly (readonly [table: string, columns: string, values: string])[] = [
  [
    'clients',
    'id, version, session_ids, last_active_session_id, created_at, updated_at, form, document',
    `'client_a', 3, '["sess_a","sess_b"]', 'sess_a', 0, 7, 'sdk', '{"é":1}'`,
  ],
  [
    'sessions',
    `id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at, expire_at, abandon_at,
      due_at, closed_at, form, document`,
    `'sess_a', 'client_a', 'user_a', 'active', 2, 0, 0, 7, 7, 1000, 2000, 1000, NULL, 'wire', '{"b":1}'`,
  ],
  [
    'sessions',
    `id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at, expire_at, abandon_at,
      due_at, closed_at`,
    `'sess_b', 'client_a', 'user_b', 'ended', 5, 1, 0, 6, 0, 1000, 2000, NULL, 6`,
  ],
  [
    'ledger',
    'session_id, client_id, user_id, version, from_status, to_status, cause, at, recorded_at, asked_by',
    `'sess_b', 'client_a', 'user_b', 5, 'active', 'ended', 'end', 6, 6, 'somebody'`,
  ],
  ['purges', 'session_id, client_id, purged_at', `'sess_c', 'client_a', 5`],
  ['users', 'id, version', `'user_a', 4`],
]

/** The columns that a table had at schema 1. */
function columnsOf(table: string): string {
  const [, columns] = ROWS.find(([name]) => name === table) ?? assert.fail('it has no row')
  return table === 'ledger' ? `sequence, ${columns}` : columns
}

for (const [kind, { make, first, schema, version, latest, shape, newest }] of Object.entries(PASTS)) {
  describe(kind, () => {
    const inserts = ROWS.map(
      ([table, columns, values]) => `INSERT INTO ${schema}${table} (${columns}) VALUES (${values})`,
    )
    const everything = TABLES.map((table) => `SELECT ${columnsOf(table)} FROM ${schema}${table} ORDER BY 1, 2`)
    const aPast = async () => {
      const database = await make()
      await database.run(...first, ...inserts)
      return database
    }
    const open = ({ url }: Database) => openStore(url, new ManualClock())

    test('a database of schema 1 is brought up to date when it is opened, and its rows stay as they were', async () => {
      const past = await aPast()
      const earlier = await past.run(...everything)
      assert.deepEqual(
        earlier.map((rows) => rows.length),
        [1, 2, 1, 1, 1],
      )
      await (await open(past)).close()
      assert.deepEqual(await past.run(...everything), earlier)
      assert.deepEqual(
        (await past.run(version)).flat().map((row) => ({ ...(row as object) })),
        [{ user_version: latest }],
      )
    })

    test('what schema 1 held is read, written and swept as before, and items and jobs are kept beside it', async () => {
      await using store = await open(await aPast())
      const client = await readOne(store)
      const [a, b] = aNewClient([{ name: 'a' }, { name: 'b', status: 'ended' }]).sessions
      assert.deepEqual(client, {
        ...aNewClient([], { updatedAt: 7, lastActive: 'a', document: { form: 'sdk', text: '{"é":1}' } }),
        sessionIds: [sess('a'), sess('b')],
        version: 3,
        sessions: [
          { ...a, version: 2, updatedAt: 7, lastActiveAt: 7, document: { form: 'wire', text: '{"b":1}' } },
          { ...b, version: 5, updatedAt: 6, closedAt: 6 },
        ],
      })
      assert.deepEqual([await store.oldestDue(), await store.findDue(at(1_000), 9)], [1_000, [client.id]])
      assert.equal(await write(store, changeSession(client, 'a', { lastActiveAt: at(8) })), true)
      assert.deepEqual(
        (await store.readFeed(null, 9)).map(({ sessionId, to }) => [sessionId, to]),
        [['sess_b', 'ended']],
      )
      const [item] = await putNew(store, anItem())
      assert.deepEqual(await store.findItem('thing', 'a'), item)
      const queues = await store.openQueues()
      await putterOf(store, queues)([aJob('a1')])
      assert.deepEqual(await drain(queues), ['a1'])
      const { records } = await dumpOf(store)
      assert.deepEqual(
        records.map(({ sessionId, entries, purge }) => [sessionId, entries.length, purge?.purgedAt ?? null]),
        [
          ['sess_a', 0, null],
          ['sess_b', 1, null],
          ['sess_c', 0, 5],
        ],
      )
    })

    test('a database that was brought up to date has the tables and indexes of one made anew', async () => {
      const [past, fresh] = [await aPast(), await make()]
      for (const each of [past, fresh]) await (await open(each)).close()
      const [shapes] = await past.run(shape)
      assert.ok(shapes?.some((row) => JSON.stringify(row).includes(newest)))
      assert.deepEqual([shapes], await fresh.run(shape))
    })

    test('of several that open a database of schema 1 at once all find it up to date', async () => {
      const past = await aPast()
      const stores = await Promise.all([open(past), open(past), open(past), open(past)])
      await Promise.all(stores.map((store, place) => putNew(store, anItem({ id: String(place) }))))
      assert.equal((await stores[0]?.listItems('thing'))?.length, 4)
      await Promise.all(stores.map((store) => store.close()))
      assert.deepEqual(
        (await past.run(version)).flat().map((row) => ({ ...(row as object) })),
        [{ user_version: latest }],
      )
    })
  })
}
