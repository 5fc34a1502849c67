import { nextDeadline } from '../domain/deadlines.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { ClientId, SessionId } from '../domain/session.ts'
import { isClosed, isLive } from '../domain/status.ts'
import { isRecordedTouch, type Transition } from '../domain/transition.ts'
import type { ClientChange, PurgeMark, StoredClient, StoredSession } from './port.ts'

/** A session to write: a new row at version 1, any other over the version before its own. */
export interface SessionWrite {
  readonly session: StoredSession
  readonly dueAt: EpochMs | null
  /** The `dueAt` of the row that it is written over; `null` for a new one. */
  readonly wasDueAt: EpochMs | null
}

/** A row of the ledger to write, and the version that its session has after it. */
export interface LedgerWrite extends Transition {
  readonly version: number
}

/** Rows to delete, if they still have the version that they were read with. */
export interface Deletion<Id> {
  readonly id: Id
  readonly version: number
}

/** Every row that changes write, in the order that locks are taken in. */
export interface WriteSet {
  readonly newClients: readonly StoredClient[]
  readonly clients: readonly StoredClient[]
  readonly newSessions: readonly SessionWrite[]
  readonly sessions: readonly SessionWrite[]
  readonly purgedSessions: readonly Deletion<SessionId>[]
  readonly purgedClients: readonly Deletion<ClientId>[]
  readonly marks: readonly PurgeMark[]
  readonly ledger: readonly LedgerWrite[]
}

/**
 * What a command made of a client, made ready to be stored.
 *
 * A session that is the very object that was read is not written; any other is, at the next version. The client is
 * written with every transition, with any session but its last active one, and with whatever else of it changed:
 * whoever read it before then has to read it again, for what it shows, and who comes next, hang on the statuses and the
 * activity of its sessions. A touch of its last active session alone leaves it, recorded in the ledger or not.
 *
 * @param before As read; `null` for a new client.
 * @param after The same client after the lifecycle's functions.
 */
export function changeOf(
  before: StoredClient | null,
  after: StoredClient,
  transitions: readonly Transition[],
  at: EpochMs,
): ClientChange & { readonly after: StoredClient } {
  const read = new Map(before?.sessions.map((session) => [session.id, session]))
  let writesOther = false
  const sessions = after.sessions.map((session) => {
    if (read.get(session.id) === session) return session
    writesOther ||= session.id !== before?.lastActiveSessionId
    return written(session, transitions)
  })
  const isWritten =
    before === null ||
    writesOther ||
    !transitions.every(isRecordedTouch) ||
    sessions.length !== before.sessions.length ||
    after.sessionIds !== before.sessionIds ||
    after.lastActiveSessionId !== before.lastActiveSessionId ||
    after.updatedAt !== before.updatedAt ||
    after.document !== before.document
  const version = isWritten ? after.version + 1 : after.version
  return { before, after: { ...after, sessions, version }, transitions, at }
}

function written(session: StoredSession, transitions: readonly Transition[]): StoredSession {
  return { ...session, version: session.version + 1, closedAt: closingOf(session, transitions) }
}

/** When a session was first closed: before, or by one of these transitions. */
function closingOf(session: StoredSession, transitions: readonly Transition[]): EpochMs | null {
  if (!isClosed(session.status)) return null
  if (session.closedAt !== null) return session.closedAt
  return transitions.find(({ sessionId, to }) => sessionId === session.id && isClosed(to))?.at ?? session.updatedAt
}

/**
 * Every row that changes write. Rows of one kind are by id, so that two writers never wait for each other; those of the
 * ledger are in the order in which they took effect, where each client's are.
 */
export function writeSetOf(changes: readonly ClientChange[]): WriteSet {
  const set = {
    newClients: [] as StoredClient[],
    clients: [] as StoredClient[],
    newSessions: [] as SessionWrite[],
    sessions: [] as SessionWrite[],
    purgedSessions: [] as Deletion<SessionId>[],
    purgedClients: [] as Deletion<ClientId>[],
    marks: [] as PurgeMark[],
    ledger: [] as LedgerWrite[],
  }
  for (const change of changes) addChange(set, change)
  for (const rows of [set.newClients, set.clients, set.purgedSessions, set.purgedClients]) rows.sort(byId)
  for (const rows of [set.newSessions, set.sessions]) rows.sort((a, b) => byId(a.session, b.session))
  if (changes.every(({ transitions }) => transitions.every(isInOrder))) set.ledger.sort((a, b) => a.at - b.at)
  return set
}

type Growing = { -readonly [Key in keyof WriteSet]: WriteSet[Key][number][] }

function addChange(set: Growing, { before, after, transitions, at }: ClientChange): void {
  const read = new Map(before?.sessions.map((session) => [session.id, session]))
  const versions = new Map<SessionId, number>()
  for (const session of after?.sessions ?? []) {
    const former = read.get(session.id)
    read.delete(session.id)
    if (former === session) continue
    versions.set(session.id, session.version)
    const dueAt = nextDeadline(session)
    if (former === undefined) set.newSessions.push({ session, dueAt, wasDueAt: null })
    else set.sessions.push({ session, dueAt, wasDueAt: nextDeadline(former) })
  }
  for (const { id, version, clientId } of read.values()) {
    set.purgedSessions.push({ id, version })
    set.marks.push({ sessionId: id, clientId, purgedAt: at })
  }
  for (const transition of transitions) {
    const version = versions.get(transition.sessionId)
    if (version === undefined) throw new TypeError('a transition of a session that did not change')
    set.ledger.push({ ...transition, version })
  }
  if (after === null) set.purgedClients.push(before as StoredClient)
  else if (before === null) set.newClients.push(after)
  else if (after.version > before.version) set.clients.push(after)
}

/** Whether a transition took effect no earlier than the one before it. */
function isInOrder({ at }: Transition, place: number, transitions: readonly Transition[]): boolean {
  return at >= (transitions[place - 1]?.at ?? at)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

/**
 * Whether a session would be extended over a deadline that has fallen since it was decided: whoever asked in between was
 * told that it is over, and it does not come back. To be decided anew, as where a row has moved on.
 *
 * @param now The present, by the clock that the decision was made by, epoch milliseconds.
 */
export function extendsFallen({ session, dueAt, wasDueAt }: SessionWrite, now: EpochMs): boolean {
  return isLive(session.status) && wasDueAt !== null && wasDueAt <= now && dueAt !== null && dueAt > now
}

/** Whether changes write nothing but one session's row: a touch that is not recorded. */
export function isLight(set: WriteSet): boolean {
  return set.ledger.length === 0 && touchIn(set) !== null
}

/** One session's row, and the row of the ledger where it is a touch that is recorded. */
export interface Touch {
  readonly write: SessionWrite
  readonly entry: LedgerWrite | null
}

/** The touch that changes are; `null` where they write more than one session's row. A transition writes its client, too. */
export function touchIn(set: WriteSet): Touch | null {
  const [write] = set.sessions
  const [entry = null] = set.ledger
  const others =
    set.newClients.length +
    set.clients.length +
    set.newSessions.length +
    set.purgedSessions.length +
    set.purgedClients.length
  const isAlone = set.sessions.length === 1 && set.ledger.length <= 1 && others === 0
  return write !== undefined && isAlone ? { write, entry } : null
}
