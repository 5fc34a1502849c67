import { type Stats, statSync } from 'node:fs'
import { openTenure } from '../service/open-tenure.ts'
import type { Tenure } from '../service/tenure.ts'
import { openStore, type StoreOptions } from '../store/open-store.ts'
import type { Store } from '../store/port.ts'
import { reasonOf } from './inputs.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { loadPolicy } from './policy-file.ts'

/** What every command on a store can be told. */
export interface StoreUse {
  /** `sqlite:PATH`, `sqlite::memory:` or `postgres://…`; what TENURE_STORE says where it is left out. */
  readonly store?: string | undefined
  /** A policy's file; Clerk's defaults where it is left out. */
  readonly policy?: string | undefined
}

/**
 * Does a command's work on the store that it names, and closes the store whatever comes of it.
 *
 * @param isMade Whether a SQLite file that is not there is made; otherwise it is a mistake to name one.
 * @throws {UsageError} When no store is named, or one that there is not; when the policy cannot be read, or is refused.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function useStore(
  use: StoreUse,
  io: Io,
  isMade: boolean,
  work: (tenure: Tenure) => Promise<ExitCode>,
): Promise<ExitCode> {
  const policy = use.policy === undefined ? undefined : await loadPolicy(use.policy, io)
  return withStore(use, io, isMade, async (store) => work(await openTenure({ store, policy, clock: io.clock })))
}

/**
 * The same for a command whose work is on what is kept beside the sessions.
 *
 * @throws {UsageError} When no store is named, or one that there is not.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function withStore(
  use: StoreUse,
  io: Io,
  isMade: boolean,
  work: (store: Store) => Promise<ExitCode>,
): Promise<ExitCode> {
  const url = storeUrl(use, io)
  if (!isMade) expectFile(url)
  const store = await openNamed(url, io)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** The files of a SQLite store, which no output may replace. */
export function storeFiles(use: StoreUse, io: Io): (Stats | null)[] {
  const path = pathOf(storeUrl(use, io))
  return path === null ? [] : ['', '-wal', '-shm'].map((suffix) => statsAt(path + suffix))
}

function storeUrl({ store }: StoreUse, { env }: Io): string {
  const url = store ?? env['TENURE_STORE'] ?? ''
  if (url !== '') return url
  throw new UsageError('no store is named: give --store sqlite:PATH or --store postgres://…, or set TENURE_STORE')
}

/**
 * Opens the store of a URL.
 *
 * @throws {UsageError} When it is none of a store.
 * @throws {StoreError} When the store cannot be opened.
 */
export async function openNamed(url: string, { clock }: Pick<Io, 'clock'>, options: StoreOptions = {}): Promise<Store> {
  try {
    return await openStore(url, clock, options)
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** The path of a SQLite store's file; `null` where the store is none. */
export function pathOf(url: string): string | null {
  return url.startsWith('sqlite:') && url !== 'sqlite::memory:' ? url.slice('sqlite:'.length) : null
}

function expectFile(url: string): void {
  const path = pathOf(url)
  if (path === null || path === '') return
  const stats = statsAt(path)
  if (stats === null) throw new UsageError(`there is no store at ${path}: tenure import makes one`)
  if (stats.isFile() && stats.size === 0) throw new UsageError(`there is no store at ${path}: the file is empty`)
}

function statsAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    throw new UsageError(`cannot open the store at ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
