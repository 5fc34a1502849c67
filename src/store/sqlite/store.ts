import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock } from '../../domain/clock.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import { extendsFallen, writeSetOf } from '../client-change.ts'
import { isBehind } from '../feed-cursor.ts'
import { clientListSql, type Dialect, type ListSql, ledgerListSql, type Sql, sessionListSql } from '../list-sql.ts'
import type {
  ClientQuery,
  Decision,
  DueSelection,
  FeedEntry,
  LedgerEntry,
  LedgerQuery,
  OpenOfUser,
  Paging,
  PurgeMark,
  Rows,
  Selection,
  SessionQuery,
  Store,
  StoredItem,
  StoredSession,
  StoreSnapshot,
  View,
} from '../port.ts'
import type { QueueOptions, Queues } from '../queue.ts'
import { type Row, toEntry, toPurgeMark, toSession } from '../rows.ts'
import { readAtOnce, transact, writeRows, writeSet } from './commit.ts'
import { connect, connectReader, type SqliteOptions } from './connect.ts'
import { expectInPlace, fileAt, type OpenFile } from './database-file.ts'
import { faultless } from './faults.ts'
import { Feed } from './feed.ts'
import { Items } from './items.ts'
import { SqliteQueues } from './queues.ts'
import { readView } from './read.ts'
import { FileSnapshot, MemorySnapshot } from './snapshot.ts'
import { ENTRY, prepareStatements, SESSION_WITH_DOCUMENT, type Statements } from './statements.ts'

// By name, for a value may stand in two places; Node 22.13 binds nothing to `?1`.
const DIALECT: Dialect = { placeholder: (place) => `:p${place}`, table: (name) => name }

/**
 * Opens a store in a SQLite file, or in memory.
 *
 * @param path A file's path, made where it is not there, or `:memory:`.
 * @param clock Says what time it is.
 */
export async function openSqliteStore(path: string, clock: Clock, options: SqliteOptions = {}): Promise<Store> {
  return new SqliteStore(path, clock, options)
}

/** One connection to one file. The driver is synchronous, so a transaction is never interleaved within the process. */
class SqliteStore implements Store {
  readonly authority = 'process'
  readonly #clock: Clock
  readonly #options: SqliteOptions
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #feed: Feed
  readonly #items: Items
  readonly #file: OpenFile | null
  readonly #lists = new Map<string, StatementSync>()
  readonly #now: () => EpochMs
  #isClosed = false

  constructor(path: string, clock: Clock, options: SqliteOptions) {
    this.#clock = clock
    this.#options = options
    this.#now = () => clock.now()
    this.#database = connect(path, options)
    this.#statements = prepared(this.#database)
    this.#feed = new Feed(this.#statements)
    this.#items = new Items(this.#statements)
    this.#file = fileAt(path)
  }

  async now(): Promise<EpochMs> {
    return this.#clock.now()
  }

  async findSession(id: SessionId): Promise<{ session: StoredSession | null; now: EpochMs }> {
    const row = this.#run(() => this.#statements.session.get(id))
    return { session: row === undefined ? null : toSession(row), now: this.#clock.now() }
  }

  async read(selection: Selection): Promise<View> {
    return this.#run(() => readAtOnce(this.#statements, () => readView(this.#statements, selection, this.#now)))
  }

  async commit(view: View, { changes, guardsUser }: Decision<unknown>): Promise<boolean> {
    const set = writeSetOf(changes)
    const now = this.#clock.now()
    if (set.sessions.some((write) => extendsFallen(write, now))) return false
    return this.#write(() => writeSet(this.#statements, set, guardsUser === true ? view.user : null))
  }

  async change<T>(selection: Selection, decide: (view: View) => Decision<T>): Promise<Decision<T> | null> {
    return this.#change(() => selection, decide)
  }

  /** Who writes has the file to themselves, so that nothing that is due is in anybody else's hands. */
  async changeDue<T>({ dueBy, limit, choose }: DueSelection, decide: (view: View) => Decision<T>) {
    const select = () => {
      const clientIds = choose(distinct(this.#statements.due.all(dueBy, limit)))
      return { clientIds, sessions: 'open' } as const
    }
    return this.#change(select, decide)
  }

  async findSessions(
    ids: readonly SessionId[],
    { documents = false }: { readonly documents?: boolean } = {},
  ): Promise<readonly StoredSession[]> {
    const statement = documents ? this.#statements.sessionWithDocument : this.#statements.session
    return this.#each(ids, (id) => found(statement.get(id), toSession))
  }

  async listSessions(query: SessionQuery): Promise<Rows<StoredSession>> {
    return this.#list(query, sessionListSql(query, SESSION_WITH_DOCUMENT, DIALECT), toSession)
  }

  async listClients(query: ClientQuery): Promise<Rows<ClientId>> {
    return this.#list(query, clientListSql(query, DIALECT), ({ id }) => id as ClientId)
  }

  async listLedger(query: LedgerQuery): Promise<Rows<LedgerEntry>> {
    return this.#list(query, ledgerListSql(query, ENTRY, DIALECT), toEntry)
  }

  async readFeed(after: string | null, limit: number): Promise<readonly FeedEntry[]> {
    return this.#run(() => this.#feed.read(after, limit))
  }

  async feedEnd(): Promise<string | null> {
    return this.#run(() => this.#feed.end())
  }

  isBehind(cursor: string, other: string): boolean {
    return isBehind(cursor, other)
  }

  async findDue(now: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(() => distinct(this.#statements.due.all(now, limit)))
  }

  async findOpenOfUser({ userId, after, limit }: OpenOfUser): Promise<readonly ClientId[]> {
    return this.#run(() => distinct(this.#statements.openOfUser.all(userId, after ?? '', limit)))
  }

  async findClosed(closedBy: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(() => distinct(this.#statements.closed.all(closedBy, limit)))
  }

  async findEmpty(updatedBy: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(() => this.#statements.empty.all(updatedBy, limit).map(({ id }) => id as ClientId))
  }

  async findPurged(ids: readonly SessionId[]): Promise<readonly PurgeMark[]> {
    return this.#each(ids, (id) => found(this.#statements.purge.get(id), toPurgeMark))
  }

  async oldestDue(): Promise<EpochMs | null> {
    return this.#run(() => (this.#statements.oldestDue.get()?.['due_at'] as EpochMs | undefined) ?? null)
  }

  async countDue(now: EpochMs, limit: number): Promise<number> {
    return this.#run(() => this.#statements.countDue.get(now, limit)?.['total'] as number)
  }

  async findItem(kind: string, id: string): Promise<StoredItem | null> {
    return this.#run(() => this.#items.find(kind, id))
  }

  async listItems(kind: string): Promise<readonly StoredItem[]> {
    return this.#run(() => this.#items.list(kind))
  }

  async putItem(item: StoredItem): Promise<boolean> {
    return this.#write(() => this.#items.put(item))
  }

  async deleteItem(kind: string, id: string, version: number): Promise<boolean> {
    return this.#write(() => this.#items.delete(kind, id, version))
  }

  async deleteExpiredItems(now: EpochMs, limit: number): Promise<number> {
    return this.#write(() => this.#items.deleteExpired(now, limit))
  }

  async openQueues(options: QueueOptions = {}): Promise<Queues> {
    const [run, write] = [this.#run.bind(this), this.#write.bind(this)] as const
    const database = { clock: this.#clock, statements: this.#statements, items: this.#items, run, write }
    return this.#run(() => new SqliteQueues(database, options))
  }

  async snapshot(): Promise<StoreSnapshot> {
    return this.#run(() => {
      if (this.#file === null) return new MemorySnapshot(this.#statements, this.#clock.now())
      // A second connection goes by the path.
      expectInPlace(this.#file)
      return new FileSnapshot(connectReader(this.#file.path, this.#options), this.#clock.now())
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #change<T>(select: () => Selection, decide: (view: View) => Decision<T>): Decision<T> | null {
    return this.#write(() =>
      transact(this.#statements, () => {
        const view = readView(this.#statements, select(), this.#now)
        const decision = decide(view)
        const user = decision.guardsUser === true ? view.user : null
        writeRows(this.#statements, writeSetOf(decision.changes), user)
        return decision
      }),
    )
  }

  /** Many are read in one transaction: on a file, one that is a transaction of its own costs ten times as much. */
  #each<Id, T>(ids: readonly Id[], find: (id: Id) => T[]): T[] {
    const findAll = () => ids.flatMap(find)
    return this.#run(() => (ids.length > 1 ? readAtOnce(this.#statements, findAll) : findAll()))
  }

  #list<T>({ isCounted = true }: Paging<unknown>, { page, count }: ListSql, toItem: (row: Row) => T): Rows<T> {
    return this.#run(() => {
      const rows = this.#prepared(page).all(parametersOf(page)).map(toItem)
      if (!isCounted) return { rows, total: rows.length }
      return { rows, total: this.#prepared(count).get(parametersOf(count))?.['total'] as number }
    })
  }

  #prepared({ text }: Sql): StatementSync {
    const statement = this.#lists.get(text) ?? this.#database.prepare(text)
    this.#lists.set(text, statement)
    return statement
  }

  /** What a file that is not there any more was told is not answered as written. */
  #write<T>(work: () => T): T {
    const result = this.#run(work)
    if (this.#file !== null) expectInPlace(this.#file)
    return result
  }

  #run<T>(work: () => T): T {
    if (this.#isClosed) throw new StoreError('ERR_STORE_CLOSED', 'the store is closed')
    return faultless(work)
  }
}

/** The statements of a database, which is closed where a table is not as they want it. */
function prepared(database: DatabaseSync): Statements {
  try {
    return faultless(() => prepareStatements(database))
  } catch (error) {
    database.close()
    throw error
  }
}

function found<T>(row: Row | undefined, toItem: (row: Row) => T): T[] {
  return row === undefined ? [] : [toItem(row)]
}

/** A list's values by the names that {@link DIALECT} gives their places. */
function parametersOf({ values }: Sql): Record<string, string | number> {
  return Object.fromEntries(values.map((value, index) => [`p${index + 1}`, value]))
}

function distinct(rows: readonly Row[]): ClientId[] {
  return [...new Set(rows.map((row) => row['client_id'] as ClientId))]
}
