/**
 * What the sessions must be by what was committed, kept beside the store and checked against with every commit.
 *
 * It stands between the store and whatever may fail, so it knows what was written though nobody was answered.
 */
import type { Policy } from '../../domain/policy.ts'
import type { ClientId, SessionId, UserId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import type { ClientChange, StoredSession } from '../../store/port.ts'
import type { Journal } from './journal.ts'
import { lawfulDeadlines, lawfulDue, lawfulFalls, lawfulRank, lawfulStatus } from './law.ts'

/** A session by what was committed. */
export interface KnownSession {
  session: StoredSession
  /** The status that each version has, from version 1 on. */
  readonly statuses: Status[]
  isPurged: boolean
}

/** Whose sessions are meant: a user's, or a client's. */
export type Whose =
  | { readonly userId: string; readonly clientId?: undefined }
  | { readonly clientId: string; readonly userId?: undefined }

const KEEPS_RANK = new Set(['pending active', 'active pending', 'ended replaced'])

/** Sessions by what was committed, and the rules that each commit is held to. */
export class Oracle {
  readonly sessions = new Map<SessionId, KnownSession>()
  /** How many rows the ledger must have. */
  entries = 0
  readonly #clients = new Map<ClientId, { version: number; updatedAt: number }>()
  readonly #ofClient = new Map<ClientId, SessionId[]>()
  readonly #ofUser = new Map<UserId, SessionId[]>()
  readonly #imported = new Set<SessionId>()
  readonly #areClocksRight: boolean
  readonly #recordsTouches: boolean
  /** What each command has done, by the name that it went under. */
  readonly #asked = new Map<string, Set<string>>()
  readonly #policy: Policy
  readonly #journal: Journal

  /**
   * @param areClocksRight Whether all processes have the same time.
   * @param recordsTouches Whether a write that changes no status has a row in the ledger.
   */
  constructor(policy: Policy, journal: Journal, areClocksRight: boolean, recordsTouches: boolean) {
    this.#recordsTouches = recordsTouches
    this.#areClocksRight = areClocksRight
    this.#policy = policy
    this.#journal = journal
  }

  /** The status that a session has at an instant; `null` where there is no such session. */
  statusAt(id: SessionId, now: number): Status | null {
    const known = this.sessions.get(id)
    return known === undefined || known.isPurged ? null : lawfulStatus(known.session, now)
  }

  /** The sessions of a client that are not purged. */
  sessionsOf(clientId: string): readonly SessionId[] {
    return this.#ofClient.get(clientId as ClientId)?.filter((id) => this.sessions.get(id)?.isPurged === false) ?? []
  }

  /** The sessions of a user, or of a client, that are open by what was committed: not closed, whatever has fallen due. */
  openOf({ userId, clientId }: Whose): readonly SessionId[] {
    const ids = userId === undefined ? this.#ofClient.get(clientId as ClientId) : this.#ofUser.get(userId as UserId)
    return (ids ?? []).filter((id) => lawfulRank(this.sessions.get(id)?.session.status ?? 'removed') >= 2)
  }

  /** How many sessions a command has changed, by the name that it went under. */
  changedBy(name: string): number {
    return this.#asked.get(name)?.size ?? 0
  }

  /** For how long sessions were live, all together, until an instant; milliseconds. */
  liveTime(end: number): number {
    let sum = 0
    for (const { session } of this.sessions.values()) {
      const { createdAt, closedAt, expireAt, abandonAt } = session
      const over = Math.min(expireAt, abandonAt, closedAt ?? end)
      sum += Math.max(0, Math.min(end, over) - createdAt)
    }
    return sum
  }

  /** Told of what the store has just written, and what the clock that was asked said then, epoch milliseconds. */
  committed(changes: readonly ClientChange[], now: number): void {
    for (const change of changes) {
      const bySession = Map.groupBy(change.transitions, ({ sessionId }) => sessionId)
      this.#checkClient(change)
      const before = new Map(change.before?.sessions.map((session) => [session.id, session]))
      for (const session of change.after?.sessions ?? []) {
        const read = before.get(session.id)
        before.delete(session.id)
        if (read !== session) this.#checkSession(session, bySession.get(session.id) ?? [], now)
        else if (bySession.has(session.id)) this.#breach('one-row-a-transition', session, 'has a row and no write')
      }
      for (const session of before.values()) this.#checkPurge(session, change.at)
      for (const transition of change.transitions) this.#take(transition)
    }
    for (const { transitions } of changes) {
      for (const { cause, userId, clientId, recordedAt } of transitions) {
        if (cause === 'sign-in') this.#checkLimits(userId, clientId, recordedAt)
      }
    }
  }

  /** What a sign-in leaves behind is within the policy, by the instant that it was decided at. */
  #checkLimits(userId: UserId, clientId: ClientId, now: number): void {
    const { sessionMode, maximumSessionsPerUser: maximum } = this.#policy
    const live = (ids: readonly SessionId[] = []) =>
      ids.filter((id) => lawfulRank(this.statusAt(id, now) ?? 'removed') === 3)
    const here = live(this.#ofClient.get(clientId)).length
    if (sessionMode === 'single' && here > 1) {
      this.#journal.breach('limits-of-policy', `${clientId} has ${here} live sessions in single mode`)
    }
    const everywhere = maximum === null ? [] : live(this.#ofUser.get(userId))
    // A snapshot may bring more than the maximum, and clocks that differ may differ on who is live.
    if (
      this.#areClocksRight &&
      everywhere.length > (maximum ?? 0) &&
      !everywhere.some((id) => this.#imported.has(id))
    ) {
      this.#journal.breach(
        'limits-of-policy',
        `${userId} has ${everywhere.length} live sessions, of ${maximum} at most`,
      )
    }
  }

  /**
   * Holds an answer that a session was changed to what was committed.
   *
   * @param meant The status that was asked for, where that is one.
   */
  acknowledged(id: SessionId, version: number, status: Status, meant: Status = status): void {
    if (status !== meant)
      this.#journal.breach('acknowledged-is-kept', `${id} was answered as ${status}, and not ${meant}`)
    const known = this.sessions.get(id)
    if (known?.statuses[version - 1] === status) return
    this.#journal.breach('acknowledged-is-kept', `${id} was answered as ${status} at version ${version}, and is not`)
  }

  #checkClient({ before, after }: ClientChange): void {
    const client = after ?? before
    if (client === null) return
    const known = this.#clients.get(client.id)
    if (after === null) {
      this.#clients.delete(client.id)
      return
    }
    // A touch of the last active session alone is no write of its client, which may have moved on.
    if (after.version === before?.version) return
    const version = known?.version ?? 0
    if (after.version !== version + 1) {
      this.#journal.breach('one-version-a-write', `${client.id} went from version ${version} to ${after.version}`)
    }
    if (after.updatedAt < (known?.updatedAt ?? 0)) this.#journal.breach('time-goes-on', `${client.id} moved back`)
    this.#clients.set(client.id, { version: after.version, updatedAt: after.updatedAt })
  }

  #checkSession(session: StoredSession, transitions: readonly Transition[], now: number): void {
    const known = this.sessions.get(session.id)
    if (known === undefined) {
      this.#checkNew(session, transitions)
      this.#ofClient.set(session.clientId, [...(this.#ofClient.get(session.clientId) ?? []), session.id])
      this.#ofUser.set(session.userId, [...(this.#ofUser.get(session.userId) ?? []), session.id])
      if (transitions[0]?.cause === 'import') this.#imported.add(session.id)
      this.sessions.set(session.id, { session, statuses: [session.status], isPurged: false })
      return
    }
    if (known.isPurged) this.#breach('dead-for-ever', session, 'was purged, and is written again')
    this.#checkStep(known.session, session, now)
    this.#checkTransitions(known.session, session, transitions)
    if (session.version === known.session.version + 1) this.#checkDeadlines(known.session, session)
    else
      this.#breach('one-version-a-write', session, `went from version ${known.session.version} to ${session.version}`)
    known.session = session
    known.statuses[session.version - 1] = session.status
  }

  #checkNew(session: StoredSession, transitions: readonly Transition[]): void {
    if (session.version !== 1) this.#breach('one-version-a-write', session, `begins at version ${session.version}`)
    const [first] = transitions
    const isBegun = first?.from === null && (first.cause === 'sign-in' || first.cause === 'import')
    if (!isBegun) this.#breach('one-row-a-transition', session, 'begins without a row that says so')
    if (transitions.at(-1)?.to !== session.status)
      this.#breach('one-row-a-transition', session, 'is not what its row says')
    if (first?.cause !== 'sign-in') return
    const { createdAt } = session
    const lifetime = lawfulDeadlines(
      { ...session, expireAt: 0 as never, abandonAt: 0 as never },
      createdAt,
      this.#policy,
    )
    const { maximumLifetime, abandonment } = this.#policy
    const longest = maximumLifetime === null ? Number.POSITIVE_INFINITY : createdAt + maximumLifetime
    const expireAt = this.#policy.inactivityTimeout === null ? longest : lifetime[0]
    if (session.expireAt !== expireAt || session.abandonAt !== createdAt + abandonment.after) {
      this.#breach('deadline-of-policy', session, 'begins with other deadlines than the policy gives')
    }
  }

  #checkStep(before: StoredSession, after: StoredSession, now: number): void {
    const [was, is] = [lawfulRank(before.status), lawfulRank(after.status)]
    const isKept = was === is && before.status !== after.status
    if (is > was || (isKept && !KEEPS_RANK.has(`${before.status} ${after.status}`))) {
      this.#breach('dead-for-ever', after, `was ${before.status}`)
    }
    const [due, dueThen] = [lawfulDue(before), lawfulDue(after)]
    if (lawfulRank(after.status) === 3 && due <= now && dueThen > now) {
      this.#breach('dead-for-ever', after, `was due at ${due}, and is extended at ${now}`)
    }
    const goesBack =
      after.updatedAt < before.updatedAt ||
      after.lastActiveAt < before.lastActiveAt ||
      after.createdAt !== before.createdAt ||
      after.expireAt < before.expireAt ||
      after.abandonAt < before.abandonAt
    if (goesBack) this.#breach('time-goes-on', after, `after ${JSON.stringify(before)}`)
  }

  #checkDeadlines(before: StoredSession, after: StoredSession): void {
    const isStill = after.expireAt === before.expireAt && after.abandonAt === before.abandonAt
    // Activity gives deadlines, though it be those that are there.
    if (isStill && after.lastActiveAt === before.lastActiveAt) return
    const [expireAt, abandonAt] = lawfulDeadlines(before, after.lastActiveAt, this.#policy)
    if (after.expireAt !== expireAt || after.abandonAt !== abandonAt) {
      this.#breach('deadline-of-policy', after, `ought to have ${expireAt} and ${abandonAt}`)
    }
  }

  #checkTransitions(before: StoredSession, after: StoredSession, transitions: readonly Transition[]): void {
    let { status } = before
    for (const { from, to } of transitions) {
      if (from !== status) this.#breach('one-row-a-transition', after, `has a row from ${from}, and was ${status}`)
      status = to
    }
    if (status !== after.status)
      this.#breach('one-row-a-transition', after, `has no row that leads there from ${status}`)
    const [first] = transitions
    const isRecorded = first?.cause === 'touch' && transitions.length === 1
    if (before.status === after.status && isRecorded !== this.#recordsTouches) {
      this.#breach('one-row-a-transition', after, 'was touched, and its ledger has it otherwise than was asked')
    }
    if (first === undefined) return
    const falls = lawfulFalls(before, first.recordedAt)
    for (const [place, { to, at }] of falls.entries()) {
      const row = transitions[place]
      if (row?.to !== to || row.at !== at) this.#breach('settled-first', after, `was ${to} at ${at} by then`)
    }
    for (const { cause, to, at } of transitions.slice(falls.length)) {
      const isEarly = cause === 'expire-deadline' || cause === 'abandon-deadline'
      if (isEarly) this.#breach('settled-first', after, `became ${to} before its deadline`)
      if (at < before.updatedAt) this.#breach('time-goes-on', after, `became ${to} before it was last updated`)
    }
  }

  #checkPurge(session: StoredSession, now: number): void {
    const known = this.sessions.get(session.id)
    const { closedAt, status } = known?.session ?? session
    const isOver = lawfulRank(status) < 2 && closedAt !== null && closedAt <= now - this.#policy.retention
    if (!isOver) this.#breach('purged-when-over', session, `closed at ${closedAt}, and purged at ${now}`)
    if (known !== undefined) known.isPurged = true
    this.#journal.meet('purge')
  }

  #take({ sessionId, from, to, cause, at, askedBy }: Transition): void {
    this.entries += 1
    if (from !== to) this.#journal.meet(`status ${to}`)
    this.#journal.meet(`cause ${cause}`)
    this.#journal.note(`${sessionId} ${from} -> ${to} ${cause} ${at}`)
    // A touch that is given again is another touch, where the policy's interval lets it.
    if (askedBy === undefined || cause === 'replace' || cause === 'touch') return
    // One sign-in begins one session, whichever that is.
    const what = cause === 'sign-in' ? cause : sessionId
    const done = this.#asked.get(askedBy) ?? new Set()
    if (done.has(what)) this.#journal.breach('asked-once-done-once', `${askedBy} changed ${sessionId} a second time`)
    this.#asked.set(askedBy, done.add(what))
  }

  #breach(invariant: Parameters<Journal['breach']>[0], { id, status }: StoredSession, what: string): void {
    this.#journal.breach(invariant, `${id}, ${status}, ${what}`)
  }
}
