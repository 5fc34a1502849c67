import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StoreError } from '../../domain/errors.ts'

/** A file that was opened, and where it was. */
export interface OpenFile {
  /** From the root, whichever folder the process is in later. */
  readonly path: string
  readonly dev: number
  readonly ino: number
}

/** The file that has a path now; `null` where none has, as with what is in memory. */
export function fileAt(path: string): OpenFile | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? null : { path: resolve(path), dev: found.dev, ino: found.ino }
}

/**
 * Makes sure that a file still has the path it was opened by. SQLite does not look: it goes on writing to a file that was
 * deleted or replaced, and all of that is gone when the process ends. One `stat` is a few hundredths of a write.
 *
 * @throws {StoreError} ERR_STORE_UNAVAILABLE where it was moved, deleted or replaced.
 */
export function expectInPlace({ path, dev, ino }: OpenFile): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.ino === ino && found.dev === dev) return
  throw new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'the database file was moved or deleted while it was open, and what is written to it is lost: put it back, or restart',
  )
}

/** Why a file could not be opened, as far as the file system says. */
export function openingFault(path: string, cause: unknown): StoreError {
  const options = { cause }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return new StoreError('ERR_STORE_UNAVAILABLE', 'the path is that of a folder: name a file in it', options)
  }
  const folder = dirname(path)
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    return new StoreError('ERR_STORE_UNAVAILABLE', 'the folder of the database file is not there: make it', options)
  }
  if (!mayBeWritten(folder)) {
    return new StoreError(
      'ERR_STORE_READ_ONLY',
      'the folder of the database file may not be written: let it be, for the log is kept beside the file',
      options,
    )
  }
  return new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'the database file cannot be opened: see who may read and write it',
    options,
  )
}

function mayBeWritten(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
