import { StoreError } from '../../domain/errors.ts'

/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
const RESULT = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
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
export function toStoreError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === null) return error
  const options = { cause: error }
  switch (code & 0xff) {
    case RESULT.BUSY:
    case RESULT.LOCKED:
      return new StoreError('ERR_STORE_UNAVAILABLE', 'the database stayed locked by another process', options)
    case RESULT.READONLY:
      return new StoreError('ERR_STORE_READ_ONLY', 'the database file, or its folder, may not be written', options)
    case RESULT.FULL:
      return new StoreError('ERR_STORE_FULL', 'there is no space left for the database', options)
    case RESULT.IOERR:
      return new StoreError('ERR_STORE_UNAVAILABLE', 'the file system failed the database', options)
    case RESULT.CANTOPEN:
      return new StoreError(
        'ERR_STORE_UNAVAILABLE',
        'the database file cannot be opened: see that its folder is there, and may be written',
        options,
      )
    case RESULT.CORRUPT:
      return new StoreError('ERR_STORE_CORRUPT', 'the database file is damaged', options)
    case RESULT.NOTADB:
      return new StoreError('ERR_STORE_SCHEMA', 'the file is not a SQLite database', options)
    default:
      return new StoreError('ERR_STORE_FAULT', 'the database refused a statement', options)
  }
}

/** Whether another connection had a lock that was needed. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && (code & 0xff) === RESULT.BUSY
}

/** The result code in a driver's error; `null` for an error of anybody else. */
function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return null
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 1
}
