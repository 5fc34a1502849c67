import { noCursor, sequenceOf } from '../feed-cursor.ts'
import type { FeedEntry } from '../port.ts'
import { toEntry } from '../rows.ts'
import type { Statements } from './statements.ts'

/**
 * The feed of a database: its ledger by sequence, which is a cursor by itself. One transaction writes at a time, so
 * sequences are drawn in the order in which they are committed, and none that was drawn once is drawn again.
 *
 * @see https://www.sqlite.org/autoinc.html
 */
export class Feed {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  read(after: string | null, limit: number): readonly FeedEntry[] {
    const sequence = after === null ? 0 : sequenceOf(after)
    const rows = this.#statements.feed.all(sequence, limit)
    if (rows.length === 0 && sequence > this.#last()) throw noCursor()
    return rows.map((row) => ({ ...toEntry(row), cursor: String(row['sequence']) }))
  }

  end(): string | null {
    const sequence = this.#statements.feedEnd.get()?.['sequence'] as number | null
    return sequence === null ? null : String(sequence)
  }

  /** The last sequence that was ever drawn, be its row there or not. */
  #last(): number {
    return (this.#statements.lastSequence.get()?.['seq'] as number | undefined) ?? 0
  }
}
