import { systemRandomness } from '../domain/randomness.ts'
import { type ApiKeyScope, ApiKeys } from '../service/api-keys.ts'
import { MAXIMUM_LISTED } from '../store/item.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'
import { type StoreUse, withStore } from './store-use.ts'

/** `tenure keys list`: a line a key, without the key, which is kept nowhere. */
export async function listKeys(use: StoreUse, io: Io): Promise<ExitCode> {
  return withKeys(use, io, false, async (keys, out) => {
    for (const { name, scope, createdAt } of await keys.list()) out.json({ name, scope, createdAt })
  })
}

/**
 * `tenure keys add NAME`: makes a key, and prints it this once. A service that runs on the store takes it at once.
 *
 * @throws {UsageError} Where the name is taken, or none.
 */
export async function addKey(name: string, use: StoreUse & { readonly scope: ApiKeyScope }, io: Io): Promise<ExitCode> {
  return withKeys(use, io, true, async (keys, out) => {
    if ((await keys.list()).length >= MAXIMUM_LISTED) {
      throw new UsageError(`the store has ${MAXIMUM_LISTED} keys, and can have no more: remove one first`)
    }
    const key = await made(() => keys.add(name, use.scope, systemRandomness))
    if (key === null)
      throw new UsageError(`there is a key of the name ${name}: remove it first, or choose another name`)
    out.json({ name, scope: use.scope, key })
    if (io.stderr.isTTY === true) io.stderr.write('tenure: this is the only time that the key is shown\n')
  })
}

/**
 * `tenure keys remove NAME`: a service that runs on the store stops taking the key within five seconds.
 *
 * @throws {UsageError} Where there is no key of that name.
 */
export async function removeKey(name: string, use: StoreUse, io: Io): Promise<ExitCode> {
  return withKeys(use, io, false, async (keys, out) => {
    if (!(await keys.remove(name))) throw new UsageError(`there is no key of the name ${name} in the store`)
    out.json({ name, removed: true })
  })
}

async function withKeys(
  use: StoreUse,
  io: Io,
  isMade: boolean,
  work: (keys: ApiKeys, out: LineWriter) => Promise<void>,
): Promise<ExitCode> {
  return withStore(use, io, isMade, async (store) => {
    const out = new LineWriter(io.stdout, 'standard output')
    await work(new ApiKeys(store, io.clock), out)
    await out.finish()
    return 0
  })
}

async function made<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
