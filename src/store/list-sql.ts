/**
 * The lists' SQL, which both stores speak; each binds parameters in its own way.
 *
 * Conditions are put together from what a query asks, so that each query has the plan of its own index.
 */
import type { ClientQuery, LedgerQuery, SessionQuery } from './port.ts'
import { statusAtSql } from './status-sql.ts'

/** A statement's text and the values of its parameters. */
export interface Sql {
  readonly text: string
  readonly values: readonly (string | number)[]
}

/** A page of a list, and the count of all its rows. */
export interface ListSql {
  readonly page: Sql
  readonly count: Sql
}

/** What a store writes differently. */
export interface Dialect {
  /** The placeholder of the parameter at a place, from 1. */
  readonly placeholder: (place: number) => string
  /** A table's name, with its schema where it has one. */
  readonly table: (name: string) => string
}

/** Sessions, newest first. */
export function sessionListSql(query: SessionQuery, columns: string, dialect: Dialect): ListSql {
  const sql = new Conditions(dialect)
  if (query.userId !== undefined) sql.add(`user_id = ${sql.bind(query.userId)}`)
  if (query.clientId !== undefined) sql.add(`client_id = ${sql.bind(query.clientId)}`)
  if (query.status !== undefined) {
    const among = query.status.map((status) => sql.bind(status))
    sql.add(among.length === 0 ? '1 = 0' : `${statusAtSql(sql.bind(query.asOf))} IN (${among.join(', ')})`)
  }
  return listSql(sql, `${dialect.table('sessions')}`, columns, query)
}

/** The ids of clients, newest first. */
export function clientListSql(query: ClientQuery, dialect: Dialect): ListSql {
  const sql = new Conditions(dialect)
  if (query.userId !== undefined) {
    const held = `SELECT client_id FROM ${dialect.table('sessions')} WHERE user_id = ${sql.bind(query.userId)}`
    sql.add(`id IN (${held})`)
  }
  return listSql(sql, dialect.table('clients'), 'id', query)
}

/** Ledger rows, in the order they were written. */
export function ledgerListSql(query: LedgerQuery, columns: string, dialect: Dialect): ListSql {
  const sql = new Conditions(dialect)
  if (query.sessionId !== undefined) sql.add(`session_id = ${sql.bind(query.sessionId)}`)
  if (query.clientId !== undefined) sql.add(`client_id = ${sql.bind(query.clientId)}`)
  if (query.userId !== undefined) sql.add(`user_id = ${sql.bind(query.userId)}`)
  const from = dialect.table('ledger')
  const count = sql.statement(`SELECT count(*) AS total FROM ${from}`, '')
  if (query.after !== undefined) sql.add(`sequence > ${sql.bind(query.after)}`)
  const limits = `ORDER BY sequence LIMIT ${sql.bind(query.limit)} OFFSET ${sql.bind(query.offset ?? 0)}`
  return { page: sql.statement(`SELECT ${columns} FROM ${from}`, limits), count }
}

function listSql(sql: Conditions, from: string, columns: string, query: SessionQuery | ClientQuery): ListSql {
  const count = sql.statement(`SELECT count(*) AS total FROM ${from}`, '')
  const { after, limit, offset = 0 } = query
  if (after !== undefined) sql.add(`(created_at, id) < (${sql.bind(after.createdAt)}, ${sql.bind(after.id)})`)
  const limits = `ORDER BY created_at DESC, id DESC LIMIT ${sql.bind(limit)} OFFSET ${sql.bind(offset)}`
  return { page: sql.statement(`SELECT ${columns} FROM ${from}`, limits), count }
}

/** Conditions and the values bound in them, in the order of their placeholders. */
class Conditions {
  readonly #conditions: string[] = []
  readonly #values: (string | number)[] = []
  readonly #dialect: Dialect

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  bind(value: string | number): string {
    this.#values.push(value)
    return this.#dialect.placeholder(this.#values.length)
  }

  add(condition: string): void {
    this.#conditions.push(condition)
  }

  statement(head: string, tail: string): Sql {
    const where = this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`
    return { text: [head, where, tail].filter((part) => part !== '').join(' '), values: [...this.#values] }
  }
}
