/**
 * The store's port: what the service asks of a database, and what each of them answers alike.
 *
 * A command goes through it in one of two ways, and the law is applied between reading and writing in both:
 *
 *   read, decide, commit   compare-and-set: nothing is locked, and a row that moved on meanwhile refuses the commit
 *   change                 the rows are locked first, then read, decided and written
 *
 * The first is what nearly every command takes; the second follows where others were faster, so that a command gets its
 * turn in the end, and is the only one where the database says what time it is. Both write with `WHERE version = n`.
 *
 * The sweep names no rows: `changeDue` locks some that are due and that nobody else has hold of, and goes on as a change.
 */
import type { Form } from '../domain/form.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Client, ClientId, Session, SessionId, UserId } from '../domain/session.ts'
import type { Status } from '../domain/status.ts'
import type { Transition } from '../domain/transition.ts'
import type { QueueOptions, Queues } from './queue.ts'
import type { StoredItem } from './stored-item.ts'

export type { StoredItem } from './stored-item.ts'

/** A session as a store keeps it. Its other members are in its document. */
export interface StoredSession extends Session {
  /** How many times the row was written; 0 for one that is not written yet. */
  readonly version: number
  /** Its place among the sessions of its client. */
  readonly place: number
  /** When it was first closed, epoch milliseconds; what retention counts from. `null` where it is open. */
  readonly closedAt: EpochMs | null
  /**
   * The snapshot that it came in, as compact JSON text; `null` where there was none. Left out where it was not read,
   * and then it is not written either. What the lifecycle changed since is in the columns only.
   */
  readonly document?: StoredDocument | null
}

/** JSON text that came in, and what its members are called. */
export interface StoredDocument {
  readonly form: Form
  readonly text: string
}

/** A client as a store keeps it, with its sessions by their places. */
export interface StoredClient extends Client<StoredSession> {
  /** How many times the client was written. A touch that changes its session only is no write of the client. */
  readonly version: number
  /** As for a session; the text has an empty list of sessions. */
  readonly document?: StoredDocument | null
}

/** Which rows a command is about. */
export interface Selection {
  /** The clients of these ids. Those that are not there are left out. */
  readonly clientIds?: readonly ClientId[]
  /** The clients that hold these sessions. */
  readonly sessionIds?: readonly SessionId[]
  /** The clients on which this user has open sessions; the user's version is read and guarded too. */
  readonly userId?: UserId | undefined
  /**
   * `open`: of each client only the sessions that are live or dormant, and those of `sessionIds`.
   * `all`: every session.
   */
  readonly sessions: 'open' | 'all'
  /** Whether to read documents. */
  readonly documents?: boolean
}

/** Which of the sessions that are due a sweep takes the clients of. */
export interface DueSelection {
  /** Epoch milliseconds. At exactly its deadline a session is due. */
  readonly dueBy: EpochMs
  /** How many sessions to look at, the oldest deadline first; those that others have hold of do not count. */
  readonly limit: number
  /** Which of the clients that were found are read and decided on, in their order. The others are let go. */
  choose(found: readonly ClientId[]): readonly ClientId[]
}

/** What was selected, and the instant it was read at. */
export interface View {
  /** Each once, in no order that is promised. */
  readonly clients: readonly StoredClient[]
  /** By the clock, or by the database where that is the authority; epoch milliseconds. */
  readonly now: EpochMs
  /** The selection's user, where it named one. */
  readonly user: StoredUser | null
}

/** What is kept of a user: how many sign-ins under a maximum there were, 0 where none. */
export interface StoredUser {
  readonly id: UserId
  readonly version: number
}

/** A client before and after a command, as it will be stored: versions counted on, closings dated. */
export interface ClientChange {
  /** `null` for a client that is new. */
  readonly before: StoredClient | null
  /** `null` for a client that is purged. A session of `before` that is not held here is purged. */
  readonly after: StoredClient | null
  /** The ledger's rows: each transition, and a touch where touches are recorded. */
  readonly transitions: readonly Transition[]
  /** When purged rows are purged, epoch milliseconds. */
  readonly at: EpochMs
}

/** What a command makes of a view. With no changes nothing is written. */
export interface Decision<T> {
  readonly result: T
  readonly changes: readonly ClientChange[]
  /** Whether the view's user must not have signed in meanwhile. */
  readonly guardsUser?: boolean
}

/** A row of the ledger. */
export interface LedgerEntry extends Transition {
  /**
   * Counts up as rows are written; those of one client are in the order they happened. Of several clients that are written
   * at once a lower one may come to be seen after a higher one.
   */
  readonly sequence: number
  /** The session's version after the write that the transition was part of. */
  readonly version: number
}

/** A row of the ledger in the feed. */
export interface FeedEntry extends LedgerEntry {
  /** Reading goes on behind the row with this. Text of the store's own: all that others may do with it is give it back. */
  readonly cursor: string
}

/** What stands for a session that was purged, so that no import brings it back. */
export interface PurgeMark {
  readonly sessionId: SessionId
  readonly clientId: ClientId
  readonly purgedAt: EpochMs
}

/** Which rows of a long list. */
export interface Paging<Key> {
  /** At most 1,000. */
  readonly limit: number
  /** The key of the last row that was had: reading goes on behind it, at the same price everywhere. */
  readonly after?: Key | undefined
  /** How many rows to pass over; the price grows with it. */
  readonly offset?: number | undefined
  /** Whether to count all rows, which takes going through them; they are where it is left out. */
  readonly isCounted?: boolean | undefined
}

/** Newest first: by creation, then by id. */
export interface CreationKey {
  readonly createdAt: EpochMs
  readonly id: string
}

/** Which sessions to list, newest first. */
export interface SessionQuery extends Paging<CreationKey> {
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  /** The status that they have at `asOf`, whatever is stored. */
  readonly status?: readonly Status[] | undefined
  /** Epoch milliseconds. */
  readonly asOf: EpochMs
}

/** Which clients to list, newest first. */
export interface ClientQuery extends Paging<CreationKey> {
  /** Clients that hold a session of this user. */
  readonly userId?: string | undefined
}

/** Which rows of the ledger to list, in the order they were written. */
export interface LedgerQuery extends Paging<number> {
  readonly sessionId?: string | undefined
  readonly clientId?: string | undefined
  readonly userId?: string | undefined
}

/** Some rows of a list, and how many there are in all; where nobody counted, how many these are. */
export interface Rows<T> {
  readonly rows: readonly T[]
  readonly total: number
}

/** A session, everything the ledger says of it, and the mark where it was purged. */
export interface SessionRecords {
  readonly sessionId: SessionId
  readonly session: StoredSession | null
  readonly entries: readonly LedgerEntry[]
  readonly purge: PurgeMark | null
  /** The `due_at` that the row has, which the sweep goes by. */
  readonly dueAt: EpochMs | null
}

/** The whole store as it is at one moment, however long reading takes and whoever writes meanwhile. */
export interface StoreSnapshot extends AsyncDisposable {
  readonly now: EpochMs
  /** Every client with all its sessions and documents, by id. May be walked again. */
  clients(): AsyncIterable<StoredClient>
  /** Every session there is or was, by id, with its part of the ledger. */
  sessionRecords(): AsyncIterable<SessionRecords>
}

/**
 * A database that keeps clients, their sessions, the ledger, and small items beside them.
 *
 * Every method throws {@link StoreError} where the database fails it, and then nothing of that call was written, unless
 * the error says otherwise.
 */
export interface Store extends AsyncDisposable {
  /** Whose clock says what time it is. Where it is the database, commands go through {@link Store.change} only. */
  readonly authority: 'process' | 'database'
  /** The present, by whoever has the say. */
  now(): Promise<EpochMs>
  /** One session by its primary key, without its document, and the instant it was read at. */
  findSession(id: SessionId): Promise<{ readonly session: StoredSession | null; readonly now: EpochMs }>
  read(selection: Selection): Promise<View>
  /**
   * Writes a decision whole, or not at all: `false` where a row of the view has moved on, or is just being written, and
   * where a deadline that it extends has fallen since.
   */
  commit(view: View, decision: Decision<unknown>): Promise<boolean>
  /** Locks what is selected, decides and writes: `null` where another writer was in the way all the same. */
  change<T>(selection: Selection, decide: (view: View) => Decision<T>): Promise<Decision<T> | null>
  /**
   * Finds clients with sessions that are due, locks them, decides and writes, in one transaction: a {@link Store.change}
   * that waits for no row. A client of which others hold a row is passed over, and so processes that do this at once share
   * what is due. The view has the clients with their open sessions, in the order that they were chosen in.
   *
   * @returns `null` where another writer was in the way all the same.
   */
  changeDue<T>(due: DueSelection, decide: (view: View) => Decision<T>): Promise<Decision<T> | null>
  /** Sessions by their ids, with their documents where asked. Those that are not there are left out. */
  findSessions(ids: readonly SessionId[], options?: { readonly documents?: boolean }): Promise<readonly StoredSession[]>
  listSessions(query: SessionQuery): Promise<Rows<StoredSession>>
  /** Without their sessions, which `read` has. */
  listClients(query: ClientQuery): Promise<Rows<ClientId>>
  listLedger(query: LedgerQuery): Promise<Rows<LedgerEntry>>
  /**
   * The ledger for who follows it: the rows behind a cursor, in an order in which none ever comes to stand before one that
   * was given. Those of one client, and so of one session, are in the order they happened; recorded touches among those of
   * their session.
   *
   * Fewer than the limit, or none, does not mean that there are no more: what stands behind rows that are still being
   * committed is given once they are.
   *
   * @param after `null` for the first row there is.
   * @param limit From 1 to 1,000.
   * @throws {TypeError} For text that is no cursor of this store, which one of a time that the store has not come to is
   * neither: it was given before a backup was restored.
   */
  readFeed(after: string | null, limit: number): Promise<readonly FeedEntry[]>
  /** The cursor behind all that `readFeed` would give now, for who wants only what comes; `null` where it would give nothing. */
  feedEnd(): Promise<string | null>
  /**
   * Whether one cursor stands behind another, and not at it, be their rows there or not. Asks nobody.
   *
   * @throws {TypeError} For text that is no cursor of this store.
   */
  isBehind(cursor: string, other: string): boolean
  /**
   * The clients of so many of the sessions that are due, the oldest deadline first, each client once: fewer than the limit
   * does not mean that there are no more.
   */
  findDue(now: EpochMs, limit: number): Promise<readonly ClientId[]>
  /** The clients of a user's open sessions, by id, behind one; each once. */
  findOpenOfUser(query: OpenOfUser): Promise<readonly ClientId[]>
  /** The clients of so many of the sessions that were closed by an instant, the longest closed first; as for `findDue`. */
  findClosed(closedBy: EpochMs, limit: number): Promise<readonly ClientId[]>
  /** Clients without any session that were last changed by an instant. */
  findEmpty(updatedBy: EpochMs, limit: number): Promise<readonly ClientId[]>
  /** The marks of purged sessions, of these ids. */
  findPurged(ids: readonly SessionId[]): Promise<readonly PurgeMark[]>
  /** The smallest `due_at` that a session has, be it past or to come; `null` where nothing will ever be due. */
  oldestDue(): Promise<EpochMs | null>
  /** How many sessions are due, counted no further than the limit. */
  countDue(now: EpochMs, limit: number): Promise<number>
  /** As it is stored, expired or not. An id that no item can have is nobody's. */
  findItem(kind: string, id: string): Promise<StoredItem | null>
  /** The items of a kind by id, expired or not: for kinds that have few. No more than the first 1,000. */
  listItems(kind: string): Promise<readonly StoredItem[]>
  /**
   * Writes an item over the version that it has here, and stores it as the next; at version 0 it has to be new.
   *
   * @returns `false` where another writer was faster, and nothing was written.
   * @throws {TypeError} For an id that no item can have.
   */
  putItem(item: StoredItem): Promise<boolean>
  /** Deletes an item that still has the version it was read at: `false` where it has not, or is gone. */
  deleteItem(kind: string, id: string, version: number): Promise<boolean>
  /**
   * Deletes items of any kind that have expired, the longest expired first, at most so many, and answers how many. At
   * exactly `expiresAt` an item has expired. What other processes are just writing is left for the next time.
   */
  deleteExpiredItems(now: EpochMs, limit: number): Promise<number>
  /**
   * Opens the queues that are in the database too, to be closed before the store is.
   *
   * @throws {StoreError} Where what they need cannot be made.
   */
  openQueues(options?: QueueOptions): Promise<Queues>
  snapshot(): Promise<StoreSnapshot>
  /** Finishes what it was asked, and closes. A second time does nothing. */
  close(): Promise<void>
}

/** Which of a user's clients to find. */
export interface OpenOfUser {
  readonly userId: string
  readonly after: ClientId | null
  readonly limit: number
}
