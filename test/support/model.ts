/**
 * Tenure without a store: plain clients in a map, the lifecycle's functions, and what the service promises written down
 * once more. Versions are counted by what differs in value, and not by which object it is; everything is held whole, and
 * nothing is selected, paged or retried.
 */
import { isDeepStrictEqual } from 'node:util'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Client, ClientId, Session, SessionId, UserId } from '../../src/domain/session.ts'
import { isClosed, isLive, type LiveStatus, type Status } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import {
  type ClientCommand,
  type ClientOutcome,
  commandClient,
  commandSessions,
  settleClient,
  settleSession,
  showClient,
  signInClient,
  signOutClient,
  statusAt,
} from '../../src/lifecycle/index.ts'

export interface ModelSession extends Session {
  readonly version: number
  readonly place: number
  readonly closedAt: EpochMs | null
}

export interface ModelClient extends Client<ModelSession> {
  readonly version: number
}

/** A ledger row without its number. */
export interface ModelEntry extends Transition {
  readonly version: number
}

export interface ModelSignIn {
  readonly userId: UserId
  readonly clientId: ClientId | undefined
  readonly sessionId: SessionId | undefined
  readonly status: LiveStatus
}

/** The ids that a sign-in made, where none were given. */
export interface MadeIds {
  readonly sessionId: SessionId
  readonly clientId: ClientId
}

export class TenureModel {
  readonly clients = new Map<ClientId, ModelClient>()
  readonly ledger: ModelEntry[] = []
  /** By the ids of sessions: when each was purged. */
  readonly purged = new Map<SessionId, EpochMs>()
  readonly policy: Policy
  readonly recordsTouches: boolean
  now: EpochMs

  constructor(policy: Policy, now: EpochMs, recordsTouches = false) {
    this.policy = policy
    this.recordsTouches = recordsTouches
    this.now = now
  }

  get sessions(): readonly ModelSession[] {
    return [...this.clients.values()].flatMap(({ sessions }) => sessions)
  }

  /** @param made The ids that the service made, where it was given none. */
  signIn({ userId, clientId, sessionId, status }: ModelSignIn, made: MadeIds | null) {
    const refused = (reason: string) => ({ changed: false, reason, session: null })
    if (sessionId !== undefined && this.purged.has(sessionId)) return refused('id-taken')
    const holder = this.sessions.find(({ id }) => id === sessionId)?.clientId
    const named = clientId ?? holder ?? made?.clientId ?? ('client_new' as ClientId)
    const before = this.clients.get(named)
    if (clientId !== undefined && before === undefined) return refused('unknown-client')
    if (holder !== undefined && holder !== named) return refused('id-taken')
    const id = sessionId ?? made?.sessionId ?? ('sess_new' as SessionId)
    const place = Math.max(-1, ...(before?.sessions ?? []).map((session) => session.place)) + 1
    const arrival = { id, userId, status, version: 0, place, closedAt: null }
    const outcome = signInClient(before ?? this.#newClient(named), arrival, this.now, { policy: this.policy })
    if (!outcome.changed) {
      const repeated = outcome.reason === 'repeated' ? this.getSession(id) : null
      return { changed: false, reason: outcome.reason, session: repeated }
    }
    const makesWay = this.#overflow(userId, named)
    if (makesWay === null) return refused('too-many-sessions')
    const transitions = [...this.#keep(named, outcome)]
    for (const other of new Set(makesWay.map((session) => session.clientId))) {
      const isMeant = (session: Session) => makesWay.some((each) => each.id === session.id)
      transitions.push(...this.#command(other, (client) => this.#each(client, isMeant, 'replace', id)))
    }
    return { changed: true, session: this.#record(id), transitions }
  }

  command(id: SessionId, command: ClientCommand) {
    const session = this.sessions.find((each) => each.id === id)
    if (session === undefined) return { changed: false, reason: 'unknown-session', session: null }
    const before = this.clients.get(session.clientId) as ModelClient
    const outcome = commandClient(before, id, command, this.now, { policy: this.policy })
    if (!outcome.changed) return { changed: false, reason: outcome.reason, session: this.getSession(id) }
    const transitions = this.#keep(before.id, outcome)
    const after = this.sessions.find((each) => each.id === id)
    if (command === 'touch' && this.recordsTouches && after?.version === session.version + 1) {
      const { clientId, userId, status, version, updatedAt: at } = after
      const of = { clientId, sessionId: id, userId, from: status, to: status }
      this.ledger.push({ ...of, cause: 'touch', at, recordedAt: this.now, version })
    }
    return { changed: true, session: this.#record(id), transitions }
  }

  signOut(id: ClientId, command: 'end' | 'remove') {
    const before = this.clients.get(id)
    if (before === undefined) return { changed: false, reason: 'unknown-client' }
    const outcome = signOutClient(before, command, this.now, { policy: this.policy })
    if (!outcome.changed) return { changed: false, reason: 'repeated' }
    return { changed: true, transitions: this.#keep(id, outcome) }
  }

  revokeAll(whose: { readonly userId?: UserId; readonly clientId?: ClientId }, except: SessionId | undefined) {
    const isMeant = (session: Session) =>
      (whose.userId === undefined || session.userId === whose.userId) &&
      (whose.clientId === undefined || session.clientId === whose.clientId) &&
      session.id !== except &&
      !isClosed(session.status)
    const transitions = [...this.clients.keys()].flatMap((id) =>
      this.#command(id, (client) => this.#each(client, isMeant, 'revoke')),
    )
    return { revoked: transitions.filter(({ cause }) => cause === 'revoke').length }
  }

  sweep() {
    const transitions = [...this.clients.keys()].flatMap((id) =>
      this.#command(id, (client) => {
        const settled = settleClient(client, this.now)
        return { ...settled, changed: settled.transitions.length > 0, reason: 'repeated' } as ClientOutcome<ModelClient>
      }),
    )
    const settled = new Set(transitions.map(({ sessionId }) => sessionId)).size
    return { settled, transitions: transitions.length, busy: 0, isDone: true }
  }

  purge() {
    const closedBy = (this.now - this.policy.retention) as EpochMs
    let [sessions, clients] = [0, 0]
    for (const client of [...this.clients.values()]) {
      const gone = client.sessions.filter(({ closedAt }) => closedAt !== null && closedAt <= closedBy)
      for (const { id } of gone) this.purged.set(id, this.now)
      sessions += gone.length
      const left = client.sessions.filter((session) => !gone.includes(session))
      if (left.length === 0 && client.updatedAt <= closedBy) {
        clients += 1
        this.clients.delete(client.id)
      } else if (gone.length > 0) {
        const isGone = (id: SessionId | null) => gone.some((session) => session.id === id)
        const sessionIds = client.sessionIds.filter((id) => !isGone(id))
        const lastActiveSessionId = isGone(client.lastActiveSessionId) ? null : client.lastActiveSessionId
        const version = client.version + 1
        this.clients.set(client.id, { ...client, sessions: left, sessionIds, lastActiveSessionId, version })
      }
    }
    return { sessions, clients, closedBy, busy: 0, isDone: true }
  }

  verify(id: SessionId) {
    const session = this.sessions.find((each) => each.id === id)
    if (session === undefined) return { live: false, reason: 'unknown-session', since: null }
    const status = statusAt(session, this.now)
    if (isLive(status)) return { live: true, status, session: toRecord(session) }
    const since = { expired: session.expireAt, abandoned: session.abandonAt }[status as string] ?? session.updatedAt
    return { live: false, reason: status, since }
  }

  /** A session as it is now. */
  getSession(id: SessionId) {
    const session = this.sessions.find((each) => each.id === id)
    return session === undefined ? null : toRecord(settleSession(session, this.now).session)
  }

  getClient(id: ClientId) {
    const client = this.clients.get(id)
    if (client === undefined) return null
    const shown = showClient(settleClient(client, this.now).client, this.policy)
    return { ...shown, sessions: shown.sessions.map(toRecord) }
  }

  /** The ids of the sessions that a list has, newest first. */
  list(userId: UserId | undefined, status: Status | undefined): readonly SessionId[] {
    return this.sessions
      .filter((session) => userId === undefined || session.userId === userId)
      .filter((session) => status === undefined || statusAt(session, this.now) === status)
      .toSorted((a, b) => b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)))
      .map(({ id }) => id)
  }

  /** A session as it is stored. */
  #record(id: SessionId) {
    const session = this.sessions.find((each) => each.id === id)
    if (session === undefined) throw new TypeError('the model holds no such session')
    return toRecord(session)
  }

  /** The user's live sessions elsewhere that have to make way, the oldest first; `null` where the policy rejects. */
  #overflow(userId: UserId, clientId: ClientId): readonly ModelSession[] | null {
    const { maximumSessionsPerUser: maximum, onOverflow } = this.policy
    if (maximum === null) return []
    const live = this.sessions
      .filter((session) => session.userId === userId && session.clientId !== clientId)
      .filter((session) => isLive(statusAt(session, this.now)))
      .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    const excess = Math.max(0, live.length + 1 - maximum)
    return excess > 0 && onOverflow === 'reject' ? null : live.slice(0, excess)
  }

  #each(client: ModelClient, isMeant: (session: Session) => boolean, command: 'replace' | 'revoke', askedBy?: string) {
    return commandSessions(client, isMeant, command, this.now, { policy: this.policy, askedBy })
  }

  #command(id: ClientId, decide: (client: ModelClient) => ClientOutcome<ModelClient>): readonly Transition[] {
    const before = this.clients.get(id)
    if (before === undefined) return []
    const outcome = decide(before)
    return outcome.changed ? this.#keep(id, outcome) : []
  }

  /** Keeps what a command made of a client: whatever differs is one version on, and its transitions are in the ledger. */
  #keep(id: ClientId, { client, transitions }: ClientOutcome<ModelClient>): readonly Transition[] {
    const before = this.clients.get(id)
    const sessions = client.sessions.map((session) => {
      const former = before?.sessions.find((each) => each.id === session.id)
      if (isDeepStrictEqual(former, session)) return session
      const closing = transitions.find(({ sessionId, to }) => sessionId === session.id && isClosed(to))
      return { ...session, version: session.version + 1, closedAt: session.closedAt ?? closing?.at ?? null }
    })
    const { sessions: _, ...own } = client
    const { sessions: __, ...formerOwn } = before ?? { sessions: [] }
    const isWritten = transitions.length > 0 || !isDeepStrictEqual(own, formerOwn)
    this.clients.set(id, { ...client, sessions, version: client.version + (isWritten ? 1 : 0) })
    for (const transition of transitions) {
      const version = sessions.find((session) => session.id === transition.sessionId)?.version ?? 0
      this.ledger.push({ ...transition, version })
    }
    return transitions
  }

  #newClient(id: ClientId): ModelClient {
    const nothing = { sessionIds: [], sessions: [], lastActiveSessionId: null, version: 0 }
    return { id, ...nothing, createdAt: this.now, updatedAt: this.now }
  }
}

/** What the service answers of a session. */
function toRecord({ place: _, closedAt: __, ...session }: ModelSession) {
  return session
}
