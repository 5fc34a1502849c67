import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import type { PurgeMark, SessionRecords, StoredClient, StoreSnapshot } from '../port.ts'
import { type Row, toEntry, toPurgeMark, toSession } from '../rows.ts'
import { OwnConnection, type Settings, type Statement, type Tables, tablesOf, type Value } from './database.ts'
import { clientsOf, viewStatement } from './read.ts'
import { listOf } from './rows.ts'
import { type Statements, statementsOf } from './statements.ts'

/** How many clients, or sessions, are read at once. */
const BATCH = 500

/** Begins a snapshot on a connection of its own. It keeps nobody from writing. */
export async function openSnapshot(settings: Settings, processNow: () => EpochMs): Promise<StoreSnapshot> {
  const connection = await OwnConnection.open(settings, { isTimed: true })
  try {
    const tables = tablesOf(settings.schema)
    const statements = statementsOf(tables)
    await connection.query({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' })
    // The view is taken with the first statement.
    const [row] = await connection.query(statements.now)
    const now = settings.clock === 'process' ? processNow() : (row?.['now'] as EpochMs)
    return new PostgresSnapshot(connection, tables, statements, now)
  } catch (error) {
    await connection.end()
    throw error
  }
}

/** A database as it is at one moment: a transaction that reads, and sees what was there when it began. */
class PostgresSnapshot implements StoreSnapshot {
  readonly now: EpochMs
  readonly #connection: OwnConnection
  readonly #tables: Tables
  readonly #statements: Statements
  #isClosed = false

  constructor(connection: OwnConnection, tables: Tables, statements: Statements, now: EpochMs) {
    this.#connection = connection
    this.#tables = tables
    this.#statements = statements
    this.now = now
  }

  async *clients(): AsyncGenerator<StoredClient> {
    for await (const ids of this.#batches('clientIdsFrom')) {
      const selection = { clientIds: ids as ClientId[], sessions: 'all', documents: true } as const
      yield* clientsOf(await this.#query(viewStatement(this.#tables, selection, false)))
    }
  }

  async *sessionRecords(): AsyncGenerator<SessionRecords> {
    const { sessionsWithDocument, entries, purges } = this.#statements
    for await (const ids of this.#batches('sessionIdsFrom')) {
      const values = [listOf(ids)]
      const [sessions, written, marks] = await Promise.all([
        this.#query({ ...sessionsWithDocument, values }),
        this.#query({ ...entries, values }),
        this.#query({ ...purges, values }),
      ])
      yield* recordsOf(ids as SessionId[], sessions, written, marks)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#connection.end()
  }

  async *#batches(from: 'clientIdsFrom' | 'sessionIdsFrom'): AsyncGenerator<string[]> {
    for (let after = ''; ; ) {
      const values: Value[] = [after, BATCH]
      const ids = (await this.#query({ ...this.#statements[from], values })).map(({ id }) => id as string)
      if (ids.length > 0) yield ids
      if (ids.length < BATCH) return
      after = ids.at(-1) as string
    }
  }

  async #query(statement: Statement): Promise<readonly Row[]> {
    if (this.#isClosed) throw new StoreError('ERR_STORE_CLOSED', 'the snapshot is closed')
    return this.#connection.query(statement)
  }
}

function* recordsOf(
  ids: readonly SessionId[],
  sessions: readonly Row[],
  entries: readonly Row[],
  purges: readonly Row[],
): Generator<SessionRecords> {
  const rows = new Map(sessions.map((row) => [row['id'], row]))
  const written = Map.groupBy(entries.map(toEntry), ({ sessionId }) => sessionId)
  const marks = new Map(purges.map(toPurgeMark).map((mark): [SessionId, PurgeMark] => [mark.sessionId, mark]))
  for (const sessionId of ids) {
    const row = rows.get(sessionId)
    yield {
      sessionId,
      session: row === undefined ? null : toSession(row),
      entries: written.get(sessionId) ?? [],
      purge: marks.get(sessionId) ?? null,
      dueAt: (row?.['due_at'] as EpochMs | null | undefined) ?? null,
    }
  }
}
