import pg from 'pg'
import type { Row } from '../rows.ts'
import { isBroken, toStoreError } from './faults.ts'

/** Where a database is, and how it is used; checked, and nothing left out. */
export interface Settings {
  readonly url: string
  readonly clock: 'process' | 'database'
  /** Not quoted. */
  readonly schema: string
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

/** A pool of connections to one database, and the names of its tables. */
export class Database {
  readonly settings: Settings
  readonly tables: Tables
  readonly #pool: pg.Pool

  constructor(settings: Settings) {
    this.settings = settings
    this.tables = tablesOf(settings.schema)
    const { poolSize, connectionTimeout } = settings
    this.#pool = new pg.Pool({
      ...configurationOf(settings),
      max: poolSize,
      connectionTimeoutMillis: connectionTimeout,
    })
    // Told of a connection that the server ended while nobody used it, and that is taken out of the pool.
    this.#pool.on('error', ignore)
    this.#pool.on('connect', (client) => client.on('error', ignore))
  }

  /** Runs one statement, which is a transaction of its own. */
  query(statement: Statement): Promise<readonly Row[]> {
    return this.hold((connection) => connection.query(statement))
  }

  /** Holds a connection while something is done with it. One that broke is not used again. */
  async hold<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    const connection = new Connection(client)
    try {
      return await work(connection)
    } finally {
      client.release(connection.isBroken)
    }
  }

  /** Waits for what is held, and closes every connection. */
  async end(): Promise<void> {
    await this.#pool.end()
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw toStoreError(error)
    }
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
