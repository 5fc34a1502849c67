import type { EpochMs } from '../../domain/instant.ts'
import { expectItemId, isItemId } from '../item.ts'
import type { StoredItem } from '../port.ts'
import { jsonText, toStoredItem } from '../rows.ts'
import type { Database, Statement } from './database.ts'
import { isConflict } from './faults.ts'
import type { Statements } from './statements.ts'

/** The items of a database. Each write is one statement, which is a transaction of its own. */
export class Items {
  readonly #database: Database
  readonly #statements: Statements

  constructor(database: Database, statements: Statements) {
    this.#database = database
    this.#statements = statements
  }

  async find(kind: string, id: string): Promise<StoredItem | null> {
    if (!isItemId(id)) return null
    const [row] = await this.#database.query({ ...this.#statements.item, values: [kind, id] })
    return row === undefined ? null : toStoredItem(row)
  }

  async list(kind: string): Promise<readonly StoredItem[]> {
    const rows = await this.#database.query({ ...this.#statements.items, values: [kind] })
    return rows.map(toStoredItem)
  }

  async put(item: StoredItem): Promise<boolean> {
    return (await this.#write(putStatement(this.#statements, item))) === 1
  }

  async delete(kind: string, id: string, version: number): Promise<boolean> {
    if (!isItemId(id)) return false
    return (await this.#write({ ...this.#statements.deleteItem, values: [kind, id, version] })) === 1
  }

  deleteExpired(now: EpochMs, limit: number): Promise<number> {
    return this.#write({ ...this.#statements.deleteExpiredItems, values: [now, limit] })
  }

  /** How many rows a statement wrote; none where the server's transactions are stricter, and others were in the way. */
  async #write(statement: Statement): Promise<number> {
    try {
      return (await this.#database.query({ ...statement, isWrite: true })).length
    } catch (error) {
      if (isConflict(error)) return 0
      throw error
    }
  }
}

/**
 * Writes an item over the version that it has here, and answers one row where it did.
 *
 * @throws {TypeError} For an id that no item can have.
 */
export function putStatement(statements: Statements, { kind, id, version, value, expiresAt }: StoredItem): Statement {
  expectItemId(id)
  const text = jsonText(value)
  const { insertItem, updateItem } = statements
  if (version === 0) return { ...insertItem, values: [kind, id, text, expiresAt] }
  return { ...updateItem, values: [text, expiresAt, kind, id, version] }
}
