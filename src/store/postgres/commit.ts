import { type SessionWrite, type Touch, type WriteSet, writeSetOf } from '../client-change.ts'
import type { Decision, StoredUser, View } from '../port.ts'
import type { Connection, Database, Statement, Tables, Value } from './database.ts'
import { isConflict } from './faults.ts'
import { orderText } from './feed-order.ts'
import {
  CLIENT,
  CLIENT_WITH_DOCUMENT,
  type Column,
  DELETION,
  ENTRY,
  listOf,
  MARK,
  NEW_CLIENT,
  NEW_SESSION,
  SESSION,
  SESSION_WITH_DOCUMENT,
} from './rows.ts'
import { listText } from './statements.ts'
import { BEGIN, rollBack } from './transaction.ts'

/** Writes a set, each row over the version it was read at: `false` where one has moved on. */
export async function writeSet(database: Database, set: WriteSet, user: StoredUser | null): Promise<boolean> {
  try {
    const rows = await database.query(writeStatement(database.tables, set, user))
    return rows[0]?.['is_written'] === true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

/** Writes touches at once, each over its own version or not at all, and says of each which. */
export async function touch(database: Database, touches: readonly Touch[]): Promise<readonly boolean[]> {
  const keyOf = (id: unknown, version: unknown) => `${version} ${id}`
  // Of two writes over one version the first is written.
  const first = new Map<string, Touch>()
  const keys = touches.map((each) => {
    const { id, version } = each.write.session
    const key = keyOf(id, version)
    if (!first.has(key)) first.set(key, each)
    return key
  })
  try {
    const rows = await database.queryBatch(touchStatement(database.tables, [...first.values()]))
    const written = new Set(rows.map(({ id, version }) => keyOf(id, version)))
    return keys.map((key) => written.delete(key))
  } catch (error) {
    if (isConflict(error)) return touches.map(() => false)
    throw error
  }
}

/**
 * Locks, decides and writes in one transaction of two round trips.
 *
 * @param readLocked Locks what is selected and reads it; what it sends is in the transaction.
 * @returns `null` where another writer was in the way.
 */
export function writeLocked<T>(
  database: Database,
  readLocked: (connection: Connection) => Promise<View>,
  decide: (view: View) => Decision<T>,
): Promise<Decision<T> | null> {
  return database.hold(async (connection) => {
    try {
      const [, view] = await Promise.all([connection.query(BEGIN), readLocked(connection)])
      const decision = decide(view)
      const isWritten = await finish(connection, database.tables, decision, view)
      return isWritten ? decision : null
    } catch (error) {
      await rollBack(connection)
      if (isConflict(error)) return null
      throw error
    }
  })
}

async function finish(
  connection: Connection,
  tables: Tables,
  { changes, guardsUser }: Decision<unknown>,
  view: View,
): Promise<boolean> {
  if (changes.length === 0) {
    await connection.query({ text: 'ROLLBACK' })
    return true
  }
  const write = writeStatement(tables, writeSetOf(changes), guardsUser === true ? view.user : null)
  // Where nothing was written there is nothing to commit, and where it failed the server rolls back.
  const [rows] = await Promise.all([connection.query(write), connection.query({ text: 'COMMIT', isWrite: true })])
  return rows[0]?.['is_written'] === true
}

/**
 * One statement that writes a set, each row over the version it was read at: all of it, or nothing where a row has
 * moved on. Its one row says which: `is_written`.
 *
 * The rows that are written over are locked first and counted, kind by kind and each kind by id, so that two writers
 * never wait for each other and nothing is written that has to be undone. What is inserted, and is there already, fails
 * the statement whole. A transaction of one statement is one round trip; one that is begun and committed has several.
 */
function writeStatement(tables: Tables, set: WriteSet, user: StoredUser | null): Statement {
  const write = new Write(tables)
  if (user !== null) write.user(user)
  write.update('clients', set.clients, set.clients.some(hasDocument) ? CLIENT_WITH_DOCUMENT : CLIENT)
  write.delete('clients', set.purgedClients)
  write.update('sessions', set.sessions, sessionColumns(set.sessions))
  write.delete('sessions', set.purgedSessions)
  write.insert('clients', set.newClients, NEW_CLIENT)
  write.insert('sessions', set.newSessions, NEW_SESSION)
  write.insert('purges', set.marks, MARK, { otherwise: 'ON CONFLICT DO NOTHING' })
  write.insert('ledger', set.ledger, ENTRY, { computed: { feed_order: `(SELECT ${orderText(tables)})` } })
  return write.statement()
}

/**
 * One statement that writes sessions, each over the version before its own or not at all, and the ledger's rows of those
 * that are written; its own rows say which were, and their versions now. No two are over the same version of the same
 * session.
 *
 * A row that another writer holds locked is passed over, so that no caller waits for the row of another: whose it is
 * tries again, and waits for it alone. Rows that are locked are then found by where they lie.
 */
function touchStatement(tables: Tables, touches: readonly Touch[]): Statement {
  const values: Value[] = []
  const writes = touches.map(({ write }) => write)
  const source = sourceOf(writes, sessionColumns(writes), values)
  const sessions = tables('sessions')
  const locked = `WITH locked AS MATERIALIZED (SELECT t.ctid AS place, w.* FROM ${joined(sessions, source)}
      FOR NO KEY UPDATE OF t SKIP LOCKED)`
  const update = `UPDATE ${sessions} AS t SET ${assignments(source)} FROM locked AS w WHERE t.ctid = w.place
    RETURNING t.id, t.version`
  const name = `touch${source.columns.length}${several(source)}`
  const entries = touches.flatMap(({ entry }) => entry ?? [])
  if (entries.length === 0) return { name, text: `${locked} ${update}`, values, isWrite: true }
  const told = sourceOf(entries, ENTRY, values)
  const columns = told.columns.map((column) => `w.${column}`).join(', ')
  const insert = `INSERT INTO ${tables('ledger')} (${told.columns.join(', ')}, feed_order)
    SELECT ${columns}, (SELECT ${orderText(tables)})
    FROM ${told.from} JOIN touched AS t ON t.id = w.session_id AND t.version = w.version`
  const text = `${locked}, touched AS (${update}), told AS (${insert}) SELECT id, version FROM touched`
  return { name: `${name}_told${several(told)}`, text, values, isWrite: true }
}

/** What the name of a statement says of a source: one row is bound otherwise than several. */
function several({ count }: Source): string {
  return count === '1' ? '' : 's'
}

/** Puts a statement together, in the order in which rows are locked. */
class Write {
  readonly #tables: Tables
  readonly #values: Value[] = []
  readonly #locks: string[] = []
  readonly #conditions: string[] = []
  readonly #writes: string[] = []
  #name = 'write'

  constructor(tables: Tables) {
    this.#tables = tables
  }

  user({ id, version }: StoredUser): void {
    if (version === 0) this.insert('users', [{ id, version: 1 }], DELETION)
    else this.update('users', [{ id, version }], DELETION)
  }

  update<T>(table: string, items: readonly T[], columns: readonly Column<T>[]): void {
    if (items.length === 0) return
    const source = sourceOf(items, columns, this.#values)
    const locked = this.#lock(table, source, 'NO KEY UPDATE OF t')
    const set = `UPDATE ${this.#tables(table)} AS t SET ${assignments(source)}`
    this.#write('update', table, source, `${set} FROM ${locked} AS w WHERE t.id = w.id AND ${HOLDS}`)
  }

  delete<T extends { readonly id: string; readonly version: number }>(table: string, items: readonly T[]): void {
    if (items.length === 0) return
    const source = sourceOf(items, DELETION, this.#values)
    const locked = this.#lock(table, source, 'UPDATE OF t')
    const from = `DELETE FROM ${this.#tables(table)} AS t USING ${locked} AS w`
    this.#write('delete', table, source, `${from} WHERE t.id = w.id AND ${HOLDS}`)
  }

  insert<T>(
    table: string,
    items: readonly T[],
    columns: readonly Column<T>[],
    { computed = {}, otherwise = '' }: Insertion = {},
  ): void {
    if (items.length === 0) return
    const source = sourceOf(items, columns, this.#values)
    const names = [...source.columns, ...Object.keys(computed)].join(', ')
    const values = [...source.columns, ...Object.values(computed)].join(', ')
    const into = `INSERT INTO ${this.#tables(table)} (${names}) SELECT ${values}`
    this.#write('insert', table, source, `${into} FROM ${source.from} WHERE ${HOLDS} ${otherwise}`)
  }

  statement(): Statement {
    const guard = `guard AS MATERIALIZED (SELECT ${this.#conditions.join(' AND ') || 'true'} AS holds)`
    return {
      name: this.#name,
      text: `WITH ${[...this.#locks, guard, ...this.#writes].join(', ')} SELECT holds AS is_written FROM guard`,
      values: this.#values,
      isWrite: true,
    }
  }

  /** Has every write wait until as many rows are locked as are to be, and answers what the rows and the items are called. */
  #lock(table: string, source: Source, strength: string): string {
    const locked = `locked_${this.#locks.length}`
    const rows = `SELECT w.* FROM ${joined(this.#tables(table), source)} ORDER BY t.id FOR ${strength}`
    this.#locks.push(`${locked} AS MATERIALIZED (${rows})`)
    // They are counted in this order, and no further than the first kind that has too few.
    this.#conditions.push(`(SELECT count(*) FROM ${locked}) = ${source.count}`)
    return locked
  }

  /** One write of a kind, and the statement's name, which says of what it is made. */
  #write(action: string, table: string, source: Source, text: string): void {
    this.#name += `_${action[0]}${table[0]}${source.columns.length}${several(source)}`
    this.#writes.push(`${action}_${table} AS (${text})`)
  }
}

/** What the server adds to rows that are inserted, by the columns' names, and what it does where they are there already. */
interface Insertion {
  readonly computed?: Readonly<Record<string, string>>
  readonly otherwise?: string
}

const HOLDS = '(SELECT holds FROM guard)'

/** Rows that are parameters: what stands in a FROM, where they are called `w` and are in their order. */
interface Source {
  readonly from: string
  readonly columns: readonly string[]
  readonly count: string
}

/** One row is a parameter a column; several are a list a column. */
function sourceOf<T>(items: readonly T[], columns: readonly Column<T>[], values: Value[]): Source {
  const names = columns.map(({ name }) => name)
  const [item] = items
  if (items.length === 1 && item !== undefined) {
    const row = columns.map(({ type, of }) => `$${values.push(of(item))}::${type}`)
    return { from: `(VALUES (${row.join(', ')})) AS w (${names.join(', ')})`, columns: names, count: '1' }
  }
  const lists = columns.map(({ type, of }) => listText(`$${values.push(listOf(items.map(of)))}`, type))
  const from = `unnest(${lists.join(', ')}) AS w (${names.join(', ')})`
  return { from, columns: names, count: `cardinality(${lists[0]})` }
}

/** The rows that are at the version of their item. */
function joined(table: string, { from }: Source): string {
  return `${table} AS t JOIN ${from} ON t.id = w.id AND t.version = w.version`
}

function assignments({ columns }: Source): string {
  const assigned = columns.filter((name) => name !== 'id').map(assignment)
  return assigned.join(', ')
}

/** A document that was not read stays. */
function assignment(name: string): string {
  if (name === 'version') return 'version = t.version + 1'
  return name === 'form' || name === 'document' ? `${name} = coalesce(w.${name}, t.${name})` : `${name} = w.${name}`
}

function sessionColumns(writes: readonly SessionWrite[]): readonly Column<SessionWrite>[] {
  return writes.some(({ session }) => hasDocument(session)) ? SESSION_WITH_DOCUMENT : SESSION
}

function hasDocument({ document }: { readonly document?: unknown }): boolean {
  return document !== undefined && document !== null
}
