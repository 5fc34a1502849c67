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
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) {
    const { openSqliteStore } = await import('./sqlite/store.ts')
    return openSqliteStore(url.slice('sqlite:'.length), clock, options.sqlite)
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    const { openPostgresStore } = await import('./postgres/store.ts')
    return openPostgresStore(url, clock, options.postgres)
  }
  throw new TypeError('a store is sqlite:PATH, sqlite::memory: or postgres://…')
}
