/** Every kind of store, each to be opened fresh for a test, so that one suite holds them all to the same promises. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { Client } from 'pg'
import type { Clock } from '../../src/domain/clock.ts'
import { openMemoryStore } from '../../src/simulation/memory-store/memory-store.ts'
import { openStore, type StoreOptions } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/** A database of a test's own, and a store that is open on it. Disposing closes every store opened here, and clears up. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store
  /** What `openStore` and `openTenure` know the database by. */
  readonly url: string
  /**
   * Opens the same database once more, as another process would. What is in memory has no second door: there it is the
   * store that is open already.
   */
  again(options?: StoreOptions & { readonly clock?: Clock }): Promise<Store>
}

/** A kind of store. */
export interface StoreKind {
  readonly name: string
  /** Whether a database outlives the store that it was opened by, and others can open it at once. */
  readonly isShared: boolean
  /** Whether every call goes to a server, so that a random test affords fewer runs. */
  readonly isServed: boolean
  /** Makes a database that nobody else has, and opens it. */
  open(clock: Clock, options?: StoreOptions): Promise<OpenedStore>
  /** Ends what the kind has started. */
  end(): Promise<void>
}

/** Defines the same tests for every kind of store. */
export function overStores(define: (kind: StoreKind) => void): void {
  for (const kind of [sqliteFile(), sqliteMemory(), postgres()]) {
    describe(kind.name, () => {
      define(kind)
      // Behind whatever else is done after the tests, for hooks run in the order they are set.
      after(() => kind.end())
    })
  }
}

function sqliteFile(): StoreKind {
  return {
    name: 'SQLite in a file',
    isShared: true,
    isServed: false,
    async open(clock, options) {
      const folder = await mkdtemp(join(tmpdir(), 'tenure-store-'))
      const clear = () => rm(folder, { recursive: true, force: true })
      return openedStore(`sqlite:${join(folder, 'tenure.db')}`, clock, options, clear)
    },
    async end() {},
  }
}

/** SQLite in memory, by itself. */
export function sqliteMemory(): StoreKind {
  return {
    name: 'SQLite in memory',
    isShared: false,
    isServed: false,
    async open(clock, options) {
      const url = 'sqlite::memory:'
      const store = await openStore(url, clock, options)
      return { store, url, again: async () => store, [Symbol.asyncDispose]: () => store.close() }
    },
    async end() {},
  }
}

/** Plain maps, as simulations have them. */
export function plainMemory(): StoreKind {
  return {
    name: 'plain memory',
    isShared: false,
    isServed: false,
    async open(clock) {
      const store = openMemoryStore(clock)
      return { store, url: '', again: async () => store, [Symbol.asyncDispose]: () => store.close() }
    },
    async end() {},
  }
}

/** One server for the tests of a file. A database that a test is done with is emptied, for the next. */
function postgres(): StoreKind {
  let server: Promise<PostgresServer> | undefined
  const idle: string[] = []
  return {
    name: 'PostgreSQL',
    isShared: true,
    isServed: true,
    async open(clock, options) {
      server ??= startPostgres()
      const url = idle.pop() ?? (await (await server).createDatabase())
      return openedStore(url, clock, options, async () => {
        await empty(url)
        idle.push(url)
      })
    },
    async end() {
      await (await server)?.[Symbol.asyncDispose]()
    },
  }
}

/** Deletes every row. TRUNCATE would take thirty times as long, for tables this small. */
async function empty(url: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  try {
    const tables = ['ledger', 'sessions', 'clients', 'purges', 'users', 'items'].map((table) => `tenure.${table}`)
    const { rows } = await client.query("SELECT FROM pg_namespace WHERE nspname = 'pgboss'")
    const queues = rows.length === 0 ? [] : ['pgboss.job', 'pgboss.queue']
    await client.query([...tables, ...queues].map((table) => `DELETE FROM ${table}`).join(';'))
  } finally {
    await client.end()
  }
}

async function openedStore(
  url: string,
  clock: Clock,
  options: StoreOptions | undefined,
  clear: () => Promise<void>,
): Promise<OpenedStore> {
  const stores: Store[] = []
  const opened = async (by: Clock, how: StoreOptions | undefined) => {
    const store = await openStore(url, by, how)
    stores.push(store)
    return store
  }
  const dispose = async () => {
    await Promise.all(stores.map((store) => store.close()))
    await clear()
  }
  try {
    const store = await opened(clock, options)
    const again: OpenedStore['again'] = (how = {}) => opened(how.clock ?? clock, { ...options, ...how })
    return { store, url, again, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
