import type { CreationKey } from '../store/port.ts'

/** Which part of a list. */
export interface PageRequest<Key = CreationKey> {
  /** How many items, 1 to 1,000; 100 where it is left out. */
  readonly limit?: number | undefined
  /** The `next` of the page before. However far in, the items cost the same, and none comes twice as others are added. */
  readonly after?: Key | undefined
  /** How many items to pass over, which costs more the further it goes. */
  readonly offset?: number | undefined
  /** Whether to count all there are, which takes going through them; they are where it is left out. */
  readonly isCounted?: boolean | undefined
}

/** Some items of a list. */
export interface Page<T, Key = CreationKey> {
  readonly items: readonly T[]
  /** How many there are in all; where nobody counted, how many items these are. */
  readonly total: number
  /** Where the next page begins; `null` where this is the last. */
  readonly next: Key | null
}

const DEFAULT_LIMIT = 100
const MAXIMUM_LIMIT = 1000

/**
 * A request with its defaults, found to be sound.
 *
 * @param isKey Whether something is a key of this list: a page behind what is none would be an empty one.
 * @throws {TypeError} Where a number is out of its bounds, or `after` is not the `next` of a page.
 */
export function pagingOf<Key>(
  { limit = DEFAULT_LIMIT, after, offset = 0, isCounted = true }: PageRequest<Key>,
  isKey: (key: unknown) => boolean,
) {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAXIMUM_LIMIT) {
    throw new TypeError(`limit is a whole number from 1 to ${MAXIMUM_LIMIT}`)
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw new TypeError('offset is a whole number, not negative')
  if (after !== undefined && !isKey(after)) {
    throw new TypeError('after is the next of the page before, and where that is null there is no more')
  }
  if (typeof isCounted !== 'boolean') throw new TypeError('isCounted is true or false')
  return { limit, after, offset, isCounted }
}

/**
 * A page of rows: a full one has a next, if it should turn out empty.
 *
 * @param isFull Whether as many rows were found as were asked for, be some of them gone by the time they are read.
 */
export function pageOf<T, Key>(
  items: readonly T[],
  total: number,
  isFull: boolean,
  keyOf: (item: T) => Key,
): Page<T, Key> {
  const last = items.at(-1)
  return { items, total, next: last === undefined || !isFull ? null : keyOf(last) }
}

/** Whether something is a key among the newest first. */
export function isCreationKey(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false
  const { createdAt, id } = key as { readonly createdAt?: unknown; readonly id?: unknown }
  return Number.isSafeInteger(createdAt) && typeof id === 'string'
}

/** The key of an item among the newest first. */
export function creationKey({ createdAt, id }: CreationKey): CreationKey {
  return { createdAt, id }
}
