import type { StatementResultingChanges } from 'node:sqlite'
import type { EpochMs } from '../../domain/instant.ts'
import { expectItemId, isItemId } from '../item.ts'
import type { StoredItem } from '../port.ts'
import { jsonText, toStoredItem } from '../rows.ts'
import type { Statements } from './statements.ts'

/** The items of a database. Each write is one statement, which is a transaction of its own. */
export class Items {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  find(kind: string, id: string): StoredItem | null {
    if (!isItemId(id)) return null
    const row = this.#statements.item.get(kind, id)
    return row === undefined ? null : toStoredItem(row)
  }

  list(kind: string): readonly StoredItem[] {
    return this.#statements.items.all(kind).map(toStoredItem)
  }

  put({ kind, id, version, value, expiresAt }: StoredItem): boolean {
    expectItemId(id)
    const text = jsonText(value)
    const { insertItem, updateItem } = this.#statements
    if (version === 0) return isOne(insertItem.run(kind, id, text, expiresAt))
    return isOne(updateItem.run(text, expiresAt, kind, id, version))
  }

  delete(kind: string, id: string, version: number): boolean {
    return isItemId(id) && isOne(this.#statements.deleteItem.run(kind, id, version))
  }

  deleteExpired(now: EpochMs, limit: number): number {
    return Number(this.#statements.deleteExpiredItems.run(now, limit).changes)
  }
}

function isOne({ changes }: StatementResultingChanges): boolean {
  return changes === 1
}
