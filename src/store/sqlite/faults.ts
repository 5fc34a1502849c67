import { StoreError, type StoreErrorCode } from '../../domain/errors.ts'

/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
const RESULT = {
  ERROR: 1,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
} as const

/** Runs work on the database; what the driver throws comes out as a {@link StoreError}. */
export function faultless<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** What a driver's error means. Tenure's own errors, and misuse, stay as they are. */
function toStoreError(error: unknown): unknown {
  // The one JSON text that a row is read from is Tenure's own.
  if (error instanceof SyntaxError) return new StoreError(...DAMAGED, { cause: error })
  const code = codeOf(error)
  return code === null ? error : new StoreError(...meaningOf(code, error as Error), { cause: error })
}

/** Whether another connection had a lock that was needed. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === RESULT.BUSY
}

/** Whether a file could not be opened, or not be made. */
export function isUnopened(error: unknown): boolean {
  return codeOf(error) === RESULT.CANTOPEN
}

type Meaning = readonly [code: StoreErrorCode, message: string]

const DAMAGED: Meaning = ['ERR_STORE_CORRUPT', 'the database file is damaged: restore it from a backup']

function meaningOf(code: number, { message }: Error): Meaning {
  switch (code) {
    case RESULT.BUSY:
    case RESULT.LOCKED:
    case RESULT.PROTOCOL:
      return ['ERR_STORE_UNAVAILABLE', 'another process kept the database locked for the whole busy timeout: try again']
    case RESULT.READONLY:
      return [
        'ERR_STORE_READ_ONLY',
        'the database can only be read: see who may write its file, its -wal and -shm, and their folder',
      ]
    case RESULT.FULL:
      return ['ERR_STORE_FULL', 'there is no space left for the database, and nothing was written: make space']
    case RESULT.IOERR:
      return [
        'ERR_STORE_UNAVAILABLE',
        'the file system failed the database, and a write may have happened: see the disk',
      ]
    case RESULT.CANTOPEN:
      return ['ERR_STORE_UNAVAILABLE', 'the database file cannot be opened: see that it, and its folder, may be read']
    case RESULT.CORRUPT:
      return DAMAGED
    case RESULT.NOTADB:
      return ['ERR_STORE_SCHEMA', 'the file is not a SQLite database, or damaged at its beginning: name another file']
    case RESULT.ERROR:
      // Statements are always the same: where one is wrong, it is the tables that are.
      if (/^no such (?:table|column)|has no column/.test(message)) {
        return ['ERR_STORE_SCHEMA', 'a table is not as Tenure made it: restore the database from a backup']
      }
  }
  return ['ERR_STORE_FAULT', 'the database refused a statement: its cause says why']
}

/** The primary result code in a driver's error; `null` for an error of anybody else. */
function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return null
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : RESULT.ERROR
}
