import type { EpochMs } from '../domain/instant.ts'
import { systemRandomness } from '../domain/randomness.ts'
import { SigningKeys } from '../service/tokens/signing-keys.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'
import { readServeConfig } from './serve/read-serve-config.ts'
import { type StoreUse, withStore } from './store-use.ts'

/** What every command on signing keys can be told. */
export interface SigningKeysUse extends StoreUse {
  /** The config file of the service, where it has one: its store, its encryption key and its overlap are gone by. */
  readonly config?: string | undefined
}

/** `tenure signing-keys list`: a line a key, the newest first, with where it is in its life. */
export async function listSigningKeys(use: SigningKeysUse, io: Io): Promise<ExitCode> {
  return withSigningKeys(use, io, 'read', async (keys, now, out) => {
    for (const { key, state, retiredAt } of await keys.list(now)) {
      const { kid, createdAt, activeAt, isSealed } = key
      out.json({ kid, state, createdAt, activeAt, retiredAt, encrypted: isSealed })
    }
  })
}

/** `tenure signing-keys rotate`: makes a key that is published now and signs in five minutes, or at once where that is asked. */
export async function rotateSigningKeys(use: SigningKeysUse & { readonly atOnce: boolean }, io: Io): Promise<ExitCode> {
  return withSigningKeys(use, io, 'open', async (keys, now, out) => {
    const { kid, createdAt, activeAt } = await keys.rotate(now, use.atOnce)
    out.json({ kid, createdAt, activeAt })
  })
}

/**
 * `tenure signing-keys remove KID`: no token that the key signed is taken any more.
 *
 * @throws {UsageError} Where there is no such key, or it is the one that signs.
 */
export async function removeSigningKey(kid: string, use: SigningKeysUse, io: Io): Promise<ExitCode> {
  return withSigningKeys(use, io, 'read', async (keys, now, out) => {
    if (!(await keys.remove(kid, now))) {
      throw new UsageError(
        'there is no such signing key, or it signs, or it did less than five seconds ago: rotate --at-once first, and wait',
      )
    }
    out.json({ kid, removed: true })
  })
}

/** Goes by the same variables and config file as `tenure serve`: for the store, the encryption key and the overlap. */
async function withSigningKeys(
  { store: url, config: file }: SigningKeysUse,
  io: Io,
  how: 'read' | 'open',
  work: (keys: SigningKeys, now: EpochMs, out: LineWriter) => Promise<void>,
): Promise<ExitCode> {
  const flags = url === undefined ? {} : { store: url }
  const { config } = await readServeConfig({ flags, env: io.env, file }, io)
  return withStore({ store: config.store }, io, how === 'open', async (store) => {
    const out = new LineWriter(io.stdout, 'standard output')
    const { encryptionKey, signingKeyOverlap: overlap } = config
    const keys = await SigningKeys[how]({ store, randomness: systemRandomness, encryptionKey, overlap })
    await work(keys, await store.now(), out)
    await out.finish()
    return 0
  })
}
