import { noCursor, sequenceOf } from '../../store/feed-cursor.ts'
import type { FeedEntry, LedgerEntry } from '../../store/port.ts'

/** The feed of a ledger in memory: one transaction writes at a time, and a sequence is a cursor by itself. */
export class MemoryFeed {
  readonly #ledger: readonly LedgerEntry[]

  constructor(ledger: readonly LedgerEntry[]) {
    this.#ledger = ledger
  }

  /** @throws {TypeError} For text that is no cursor. */
  read(after: string | null, limit: number): readonly FeedEntry[] {
    const sequence = after === null ? 0 : sequenceOf(after)
    if (sequence > this.#ledger.length) throw noCursor()
    return this.#ledger.slice(sequence, sequence + limit).map((entry) => ({ ...entry, cursor: String(entry.sequence) }))
  }

  end(): string | null {
    return this.#ledger.length === 0 ? null : String(this.#ledger.length)
  }
}
