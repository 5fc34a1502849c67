import type { Clock } from '../domain/clock.ts'
import { type ClientId, type SessionId, toClientId, toSessionId, toUserId, type UserId } from '../domain/session.ts'
import type { LiveStatus } from '../domain/status.ts'
import type { SessionMembers } from '../snapshot/write-stored.ts'
import type { LedgerEntry } from '../store/port.ts'
import type { Difference } from './audit/differences.ts'
import { type AuditTotals, audit } from './audit.ts'
import type { PassOptions } from './bounded-pass.ts'
import type { Asking, SessionOutcome } from './command-session.ts'
import { completeTasks } from './complete-tasks.ts'
import type { Dependencies } from './dependencies.ts'
import { endSession } from './end.ts'
import { type EventType, isEventType } from './events/event.ts'
import type { FeedSignal } from './events/feed-signal.ts'
import { type EventPage, type EventQuery, readEvents } from './events/read-events.ts'
import { type EventHandler, Subscription } from './events/subscription.ts'
import { type ExportOptions, exportClients } from './export-clients.ts'
import { getClient, readClientRecord } from './get-client.ts'
import { getSession, type ReadSession, readSession } from './get-session.ts'
import { type HistoryFilter, history } from './history.ts'
import type { ImportResult } from './import/import-batch.ts'
import { type ImportOptions, importClients } from './import-clients.ts'
import { type ClientFilter, listClients } from './list-clients.ts'
import type { Page } from './list-page.ts'
import { listSessions, type SessionFilter } from './list-sessions.ts'
import { type PurgeOutcome, purge } from './purge.ts'
import { type PutClient, type PutClientOutcome, putClient } from './put-client.ts'
import type { ClientRecord, SessionRecord } from './records.ts'
import { removeSession } from './remove.ts'
import { requireTask } from './require-task.ts'
import { revokeSession } from './revoke.ts'
import { type RevokeAll, type RevokeAllOutcome, revokeAll } from './revoke-all.ts'
import { type SignIn, type SignInOutcome, signIn } from './sign-in.ts'
import { type SignOutOutcome, signOut } from './sign-out-client.ts'
import { type SweepOutcome, sweep } from './sweep.ts'
import { touchSession } from './touch.ts'
import { type Verdict, verifySession } from './verify.ts'

/** Who signs in, as plain text: what {@link SignIn} has, before its ids are looked at. */
export interface SignInRequest extends Asking {
  readonly userId: string
  readonly clientId?: string | undefined
  readonly sessionId?: string | undefined
  readonly status?: LiveStatus | undefined
  readonly members?: SessionMembers | undefined
}

/**
 * The sessions of an auth backend: signed in, touched, ended, revoked, verified and listed, each transition in a ledger.
 *
 * Ids are text. One that no session has is an outcome, and what is no text at all a TypeError. Every method throws
 * {@link StoreError} when the store fails.
 */
export class Tenure implements AsyncDisposable {
  readonly #dependencies: Dependencies
  readonly #clock: Clock
  readonly #feed: FeedSignal
  readonly #subscriptions = new Set<Subscription>()

  /** Use {@link openTenure}. */
  constructor(dependencies: Dependencies, clock: Clock, feed: FeedSignal) {
    this.#dependencies = dependencies
    this.#clock = clock
    this.#feed = feed
  }

  /**
   * Signs a user in, on the client that is named or on a new one; what the new session takes the place of is replaced.
   *
   * @throws {TypeError} For an id that is empty, longer than 255 characters, or holds white space.
   */
  async signIn(request: SignInRequest): Promise<SignInOutcome> {
    const { userId, clientId, sessionId, status, members } = request
    if (status !== undefined && status !== 'active' && status !== 'pending') {
      throw new TypeError('a session begins active or pending')
    }
    const ids = {
      userId: toUserId(userId),
      clientId: clientId === undefined ? undefined : toClientId(clientId),
      sessionId: sessionId === undefined ? undefined : toSessionId(sessionId),
    }
    return signIn(this.#dependencies, { ...ids, status, members, ...asked(request) } satisfies SignIn)
  }

  /** Says whether a session is live at this instant and, where it is not, why and since when: one read, nothing written. */
  async verify(sessionId: string): Promise<Verdict> {
    return verifySession(this.#dependencies, known<SessionId>(sessionId))
  }

  /** Records activity, which may slide a deadline. Sooner than the policy's `touchInterval` it writes nothing. */
  async touch(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return touchSession(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Makes an active session pending: its user has a task to complete first. */
  async requireTask(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return requireTask(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Makes a pending session active: every task is complete. */
  async completeTasks(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return completeTasks(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Ends a live session: its user signed out of it. */
  async end(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return endSession(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Removes a session from its client, whatever its status. It can be read and listed until it is purged. */
  async remove(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return removeSession(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Revokes a live or dormant session: the application ended it. */
  async revoke(sessionId: string, asking: Asking = {}): Promise<SessionOutcome> {
    return revokeSession(this.#dependencies, known(sessionId), asked(asking))
  }

  /** Revokes every open session of a user, except one where that is asked, or every one of a client. */
  async revokeAll(request: RevokeAll): Promise<RevokeAllOutcome> {
    return revokeAll(this.#dependencies, { ...knownIn(request), ...asked(request) })
  }

  /** Ends every live session of a client, or removes every session from it. */
  async signOutClient(clientId: string, command: 'end' | 'remove', asking: Asking = {}): Promise<SignOutOutcome> {
    if (command !== 'end' && command !== 'remove') throw new TypeError('a client is signed out by end or by remove')
    return signOut(this.#dependencies, known(clientId), command, asked(asking))
  }

  /** One session as it is now; `null` where there is none of that id. */
  async getSession(sessionId: string): Promise<SessionRecord | null> {
    return getSession(this.#dependencies, known(sessionId))
  }

  /** As {@link Tenure.getSession}, with what names that answer: two of one revision are the same. */
  async readSession(sessionId: string): Promise<ReadSession> {
    return readSession(this.#dependencies, known(sessionId))
  }

  /** One client as it is now, with the sessions that it shows; `null` where there is none of that id. */
  async getClient(clientId: string): Promise<ClientRecord | null> {
    return getClient(this.#dependencies, known(clientId))
  }

  /** As {@link Tenure.getClient}, with what names that answer; `null` where there is no such client. */
  async readClient(clientId: string): Promise<{ readonly client: ClientRecord; readonly revision: string } | null> {
    return readClientRecord(this.#dependencies, known(clientId))
  }

  /** Puts in one snapshot of a client, JSON text, as an import does; where that is asked, over one revision only. */
  async putClient(clientId: string, text: string, options: PutClient = {}): Promise<PutClientOutcome> {
    return putClient(this.#dependencies, clientId, text, { ...options, ...asked(options) })
  }

  /** Sessions as they are now, newest first: by user, by client, by status. */
  async listSessions(filter: SessionFilter = {}): Promise<Page<SessionRecord>> {
    return listSessions(this.#dependencies, knownIn(filter))
  }

  /** Clients as they are now, newest first. */
  async listClients(filter: ClientFilter = {}): Promise<Page<ClientRecord>> {
    return listClients(this.#dependencies, knownIn(filter))
  }

  /** The ledger of a session, a client or a user, in the order it was written. */
  async history(filter: HistoryFilter = {}): Promise<Page<LedgerEntry, number>> {
    return history(this.#dependencies, knownIn(filter))
  }

  /** Events behind a cursor, in order, none skipped: one for each row of the ledger. */
  async events({ after = null, limit = 100, types }: Partial<EventQuery> = {}): Promise<EventPage> {
    return readEvents(this.#dependencies.store, { after, limit, types })
  }

  /**
   * Calls a handler with each event of a type, or of several, in order: from now on, or from the first there is, and after a
   * restart from where it was. The name is what the store keeps its place under.
   *
   * At least once: the same event may come again, with the same id. A handler that throws is given the event again, later and
   * later. Of several processes with a subscription of one name, one handles at a time.
   *
   * @throws {TypeError} For a type that is none, or a name that is empty or longer than 200 characters.
   */
  async on(
    types: EventType | readonly EventType[],
    handler: EventHandler,
    { name, from, onFault = () => {} }: SubscribeOptions,
  ): Promise<Subscribed> {
    const wanted = [types].flat()
    if (wanted.length === 0 || !wanted.every((type) => isEventType(type)))
      throw new TypeError('a type is none of an event')
    if (typeof name !== 'string' || name === '' || name.length > 200) {
      throw new TypeError('a subscription has a name of 1 to 200 characters')
    }
    const { store, randomness } = this.#dependencies
    const parts = { store, randomness, clock: this.#clock, feed: this.#feed }
    const subscription = new Subscription({ ...parts, name, types: wanted, from, handler, onFault })
    await subscription.open()
    this.#subscriptions.add(subscription)
    subscription.start()
    const stop = async () => {
      this.#subscriptions.delete(subscription)
      await subscription.stop()
    }
    return { stop, [Symbol.asyncDispose]: stop }
  }

  /** One bounded pass that writes down which deadlines fell, the oldest first. */
  async sweep(options: PassOptions = {}): Promise<SweepOutcome> {
    return sweep(this.#dependencies, options)
  }

  /** One bounded pass that deletes what closed longer ago than the policy's `retention`. The ledger stays. */
  async purge(options: PassOptions = {}): Promise<PurgeOutcome> {
    return purge(this.#dependencies, options)
  }

  /** Replays the ledger against the rows: every difference there is, and at its end what it looked at. */
  audit(): AsyncGenerator<Difference, AuditTotals> {
    return audit(this.#dependencies)
  }

  /**
   * Imports a stream of snapshots, JSON texts or documents already parsed, and tells of each what became of it once that
   * is durable.
   */
  importClients(
    documents: Iterable<unknown> | AsyncIterable<unknown>,
    options: ImportOptions = {},
  ): AsyncGenerator<ImportResult, void, undefined> {
    return importClients(this.#dependencies, documents, { ...options, ...asked(options) })
  }

  /** Exports every client as a snapshot, a line of JSON each, all as they are at this instant. */
  exportClients(options: ExportOptions = {}): AsyncGenerator<string, void, undefined> {
    return exportClients(this.#dependencies, options)
  }

  /**
   * Stops subscriptions, and closes the store, once what was sent to it is done. A command that has read, and not written yet, is refused with
   * ERR_STORE_CLOSED and writes nothing: wait for commands first. A second time does nothing.
   */
  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()))
    this.#feed.close()
    await this.#dependencies.store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** How a subscription is kept, and who is told of a handler that throws. */
export interface SubscribeOptions {
  /** What the store keeps its place under; 1 to 200 characters. */
  readonly name: string
  /** Where one that is new begins: `now` where it is left out. */
  readonly from?: 'now' | 'beginning' | undefined
  /** Told of what a handler threw, and of a store that failed; the event comes again. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** A subscription that goes on until it is stopped. */
export interface Subscribed extends AsyncDisposable {
  /** Handles nothing more, once the handler that is under way has answered. */
  stop(): Promise<void>
}

/** 255 characters, of two UTF-16 units each. */
const LONGEST_ID = 2 * 255

function known<Id extends SessionId | ClientId | UserId>(id: string): Id {
  if (typeof id !== 'string') throw new TypeError('an id is text')
  // Written as UTF-8, half a surrogate pair is U+FFFD, which may be in somebody's id. What is longer than any id goes to
  // no store, where others wait for the same statement. Nobody has the empty one.
  return (id.length <= LONGEST_ID && id.isWellFormed() ? id : '') as Id
}

const ID_MEMBERS = ['userId', 'clientId', 'sessionId', 'except'] as const

/** A filter whose ids are text; see {@link known}. */
function knownIn<Filter extends { readonly [Member in (typeof ID_MEMBERS)[number]]?: string | undefined }>(
  filter: Filter,
): Filter {
  const named = ID_MEMBERS.filter((member) => filter[member] !== undefined)
  return { ...filter, ...Object.fromEntries(named.map((member) => [member, known(filter[member] as string)])) }
}

function asked({ askedBy }: Asking): Asking {
  return { askedBy: askedBy === undefined ? undefined : toUserId(askedBy) }
}
