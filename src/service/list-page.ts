import type { CreationKey } from '../store/port.ts'

/** Which part of a list. */
export interface PageRequest<Key = CreationKey> {
  /** How many items, 1 to 1,000; 100 where it is left out. */
  readonly limit?: number | undefined
  /** The `next` of the page before: the same price however far in, and no item twice or missed as others are added. */
  readonly after?: Key | undefined
  /** How many items to pass over, which costs more the further it goes. */
  readonly offset?: number | undefined
}

/** Some items of a list. */
export interface Page<T, Key = CreationKey> {
  readonly items: readonly T[]
  /** How many there are in all. */
  readonly total: number
  /** Where the next page begins; `null` where this is the last. */
  readonly next: Key | null
}

const DEFAULT_LIMIT = 100
const MAXIMUM_LIMIT = 1000

/** A request with its defaults, found to be sound. @throws {TypeError} Where a number is out of its bounds. */
export function pagingOf<Key>({ limit = DEFAULT_LIMIT, after, offset = 0 }: PageRequest<Key>) {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAXIMUM_LIMIT) {
    throw new TypeError(`limit is a whole number from 1 to ${MAXIMUM_LIMIT}`)
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw new TypeError('offset is a whole number, not negative')
  return { limit, after, offset }
}

/** A page of rows: a full one has a next, if it should turn out empty. */
export function pageOf<T, Key>(
  items: readonly T[],
  total: number,
  limit: number,
  keyOf: (item: T) => Key,
): Page<T, Key> {
  const last = items.at(-1)
  return { items, total, next: last === undefined || items.length < limit ? null : keyOf(last) }
}

/** The key of an item among the newest first. */
export function creationKey({ createdAt, id }: CreationKey): CreationKey {
  return { createdAt, id }
}
