/** SQLite files for contests: filled once, copied for every contestant, opened as Tenure opens them. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { connect } from '../../src/store/sqlite/connect.ts'
import { type Fleet, fillSqlite } from './stored-fleet.ts'

/** A folder of SQLite files, gone when it is disposed of. */
export class SqliteFiles implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenure-bench-'))
  #files = 0

  /** A path where no file is. */
  path(): string {
    this.#files += 1
    return join(this.#folder, `${this.#files}.db`)
  }

  /** A file with Tenure's tables and a fleet in them. */
  filled(fleet: Fleet): string {
    const path = this.path()
    const database = bareSqlite(path)
    fillSqlite(database, fleet)
    database.close()
    return path
  }

  /** The same file once more, to the byte. Nobody may have it open. */
  copy(path: string): string {
    const copy = this.path()
    copyFileSync(path, copy)
    return copy
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A bare connection with the settings of Tenure's own, by Tenure's own hand: equally durable, and as large a cache. */
export function bareSqlite(path: string): DatabaseSync {
  return connect(path, {})
}

/** Says what is stored differently in two files, a table a line; nothing where they hold the same rows. */
export function differences(path: string, other: string): string[] {
  const database = bareSqlite(path)
  try {
    database.prepare('ATTACH ? AS other').run(other)
    return ['clients', 'sessions', 'ledger', 'users', 'purges'].flatMap((table) => {
      const found = database
        .prepare(
          `SELECT count(*) AS rows FROM (
            SELECT * FROM (SELECT * FROM main.${table} EXCEPT SELECT * FROM other.${table})
            UNION ALL SELECT * FROM (SELECT * FROM other.${table} EXCEPT SELECT * FROM main.${table}))`,
        )
        .get()
      return found?.['rows'] === 0 ? [] : [`${table}: ${found?.['rows']} rows`]
    })
  } finally {
    database.close()
  }
}
