import pg from 'pg'
import type { Row } from '../rows.ts'
import { isBroken, toStoreError } from './faults.ts'

/** Where a database is, and how it is used; checked, and nothing left out. */
export interface Settings {
  readonly url: string
  readonly clock: 'process' | 'database'
  /** Not quoted. */
  readonly schema: string
  /** Not quoted. */
  readonly queueSchema: string
  readonly poolSize: number
  readonly connectionTimeout: number
  readonly statementTimeout: number
}

/** What a parameter can be; a list of the server's is text, see `listOf`. */
export type Value = string | number | null

/** A statement with its parameters. One that has a name is parsed once a connection. */
export interface Statement {
  readonly name?: string
  readonly text: string
  readonly values?: readonly Value[]
  /** Whether something is lost with its answer: that it was written. */
  readonly isWrite?: boolean
}

/** A table's name with its schema, so that it is found whatever `search_path` a pooler's connection has. */
export type Tables = (name: string) => string

/** One connection, for as long as it is held. What its driver throws comes out as a `StoreError`. */
export class Connection {
  readonly #client: pg.ClientBase
  #isBroken = false

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  /** Whether nothing more can be asked over it. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Sends a statement at once, behind those that were sent before. Each of them is done before the next begins. */
  async query({ name, text, values = [], isWrite = false }: Statement): Promise<readonly Row[]> {
    try {
      const named = name === undefined ? { text } : { name, text }
      const { rows } = await this.#client.query<Row>({ ...named, values: values as Value[] })
      return rows
    } catch (error) {
      this.#isBroken ||= isBroken(error)
      throw toStoreError(error, { wasSent: isWrite })
    }
  }
}

/** A connection that is nobody else's, to be ended by who made it. */
export class OwnConnection extends Connection {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    super(client)
    this.#client = client
  }

  /**
   * @param isTimed Whether its statements may run for `statementTimeout` only.
   * @throws {TypeError} When the URL is none.
   */
  static async open(settings: Settings, { isTimed }: { readonly isTimed: boolean }): Promise<OwnConnection> {
    const client = clientOf(isTimed ? settings : { ...settings, statementTimeout: 0 })
    client.on('error', ignore)
    try {
      await client.connect()
    } catch (error) {
      throw toStoreError(error)
    }
    return new OwnConnection(client)
  }

  /** What was begun and not committed is undone. */
  async end(): Promise<void> {
    await this.#client.end()
  }
}

/**
 * The connections to one database, and the names of its tables.
 *
 * A third of them is kept for batches, which wait for nobody: where commands wait for a row that somebody holds locked,
 * or many come at once, verdicts are given all the same.
 */
export class Database {
  readonly settings: Settings
  readonly tables: Tables
  readonly #pool: pg.Pool
  readonly #batchPool: pg.Pool

  constructor(settings: Settings) {
    this.settings = settings
    this.tables = tablesOf(settings.schema)
    const forBatches = Math.floor(settings.poolSize / 3)
    this.#pool = poolOf(settings, settings.poolSize - forBatches)
    this.#batchPool = forBatches === 0 ? this.#pool : poolOf(settings, forBatches)
  }

  /** Runs one statement, which is a transaction of its own. */
  query(statement: Statement): Promise<readonly Row[]> {
    return hold(this.#pool, (connection) => connection.query(statement))
  }

  /** Runs one statement that many callers have asked for and that waits for no lock, on a connection kept for those. */
  queryBatch(statement: Statement): Promise<readonly Row[]> {
    return hold(this.#batchPool, (connection) => connection.query(statement))
  }

  /** Holds a connection while something is done with it. One that broke is not used again. */
  hold<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return hold(this.#pool, work)
  }

  /** Waits for what is held, and closes every connection. */
  async end(): Promise<void> {
    await Promise.all([...new Set([this.#pool, this.#batchPool])].map((pool) => pool.end()))
  }
}

function poolOf(settings: Settings, max: number): pg.Pool {
  const pool = new pg.Pool({ ...configurationOf(settings), max })
  // Told of a connection that the server ended while nobody used it, and that is taken out of the pool.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

async function hold<T>(pool: pg.Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await connected(pool)
  const connection = new Connection(client)
  try {
    return await work(connection)
  } finally {
    client.release(connection.isBroken)
  }
}

async function connected(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The names of the tables in a schema. */
export function tablesOf(schema: string): Tables {
  return (name) => `"${schema}".${name}`
}

function clientOf(settings: Settings): pg.Client {
  try {
    return new pg.Client(configurationOf(settings))
  } catch {
    // Not as its cause: the driver's error may hold the URL, and with it a password.
    throw new TypeError("the database's URL, or a file that it names, cannot be read")
  }
}

function configurationOf({ url, connectionTimeout, statementTimeout }: Settings): pg.ClientConfig {
  const timed = { statement_timeout: statementTimeout, query_timeout: statementTimeout + connectionTimeout }
  return {
    connectionString: url,
    fallback_application_name: 'tenure',
    connectionTimeoutMillis: connectionTimeout,
    keepAlive: true,
    // What belongs together goes out at once, and is not asked one by one.
    pipeline: true,
    types: { getTypeParser },
    ...(statementTimeout === 0 ? {} : timed),
  }
}

/** `bigint` comes as a number: instants and counts are below 2^53. Only here, and not for others who use the driver. */
function getTypeParser(type: number, format?: 'text' | 'binary') {
  return type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format)
}

function ignore(): void {}
