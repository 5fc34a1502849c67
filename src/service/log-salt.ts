import type { Randomness } from '../domain/randomness.ts'
import type { Store } from '../store/port.ts'
import { base64url, sha256 } from './digest.ts'

const LOG_SALT = 'log-salt'

/**
 * How ids stand in a log: as the beginning of a digest, salted with what is kept in the store. It tells one id from another,
 * the same in every process and after a restart, and nobody gets back from it to an id that can be guessed.
 *
 * @throws {StoreError} When the store fails.
 * @see OWASP ASVS 5.0.0, 16.2.5
 */
export async function openIdDigest(store: Store, randomness: Randomness): Promise<(id: string) => string> {
  const value = JSON.stringify(base64url(randomness.bytes(32)))
  await store.putItem({ kind: LOG_SALT, id: LOG_SALT, version: 0, value, expiresAt: null })
  const item = await store.findItem(LOG_SALT, LOG_SALT)
  const salt = item?.value ?? value
  return (id) => sha256(salt + id).slice(0, 16)
}
