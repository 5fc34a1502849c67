import { nextDeadline } from '../../domain/deadlines.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId, UserId } from '../../domain/session.ts'
import type { LedgerWrite, WriteSet } from '../../store/client-change.ts'
import type {
  LedgerEntry,
  PurgeMark,
  Selection,
  SessionRecords,
  StoredClient,
  StoredDocument,
  StoredSession,
  StoredUser,
} from '../../store/port.ts'
import { ByInstant } from './by-instant.ts'

/** A client without its sessions, and these by their places. */
interface Held {
  client: StoredClient
  readonly sessions: Map<SessionId, StoredSession>
}

/** What a database has in tables and indexes, in maps. Every value is replaced and never changed, so that a view stays. */
export class Tables {
  readonly clients = new Map<ClientId, Held>()
  readonly sessions = new Map<SessionId, StoredSession>()
  readonly ledger: LedgerEntry[] = []
  readonly purges = new Map<SessionId, PurgeMark>()
  readonly due = new ByInstant<SessionId>()
  readonly closed = new ByInstant<SessionId>()
  /** Clients without a session. */
  readonly empty = new Set<ClientId>()
  /** How many open sessions each user has on each client. */
  readonly #open = new Map<UserId, Map<ClientId, number>>()
  readonly #users = new Map<UserId, number>()
  readonly #entries = new Map<SessionId, LedgerEntry[]>()
  readonly #documents = new Map<SessionId | ClientId, StoredDocument | null>()

  user(id: UserId): StoredUser {
    return { id, version: this.#users.get(id) ?? 0 }
  }

  /** The clients on which a user has open sessions, by id. */
  openOf(userId: string): readonly ClientId[] {
    return [...(this.#open.get(userId as UserId)?.keys() ?? [])].sort()
  }

  /** A session, with its document where asked. */
  session(id: SessionId, documents: boolean): StoredSession | null {
    const session = this.sessions.get(id)
    if (session === undefined) return null
    return documents ? { ...session, document: this.#documents.get(id) ?? null } : session
  }

  /** A client with the sessions that a selection asks for; `null` where it is not there. */
  client(id: ClientId, { sessions: which, documents = false, sessionIds = [] }: Selection): StoredClient | null {
    const held = this.clients.get(id)
    if (held === undefined) return null
    const sessions: StoredSession[] = []
    for (const session of held.sessions.values()) {
      const isMeant = which === 'all' || session.closedAt === null || sessionIds.includes(session.id)
      if (isMeant) sessions.push(documents ? (this.session(session.id, true) as StoredSession) : session)
    }
    const client = { ...held.client, sessions }
    return documents ? { ...client, document: this.#documents.get(id) ?? null } : client
  }

  /** Everything there is of a session, or was. */
  records(sessionId: SessionId): SessionRecords {
    return {
      sessionId,
      session: this.session(sessionId, true),
      entries: [...(this.#entries.get(sessionId) ?? [])],
      purge: this.purges.get(sessionId) ?? null,
      dueAt: this.due.get(sessionId) as EpochMs | null,
    }
  }

  /** Whether every row of a set is still at the version that it is written over. */
  accepts(set: WriteSet, user: StoredUser | null): boolean {
    const isAt = (id: SessionId, version: number) => this.sessions.get(id)?.version === version
    const isClientAt = (id: ClientId, version: number) => this.clients.get(id)?.client.version === version
    return (
      (user === null || this.user(user.id).version === user.version) &&
      set.newClients.every(({ id }) => !this.clients.has(id)) &&
      set.clients.every(({ id, version }) => isClientAt(id, version - 1)) &&
      set.newSessions.every(({ session }) => !this.sessions.has(session.id)) &&
      set.sessions.every(({ session }) => isAt(session.id, session.version - 1)) &&
      set.purgedSessions.every(({ id, version }) => isAt(id, version)) &&
      set.purgedClients.every(({ id, version }) => isClientAt(id, version) && this.#isLeftEmpty(id, set))
    )
  }

  /** Writes a set that was accepted. */
  write(set: WriteSet, user: StoredUser | null): void {
    if (user !== null) this.#users.set(user.id, user.version + 1)
    for (const client of set.newClients) {
      this.clients.set(client.id, { client: this.#keepClient(client), sessions: new Map() })
      this.empty.add(client.id)
    }
    for (const client of set.clients) (this.clients.get(client.id) as Held).client = this.#keepClient(client)
    for (const { session } of set.newSessions) this.#keep(null, session)
    for (const { session } of set.sessions) this.#keep(this.sessions.get(session.id) ?? null, session)
    for (const { id } of set.purgedSessions) this.#drop(this.sessions.get(id) as StoredSession)
    for (const { id } of set.purgedClients) {
      this.clients.delete(id)
      this.empty.delete(id)
      this.#documents.delete(id)
    }
    for (const mark of set.marks) if (!this.purges.has(mark.sessionId)) this.purges.set(mark.sessionId, mark)
    for (const entry of set.ledger) this.#enter(entry)
  }

  /** The ids of every session there is or was, in order. */
  everySession(): readonly SessionId[] {
    return [...new Set([...this.sessions.keys(), ...this.#entries.keys(), ...this.purges.keys()])].sort()
  }

  #isLeftEmpty(id: ClientId, { purgedSessions }: WriteSet): boolean {
    const purged = new Set(purgedSessions.map((session) => session.id))
    return [...(this.clients.get(id)?.sessions.keys() ?? [])].every((session) => purged.has(session))
  }

  #keepClient({ document, sessions: _, ...client }: StoredClient): StoredClient {
    this.#keepDocument(client.id, document)
    return { ...client, sessions: [] }
  }

  #keep(before: StoredSession | null, { document, ...session }: StoredSession): void {
    this.#keepDocument(session.id, document)
    this.sessions.set(session.id, session)
    const held = this.clients.get(session.clientId)
    if (before === null && held !== undefined) this.#join(held, session)
    else held?.sessions.set(session.id, session)
    this.due.set(session.id, nextDeadline(session))
    if (session.closedAt !== before?.closedAt) this.closed.set(session.id, session.closedAt)
    this.#countOpen(session, Number(session.closedAt === null) - Number(before?.closedAt === null))
  }

  /** A new session takes its place, which need not be the last of a snapshot's. */
  #join(held: Held, session: StoredSession): void {
    const others = [...held.sessions.values()]
    this.empty.delete(session.clientId)
    held.sessions.set(session.id, session)
    if (others.every(({ place }) => place < session.place)) return
    held.sessions.clear()
    for (const each of [...others, session].sort((a, b) => a.place - b.place)) held.sessions.set(each.id, each)
  }

  /** What was not read is not written either. */
  #keepDocument(id: SessionId | ClientId, document: StoredDocument | null | undefined): void {
    if (document) this.#documents.set(id, document)
  }

  #drop(session: StoredSession): void {
    const { id, clientId } = session
    this.sessions.delete(id)
    this.#documents.delete(id)
    this.due.delete(id)
    this.closed.delete(id)
    this.#countOpen(session, session.closedAt === null ? -1 : 0)
    const held = this.clients.get(clientId)
    held?.sessions.delete(id)
    if (held?.sessions.size === 0) this.empty.add(clientId)
  }

  #countOpen({ userId, clientId }: StoredSession, change: number): void {
    if (change === 0) return
    const clients = this.#open.get(userId) ?? new Map<ClientId, number>()
    const count = (clients.get(clientId) ?? 0) + change
    if (count > 0) clients.set(clientId, count)
    else clients.delete(clientId)
    if (clients.size > 0) this.#open.set(userId, clients)
    else this.#open.delete(userId)
  }

  #enter(write: LedgerWrite): void {
    const entry = { ...write, sequence: this.ledger.length + 1 }
    this.ledger.push(entry)
    const entries = this.#entries.get(write.sessionId)
    if (entries === undefined) this.#entries.set(write.sessionId, [entry])
    else entries.push(entry)
  }
}
