import type { Clock } from '../../domain/clock.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import { extendsFallen, type Touch, touchIn, writeSetOf } from '../client-change.ts'
import { clientListSql, type Dialect, type ListSql, ledgerListSql, sessionListSql } from '../list-sql.ts'
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
  StoredClient,
  StoredItem,
  StoredSession,
  StoreSnapshot,
  View,
} from '../port.ts'
import type { QueueOptions, Queues } from '../queue.ts'
import { isText, type Row, toEntry, toPurgeMark, toSession } from '../rows.ts'
import { Coalescer } from './coalesce.ts'
import { touch, writeLocked, writeSet } from './commit.ts'
import { connect } from './connect.ts'
import type { Connection, Database, Value } from './database.ts'
import { Feed, isBehind } from './feed.ts'
import { Items } from './items.ts'
import type { PostgresOptions } from './options.ts'
import { openPgBossQueues } from './pg-boss/queues.ts'
import { lockStatements, soleSession, soleViews, viewOf, viewStatement } from './read.ts'
import { keyOf, listOf } from './rows.ts'
import { openSnapshot } from './snapshot.ts'
import { ENTRY, SESSION_WITH_DOCUMENT, type Statements, statementsOf } from './statements.ts'

/**
 * Opens a store in a PostgreSQL database, and brings its tables up to date.
 *
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters that `pg` reads.
 * @param clock Says what time it is, unless the database does.
 * @throws {TypeError} When the URL or an option is none.
 * @throws {StoreError} When the database cannot be reached, is not one of Tenure's, or is newer than this code.
 */
export async function openPostgresStore(url: string, clock: Clock, options: PostgresOptions = {}): Promise<Store> {
  return new PostgresStore(await connect(url, options), clock)
}

/** Whose rows a list has. */
interface ListedIds {
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly sessionId?: string | undefined
}

/** A statement that is the same each time. */
type Prepared = Statements[keyof Statements]

/** How reads, and touches, are put together. With more under way at once no more was answered. */
const READS = { size: 200, inFlight: 2 }
const TOUCHES = { size: 200, inFlight: 2 }

/** A pool of connections to one database. What many callers ask at once goes out together. */
class PostgresStore implements Store {
  readonly authority: 'process' | 'database'
  readonly #database: Database
  readonly #clock: Clock
  readonly #statements: Statements
  readonly #feed: Feed
  readonly #items: Items
  readonly #dialect: Dialect
  readonly #sessions = new Coalescer((ids: readonly SessionId[]) => this.#findEach(ids), READS)
  readonly #views = new Coalescer((ids: readonly SessionId[]) => this.#readEach(ids), READS)
  readonly #touches = new Coalescer((touches: readonly Touch[]) => this.#touchEach(touches), TOUCHES)
  readonly #queues: Queues[] = []
  #asked = 0
  #finish: (() => void) | null = null
  #closed: Promise<void> | null = null

  constructor(database: Database, clock: Clock) {
    this.authority = database.settings.clock
    this.#database = database
    this.#clock = clock
    this.#statements = statementsOf(database.tables)
    this.#feed = new Feed(database, this.#statements)
    this.#items = new Items(database, this.#statements)
    this.#dialect = { placeholder: (place) => `$${place}`, table: database.tables }
  }

  now(): Promise<EpochMs> {
    return this.#run(async () => {
      if (this.authority === 'process') return this.#clock.now()
      return this.#instantOf(await this.#database.query(this.#statements.now))
    })
  }

  findSession(id: SessionId): Promise<{ session: StoredSession | null; now: EpochMs }> {
    return this.#run(() => this.#sessions.ask(id))
  }

  read(selection: Selection): Promise<View> {
    const id = soleSession(selection)
    return this.#run(async () => {
      if (id !== null) return this.#views.ask(id)
      const rows = await this.#database.query(this.#viewStatement(selection))
      return viewOf(rows, selection, this.#instantOf(rows))
    })
  }

  commit(view: View, { changes, guardsUser }: Decision<unknown>): Promise<boolean> {
    return this.#run(async () => {
      if (changes.length === 0) return true
      const set = writeSetOf(changes)
      const user = guardsUser === true ? view.user : null
      const touched = user === null ? touchIn(set) : null
      if (touched !== null) return this.#touches.ask(touched)
      const now = this.#clock.now()
      if (set.sessions.some((each) => extendsFallen(each, now))) return false
      return writeSet(this.#database, set, user)
    })
  }

  change<T>(selection: Selection, decide: (view: View) => Decision<T>): Promise<Decision<T> | null> {
    const locks = lockStatements(this.#database.tables, selection)
    const readLocked = async (connection: Connection) => {
      const sent = [...locks, this.#viewStatement(selection)].map((statement) => connection.query(statement))
      const rows = (await Promise.all(sent)).at(-1) ?? []
      return viewOf(rows, selection, this.#instantOf(rows))
    }
    return this.#run(() => writeLocked(this.#database, readLocked, decide))
  }

  changeDue<T>(due: DueSelection, decide: (view: View) => Decision<T>): Promise<Decision<T> | null> {
    return this.#run(() => writeLocked(this.#database, (connection) => this.#readDue(connection, due), decide))
  }

  findSessions(
    ids: readonly SessionId[],
    { documents = false }: { readonly documents?: boolean } = {},
  ): Promise<readonly StoredSession[]> {
    const statement = documents ? this.#statements.sessionsWithDocument : this.#statements.sessions
    return this.#run(() => this.#findInOrder(ids, statement, 'id', toSession))
  }

  listSessions(query: SessionQuery): Promise<Rows<StoredSession>> {
    const { after } = query
    const sound = after === undefined ? query : { ...query, after: { ...after, id: keyOf(after.id) } }
    return this.#list(query, sessionListSql(sound, SESSION_WITH_DOCUMENT, this.#dialect), toSession)
  }

  listClients(query: ClientQuery): Promise<Rows<ClientId>> {
    const { after } = query
    const sound = after === undefined ? query : { ...query, after: { ...after, id: keyOf(after.id) } }
    return this.#list(query, clientListSql(sound, this.#dialect), ({ id }) => id as ClientId)
  }

  listLedger(query: LedgerQuery): Promise<Rows<LedgerEntry>> {
    return this.#list(query, ledgerListSql(query, ENTRY, this.#dialect), toEntry)
  }

  readFeed(after: string | null, limit: number): Promise<readonly FeedEntry[]> {
    return this.#run(() => this.#feed.read(after, limit))
  }

  feedEnd(): Promise<string | null> {
    return this.#run(() => this.#feed.end())
  }

  isBehind(cursor: string, other: string): boolean {
    return isBehind(cursor, other)
  }

  findDue(now: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(async () => distinct(await this.#query(this.#statements.due, [now, limit])))
  }

  findOpenOfUser({ userId, after, limit }: OpenOfUser): Promise<readonly ClientId[]> {
    return this.#run(async () => {
      if (!isText(userId)) return []
      return distinct(await this.#query(this.#statements.openOfUser, [userId, keyOf(after ?? ''), limit]))
    })
  }

  findClosed(closedBy: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(async () => distinct(await this.#query(this.#statements.closed, [closedBy, limit])))
  }

  findEmpty(updatedBy: EpochMs, limit: number): Promise<readonly ClientId[]> {
    return this.#run(async () => {
      const rows = await this.#query(this.#statements.empty, [updatedBy, limit])
      return rows.map(({ id }) => id as ClientId)
    })
  }

  findPurged(ids: readonly SessionId[]): Promise<readonly PurgeMark[]> {
    return this.#run(() => this.#findInOrder(ids, this.#statements.purges, 'session_id', toPurgeMark))
  }

  oldestDue(): Promise<EpochMs | null> {
    return this.#run(async () => {
      const [row] = await this.#query(this.#statements.oldestDue, [])
      return (row?.['due_at'] as EpochMs | undefined) ?? null
    })
  }

  countDue(now: EpochMs, limit: number): Promise<number> {
    return this.#run(async () => {
      const [row] = await this.#query(this.#statements.countDue, [now, limit])
      return row?.['total'] as number
    })
  }

  findItem(kind: string, id: string): Promise<StoredItem | null> {
    return this.#run(() => this.#items.find(kind, id))
  }

  listItems(kind: string): Promise<readonly StoredItem[]> {
    return this.#run(() => this.#items.list(kind))
  }

  putItem(item: StoredItem): Promise<boolean> {
    return this.#run(() => this.#items.put(item))
  }

  deleteItem(kind: string, id: string, version: number): Promise<boolean> {
    return this.#run(() => this.#items.delete(kind, id, version))
  }

  deleteExpiredItems(now: EpochMs, limit: number): Promise<number> {
    return this.#run(() => this.#items.deleteExpired(now, limit))
  }

  openQueues(options: QueueOptions = {}): Promise<Queues> {
    return this.#run(async () => {
      const run = <T>(work: () => Promise<T>) => this.#run(work)
      const parts = { database: this.#database, statements: this.#statements, run }
      const queues = await openPgBossQueues(parts, options)
      this.#queues.push(queues)
      return queues
    })
  }

  snapshot(): Promise<StoreSnapshot> {
    return this.#run(() => openSnapshot(this.#database.settings, () => this.#clock.now()))
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    if (this.#asked > 0) await new Promise<void>((resolve) => (this.#finish = resolve))
    await Promise.all(this.#queues.map((queues) => queues.close()))
    await this.#database.end()
  }

  async #findEach(ids: readonly SessionId[]) {
    const { sessions, sessionsNow } = this.#statements
    const statement = this.authority === 'process' ? sessions : sessionsNow
    const rows = await this.#database.queryBatch({ ...statement, values: [listOf(ids.filter(isText))] })
    const now = this.#instantOf(rows)
    const found = new Map(rows.map((row) => [row['id'], row]))
    return ids.map((id) => {
      const row = found.get(id)
      return { session: row === undefined ? null : toSession(row), now }
    })
  }

  async #readEach(ids: readonly SessionId[]): Promise<readonly View[]> {
    const rows = await this.#database.queryBatch(this.#viewStatement({ sessionIds: ids, sessions: 'open' }))
    return soleViews(ids, rows, this.#instantOf(rows))
  }

  /** What has waited for its turn until its deadline fell is not written. */
  async #touchEach(touches: readonly Touch[]): Promise<readonly boolean[]> {
    const now = this.#clock.now()
    const inTime = touches.filter(({ write }) => !extendsFallen(write, now))
    const written = inTime.length === 0 ? [] : await touch(this.#database, inTime)
    const answers = new Map(inTime.map((each, place) => [each, written[place] === true]))
    return touches.map((each) => answers.get(each) === true)
  }

  /** What is found, in the order of the ids; those that are not there are left out. */
  async #findInOrder<T>(ids: readonly string[], statement: Prepared, column: string, toItem: (row: Row) => T) {
    if (ids.length === 0) return []
    const rows = await this.#query(statement, [listOf(ids.filter(isText))])
    const found = new Map(rows.map((row) => [row[column], row]))
    return ids.flatMap((id) => {
      const row = found.get(id)
      return row === undefined ? [] : [toItem(row)]
    })
  }

  /**
   * Locks clients of sessions that are due, and then all their open sessions, so that nothing that is read can change.
   * It waits for no lock, and so can be part of no deadlock, in whatever order it takes them.
   */
  async #readDue(connection: Connection, { dueBy, limit, choose }: DueSelection): Promise<View> {
    const { lockDue, lockOpen } = this.#statements
    const chosen = choose(distinct(await connection.query({ ...lockDue, values: [dueBy, limit] })))
    const selection: Selection = { clientIds: chosen, sessions: 'open' }
    const [locked, rows] = await Promise.all([
      connection.query({ ...lockOpen, values: [listOf(chosen)] }),
      connection.query(this.#viewStatement(selection)),
    ])
    const view = viewOf(rows, selection, this.#instantOf(rows))
    return { ...view, clients: lockedOf(view.clients, chosen, new Set(locked.map(({ id }) => id))) }
  }

  #viewStatement(selection: Selection) {
    return viewStatement(this.#database.tables, selection, this.authority === 'database')
  }

  /** When rows were read: by the server's clock in them, or by the process's now. */
  #instantOf(rows: readonly Row[]): EpochMs {
    return this.authority === 'process' ? this.#clock.now() : (rows[0]?.['now'] as EpochMs)
  }

  #query(statement: Prepared, values: readonly Value[]) {
    return this.#database.query({ ...statement, values })
  }

  #list<T>(
    { userId, clientId, sessionId, isCounted = true }: Paging<unknown> & ListedIds,
    { page, count }: ListSql,
    toItem: (row: Row) => T,
  ): Promise<Rows<T>> {
    return this.#run(async () => {
      if (![userId, clientId, sessionId].every((id) => id === undefined || isText(id))) return { rows: [], total: 0 }
      return this.#database.hold(async (connection) => {
        const asked = isCounted ? [connection.query(page), connection.query(count)] : [connection.query(page)]
        const [rows = [], counted] = await Promise.all(asked)
        const total = counted === undefined ? rows.length : (counted[0]?.['total'] as number)
        return { rows: rows.map(toItem), total }
      })
    })
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new StoreError('ERR_STORE_CLOSED', 'the store is closed')
    this.#asked += 1
    try {
      return await work()
    } finally {
      this.#asked -= 1
      if (this.#asked === 0) this.#finish?.()
    }
  }
}

/** The clients whose every session is locked, in the order they were chosen in. */
function lockedOf(
  clients: readonly StoredClient[],
  chosen: readonly ClientId[],
  locked: ReadonlySet<unknown>,
): readonly StoredClient[] {
  const byId = new Map(clients.map((client) => [client.id, client]))
  const held = chosen.flatMap((id) => byId.get(id) ?? [])
  return held.filter(({ sessions }) => sessions.every(({ id }) => locked.has(id)))
}

function distinct(rows: readonly Row[]): ClientId[] {
  return [...new Set(rows.map((row) => row['client_id'] as ClientId))]
}
