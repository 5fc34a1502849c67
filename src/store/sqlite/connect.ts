import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../domain/errors.ts'
import { openingFault } from './database-file.ts'
import { faultless, isBusy, isUnopened } from './faults.ts'
import { MIGRATIONS } from './migrations.ts'

/**
 * When a write is safe from what.
 *
 * - `normal`: from a crash of the process at once; from a power failure once the log was next checkpointed, and the
 *   database is whole either way
 * - `full`: from both at once; each commit waits for the disk
 *
 * @see https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export type Synchronous = 'normal' | 'full'

/** How to open a SQLite store. */
export interface SqliteOptions {
  /** `normal` where it is left out. */
  readonly synchronous?: Synchronous | undefined
  /** How long to wait for another process's lock, milliseconds; 5,000 where it is left out. The process stands still. */
  readonly busyTimeout?: number | undefined
}

/** Says that a database file is Tenure's: "TENU". @see https://www.sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x54454e55

/**
 * Opens a database file, or one in memory, and brings its tables up to date.
 *
 * @param path A file's path, or `:memory:`.
 * @throws {StoreError} When it cannot be opened, is not one of Tenure's, or is newer than this code.
 */
export function connect(path: string, options: SqliteOptions): DatabaseSync {
  return faultless(() => {
    const database = open(path)
    try {
      configure(database, options)
      migrate(database)
      return database
    } catch (error) {
      database.close()
      throw isUnopened(error) ? openingFault(path, error) : error
    }
  })
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw isUnopened(error) ? openingFault(path, error) : error
  }
}

/** Opens a second connection to a file, for reading what is there at one moment. */
export function connectReader(path: string, options: SqliteOptions): DatabaseSync {
  return faultless(() => {
    const database = new DatabaseSync(path, { readOnly: true })
    database.exec(`PRAGMA busy_timeout = ${timeoutOf(options)}`)
    return database
  })
}

/**
 * After how many pages the log is moved into the file: 32 MB of it. A command writes a page in each of a dozen indexes,
 * and with SQLite's own 1,000 pages every eightieth sign-in would wait for that.
 */
const CHECKPOINT_PAGES = 8000

function configure(database: DatabaseSync, options: SqliteOptions): void {
  const { synchronous = 'normal' } = options
  if (synchronous !== 'normal' && synchronous !== 'full') throw new TypeError('synchronous is normal or full')
  database.exec(`PRAGMA busy_timeout = ${timeoutOf(options)}`)
  // Looked at before anything is written: somebody else's database is left as it is.
  versionOf(database)
  writeAhead(database)
  database.exec(`PRAGMA synchronous = ${synchronous}`)
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
}

/** What SQLite can be told, and longer than anybody waits. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

function timeoutOf({ busyTimeout = 5000 }: SqliteOptions): number {
  if (!Number.isInteger(busyTimeout) || busyTimeout < 0 || busyTimeout > LONGEST_TIMEOUT) {
    throw new TypeError(`busyTimeout is a whole number of milliseconds, from 0 to ${LONGEST_TIMEOUT}`)
  }
  return busyTimeout
}

/** How often the log is asked for; the second time is nearly always enough. */
const LOG_TRIES = 20

/**
 * Has writes go to a log first. The first to open a file needs it alone for that, and SQLite does not wait for a lock
 * that a read has to be raised to: here it is waited for, and asked again.
 */
function writeAhead(database: DatabaseSync): void {
  for (let tries = 1; ; tries += 1) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || tries === LOG_TRIES) throw error
      database.exec('BEGIN EXCLUSIVE')
      database.exec('ROLLBACK')
    }
  }
}

/** Applies the migrations that are missing, under the write lock, so that of two processes one does and one waits. */
function migrate(database: DatabaseSync): void {
  if (versionOf(database) === MIGRATIONS.length) return
  inTransaction(database, 'BEGIN IMMEDIATE', () => {
    for (const statements of MIGRATIONS.slice(readVersion(database))) {
      for (const statement of statements) database.exec(statement)
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  })
}

/** How many migrations a database has had, read at one moment: another process may be at them. */
function versionOf(database: DatabaseSync): number {
  return inTransaction(database, 'BEGIN', () => readVersion(database))
}

function readVersion(database: DatabaseSync): number {
  const owner = numberOf(database, 'PRAGMA application_id')
  const version = numberOf(database, 'PRAGMA user_version')
  const tables = numberOf(database, 'SELECT count(*) FROM sqlite_schema')
  if (owner === 0 && version === 0 && tables === 0) return 0
  if (owner !== APPLICATION_ID) {
    throw new StoreError('ERR_STORE_SCHEMA', "the database is not one of Tenure's: name another file")
  }
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'ERR_STORE_SCHEMA',
      `the database has schema ${version}, and this version of Tenure knows ${MIGRATIONS.length}: update Tenure`,
    )
  }
  return version
}

function inTransaction<T>(database: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  database.exec(begin)
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** After some errors, a full disk among them, SQLite has rolled back by itself. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Object.values(database.prepare(sql).get() ?? {})[0] as number
}
