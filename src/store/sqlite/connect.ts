import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../domain/errors.ts'
import { faultless } from './faults.ts'
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
    const database = new DatabaseSync(path)
    try {
      configure(database, options)
      migrate(database)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
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
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${synchronous}`)
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
}

function timeoutOf({ busyTimeout = 5000 }: SqliteOptions): number {
  if (!Number.isInteger(busyTimeout) || busyTimeout < 0)
    throw new TypeError('busyTimeout is a whole number, not negative')
  return busyTimeout
}

/** Applies the migrations that are missing, under the write lock, so that of two processes one does and one waits. */
function migrate(database: DatabaseSync): void {
  if (versionOf(database) === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const statements of MIGRATIONS.slice(versionOf(database))) {
      for (const statement of statements) database.exec(statement)
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** How many migrations a database has had. */
function versionOf(database: DatabaseSync): number {
  const owner = numberOf(database, 'PRAGMA application_id')
  const version = numberOf(database, 'PRAGMA user_version')
  const isEmpty = numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0
  if (isEmpty) return 0
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

function numberOf(database: DatabaseSync, sql: string): number {
  return Object.values(database.prepare(sql).get() ?? {})[0] as number
}
