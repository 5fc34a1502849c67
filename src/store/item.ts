import type { EpochMs } from '../domain/instant.ts'
import type { StoredItem } from './port.ts'
import { isText } from './rows.ts'

/** How many items of a kind are listed at most; kinds that are listed have few. */
export const MAXIMUM_LISTED = 1_000

/** Whether an item has expired, and counts as absent though it may not be purged yet: at exactly `expiresAt` it has. */
export function isExpired({ expiresAt }: StoredItem, now: EpochMs): boolean {
  return expiresAt !== null && now >= expiresAt
}

/** Whether an item can have this id: 1 to 255 characters that every database can hold, so that both stores say the same. */
export function isItemId(id: string): boolean {
  return isText(id) && /^.{1,255}$/su.test(id)
}

/**
 * Makes sure that an item can have this id, before it is written.
 *
 * @throws {TypeError} Where it cannot: `false` would say that another writer was faster, and the caller would try again.
 */
export function expectItemId(id: string): void {
  if (!isItemId(id)) throw new TypeError("an item's id is 1 to 255 characters, without NUL and lone surrogates")
}
