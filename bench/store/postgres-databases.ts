/** PostgreSQL databases for contests: filled once, and copied for every contestant. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { systemClock } from '../../src/domain/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type PostgresServer, startPostgres } from '../../test/support/postgres-server.ts'
import { type Fleet, fleetSql } from './stored-fleet.ts'

const TABLES = ['clients', 'sessions', 'ledger', 'users', 'purges']

/** Where the tables are that Tenure makes. */
const SCHEMA = 'tenure'

/** A server and its databases, gone when it is disposed of. */
export class PostgresDatabases implements AsyncDisposable {
  readonly #server: PostgresServer
  readonly #copies: string[] = []

  private constructor(server: PostgresServer) {
    this.#server = server
  }

  static async start(): Promise<PostgresDatabases> {
    return new PostgresDatabases(await startPostgres())
  }

  /** What the server is, and the settings that decide what a write costs. */
  async describe(): Promise<string> {
    const names = ['server_version', 'shared_buffers', 'fsync', 'synchronous_commit', 'max_wal_size']
    const settings = names.map((name) => `current_setting('${name}') AS ${name}`).join(', ')
    const [row] = await ask(this.#server.url, `SELECT ${settings}`)
    const { server_version: version, ...rest } = row ?? {}
    const said = Object.entries(rest).map(([name, value]) => `${name} ${value}`)
    return `PostgreSQL ${version} (${said.join(', ')})`
  }

  /** A database with Tenure's tables, and a fleet in them where one is given. */
  async filled(fleet?: Fleet): Promise<string> {
    const url = await this.#server.createDatabase()
    const store = await openStore(url, systemClock)
    await store.close()
    if (fleet === undefined) return url
    const sql = fleetSql(fleet, {
      digits: (number) => `lpad((${number})::text, 7, '0')`,
      table: (name) => `${SCHEMA}.${name}`,
    })
    const numbers = `CREATE TEMP VIEW numbers AS SELECT number FROM generate_series(0::bigint, ${fleet.size - 1}) number`
    // What follows a bulk load in any case follows now, and not in the middle of a contest.
    const settled = [...TABLES.map((table) => `VACUUM (ANALYZE) ${SCHEMA}.${table}`), 'CHECKPOINT']
    await ask(url, numbers, ...Object.values(sql), ...settled)
    return url
  }

  /** Does now what the server does by itself within a minute of many writes: without it, its plans are for empty tables. */
  async settle(url: string): Promise<void> {
    await ask(url, 'VACUUM (ANALYZE)', 'CHECKPOINT')
  }

  /** The same database once more. Nobody may be connected to it. */
  async copy(url: string): Promise<string> {
    const copy = new URL(url)
    const name = `tenure_test_${randomBytes(8).toString('hex')}`
    await ask(this.#server.url, `CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`)
    copy.pathname = name
    this.#copies.push(copy.href)
    return copy.href
  }

  /** Makes room. Nobody may be connected to it. */
  async drop(url: string): Promise<void> {
    await ask(this.#server.url, `DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const url of this.#copies) await this.drop(url)
    await this.#server[Symbol.asyncDispose]()
  }
}

/** A bare connection that finds Tenure's tables by their names. */
export async function barePostgres(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${SCHEMA}` })
  await client.connect()
  return client
}

/** A bare pool of ten connections that find Tenure's tables by their names. */
export function barePool(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url, max: 10, options: `-c search_path=${SCHEMA}` })
}

/** Says which tables hold other rows in two databases. */
export async function differences(url: string, other: string): Promise<string[]> {
  const [own, others] = [await digests(url), await digests(other)]
  return TABLES.filter((table) => own.get(table) !== others.get(table))
}

async function digests(url: string): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const table of TABLES) {
    const rows = `SELECT md5(row::text) AS digest FROM ${SCHEMA}.${table} row`
    const [digest] = await ask(
      url,
      `SELECT md5(string_agg(digest, '' ORDER BY digest)) AS of_all FROM (${rows}) digests`,
    )
    found.set(table, digest?.['of_all'])
  }
  return found
}

/** Runs statements one after the other over a connection of their own; answers the last one's rows. */
async function ask(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}
