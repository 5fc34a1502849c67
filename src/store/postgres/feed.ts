import { noCursor } from '../feed-cursor.ts'
import type { FeedEntry } from '../port.ts'
import { toEntry } from '../rows.ts'
import type { Database } from './database.ts'
import type { Statements } from './statements.ts'

/** A place before every row's. */
const START = ['-1', '0'] as const

/** The feed of a database: its ledger by (order, sequence), which a cursor is made of. @see feed-order.ts */
export class Feed {
  readonly #database: Database
  readonly #statements: Statements

  constructor(database: Database, statements: Statements) {
    this.#database = database
    this.#statements = statements
  }

  async read(after: string | null, limit: number): Promise<readonly FeedEntry[]> {
    const place = after === null ? START : placeOf(after)
    const rows = await this.#database.query({ ...this.#statements.feed, values: [...place, limit] })
    if (rows[0]?.['is_ahead'] === true) throw noCursor()
    const entries = rows.filter((row) => row['sequence'] !== null)
    return entries.map((row) => ({ ...toEntry(row), cursor: row['cursor'] as string }))
  }

  async end(): Promise<string | null> {
    const [row] = await this.#database.query(this.#statements.feedEnd)
    return (row?.['cursor'] as string | undefined) ?? null
  }
}

/** @throws {TypeError} For text that is no cursor. */
export function isBehind(cursor: string, other: string): boolean {
  const [[order, sequence], [otherOrder, otherSequence]] = [placeOf(cursor), placeOf(other)]
  return order === otherOrder ? BigInt(sequence) > BigInt(otherSequence) : BigInt(order) > BigInt(otherOrder)
}

/** The largest number that the server's `bigint` holds. */
const LARGEST = 2n ** 63n - 1n

/** The order and the sequence that a cursor names; as text, for an order may be more than a number holds. */
function placeOf(cursor: string): readonly [order: string, sequence: string] {
  const [, order, sequence] = /^(0|[1-9]\d{0,18})\.([1-9]\d{0,18})$/.exec(cursor) ?? []
  if (order === undefined || sequence === undefined) throw noCursor()
  if (BigInt(order) > LARGEST || BigInt(sequence) > LARGEST) throw noCursor()
  return [order, sequence]
}
