import type { Clock } from '../domain/clock.ts'
import type { Store } from './port.ts'
import type { PostgresOptions } from './postgres/options.ts'
import type { SqliteOptions } from './sqlite/connect.ts'

/** How to open a store, for each kind of database. */
export interface StoreOptions {
  readonly sqlite?: SqliteOptions | undefined
  readonly postgres?: PostgresOptions | undefined
}

/**
 * Opens the store that a URL names, and brings its tables up to date.
 *
 * @param url `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
 * @param clock Says what time it is, unless the database does.
 * @throws {TypeError} When the URL is none of these; the message does not repeat it, for it may hold a password.
 * @throws {StoreError} When the database cannot be opened, is not one of Tenure's, or is newer than this code.
 */
export async function openStore(url: string, clock: Clock, options: StoreOptions = {}): Promise<Store> {
  const path = sqlitePathOf(url)
  if (path !== null) {
    const { openSqliteStore } = await import('./sqlite/store.ts')
    return openSqliteStore(path, clock, options.sqlite)
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    const { openPostgresStore } = await import('./postgres/store.ts')
    return openPostgresStore(url, clock, options.postgres)
  }
  throw new TypeError('a store is sqlite:PATH, sqlite::memory: or postgres://…')
}

/**
 * The path of a SQLite store; `null` where the URL is of none.
 *
 * `sqlite::memory` and `sqlite://tenure.db` are slips, which would make a file of that name, or one in the root. What
 * begins with `file:` SQLite takes for a URI, whose parameters may mean a store that keeps nothing.
 *
 * @see https://www.sqlite.org/uri.html
 */
function sqlitePathOf(url: string): string | null {
  const path = /^sqlite:(.+)$/s.exec(url)?.[1] ?? null
  if (path === null || path === ':memory:') return path
  return /^(?::|\/\/|file:)/i.test(path) ? null : path
}
