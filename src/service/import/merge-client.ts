import { isShown } from '../../domain/client-law.ts'
import { later, MAXIMUM_INSTANT } from '../../domain/instant.ts'
import { successor } from '../../domain/last-active.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Client, Session, SessionId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import { statusAt } from '../../lifecycle/settle-session.ts'
import type { StoredClient, StoredDocument, StoredSession } from '../../store/port.ts'
import { type Importing, importTransition, type KeptReason, mergeSession, sameOr } from './merge-session.ts'
import type { Snapshot } from './read-snapshot.ts'

/** A session of a snapshot that was not taken, and why. */
export interface KeptSession {
  readonly sessionId: SessionId
  readonly reason: KeptReason
}

/** What a snapshot did to the sessions of a client. */
interface MergedSessions {
  /** By their places. */
  readonly sessions: readonly StoredSession[]
  readonly transitions: readonly Transition[]
  readonly added: readonly SessionId[]
  readonly changed: readonly SessionId[]
  readonly kept: readonly KeptSession[]
}

/** A client after a snapshot of it, and what the snapshot did. */
export interface MergedClient extends Omit<MergedSessions, 'sessions'> {
  /** With the versions that were stored. Where nothing changed it is the very object that was stored. */
  readonly client: StoredClient
}

/** What a client is merged by. */
export interface ClientImporting extends Importing {
  readonly policy: Pick<Policy, 'sessionMode'>
  /** Sessions that were purged. */
  readonly purged: ReadonlySet<SessionId>
}

/**
 * What becomes of a stored client when a snapshot of it comes in; a client that is not stored begins with it.
 *
 * Sessions that are stored are merged one by one. Others join behind them as they are in the snapshot, not settled, but
 * for those that were purged. Sessions that the snapshot does not have stay as they are.
 *
 * The client's own members are the snapshot's where it is not older than what is stored. Then `sessionIds` begins with
 * what was listed and is still held, and not known to the snapshot. From an older snapshot it only takes the ids of the
 * sessions that join. An id that was listed while its session was shown, and is not shown any more, is taken out.
 *
 * Where the last active session was live where its name comes from, and is not live once merged, the stored one keeps
 * its place if it is live, and otherwise the next live session has it, as after a deadline. One that was over and is
 * purged leaves the place empty.
 *
 * @param before As stored, or as an earlier snapshot left it; `null` where there is none.
 * @param snapshot One that conflicts with nothing stored.
 */
export function mergeClient(before: StoredClient | null, snapshot: Snapshot, importing: ClientImporting): MergedClient {
  const merged = mergeSessions(before, snapshot, importing)
  const { sessions, ...rest } = merged
  const isNewer = before === null || snapshot.client.updatedAt >= before.updatedAt
  const source: Client = isNewer ? snapshot.client : before
  const { id, createdAt } = before ?? snapshot.client
  const client = {
    id,
    createdAt,
    version: before?.version ?? 0,
    sessions: rest.added.length + rest.changed.length === 0 && before !== null ? before.sessions : sessions,
    sessionIds: sessionIdsOf(before, snapshot, merged, { isNewer, sessionMode: importing.policy.sessionMode }),
    lastActiveSessionId: lastActiveOf(before, source, sessions, importing),
    updatedAt: before === null ? source.updatedAt : later(before.updatedAt, source.updatedAt),
    document: isNewer ? sameOr(before?.document, snapshot.documents.client) : (before.document ?? null),
  }
  return { ...rest, client: before !== null && isUnchanged(before, client) ? before : client }
}

function mergeSessions(
  before: StoredClient | null,
  { client, documents }: Snapshot,
  importing: ClientImporting,
): MergedSessions {
  const sessions = before === null ? [] : [...before.sessions]
  const indexes = new Map(sessions.map(({ id }, index) => [id, index]))
  let place = sessions.reduce((last, session) => Math.max(last, session.place), -1)
  const transitions: Transition[] = []
  const added: SessionId[] = []
  const changed: SessionId[] = []
  const kept: KeptSession[] = []
  for (const [at, incoming] of client.sessions.entries()) {
    const { id: sessionId } = incoming
    const document = documents.sessions[at] as StoredDocument
    const index = indexes.get(sessionId)
    if (index !== undefined) {
      const stored = sessions[index] as StoredSession
      const merged = mergeSession(stored, incoming, document, importing)
      if (merged.kept !== undefined) kept.push({ sessionId, reason: merged.kept })
      else if (merged.session !== stored) {
        sessions[index] = merged.session
        transitions.push(...merged.transitions)
        changed.push(sessionId)
      }
    } else if (importing.purged.has(sessionId)) kept.push({ sessionId, reason: 'purged' })
    else {
      place += 1
      const session = begin(incoming, place, document)
      sessions.push(session)
      transitions.push(importTransition(session, session.status, importing, null))
      added.push(sessionId)
    }
  }
  return { sessions, transitions, added, changed, kept }
}

/** A session that joins. Only what the lifecycle knows is taken: its other members are in its document. */
function begin(incoming: Session, place: number, document: StoredDocument): StoredSession {
  const { id, clientId, userId, status, lastActiveAt, expireAt, abandonAt, updatedAt, createdAt } = incoming
  const ids = { id, clientId, userId, status }
  return {
    ...ids,
    lastActiveAt,
    expireAt,
    abandonAt,
    updatedAt,
    createdAt,
    version: 0,
    place,
    closedAt: null,
    document,
  }
}

function sessionIdsOf(
  before: StoredClient | null,
  { client }: Snapshot,
  { sessions, added, kept }: MergedSessions,
  { isNewer, sessionMode }: { readonly isNewer: boolean; readonly sessionMode: Policy['sessionMode'] },
): readonly SessionId[] {
  if (before === null && kept.length === 0) return client.sessionIds
  const shown = new Map(sessions.map(({ id, status }) => [id, isShown(status, sessionMode)]))
  /** Of a list's ids, those whose sessions were shown with it and are not any more. */
  const goneOf = (list: Client) =>
    new Set(
      list.sessions
        .filter(({ id, status }) => isShown(status, sessionMode) && shown.get(id) !== true)
        .map(({ id }) => id),
    )
  if (before === null || isNewer) {
    const gone = goneOf(client)
    const taken = client.sessionIds.filter((id) => !gone.has(id))
    return before === null ? taken : sameIds(before.sessionIds, [...restOf(before, client, kept, taken), ...taken])
  }
  const gone = goneOf(before)
  const joined = new Set(added)
  const stays = before.sessionIds.filter((id) => !gone.has(id))
  return sameIds(before.sessionIds, [
    ...stays,
    ...client.sessionIds.filter((id) => joined.has(id) && !stays.includes(id)),
  ])
}

/** The stored ids that a newer snapshot's list does not speak of: of sessions that it does not have, or knows less of. */
function restOf(
  before: StoredClient,
  client: Client,
  kept: readonly KeptSession[],
  taken: readonly SessionId[],
): SessionId[] {
  const held = new Set(before.sessions.map(({ id }) => id))
  const told = new Set([...taken, ...client.sessions.map(({ id }) => id)])
  const known = new Set(kept.filter(({ reason }) => reason !== 'purged').map(({ sessionId }) => sessionId))
  for (const id of taken) known.delete(id)
  return before.sessionIds.filter((id) => held.has(id) && (!told.has(id) || known.has(id)))
}

function sameIds(stored: readonly SessionId[], ids: readonly SessionId[]): readonly SessionId[] {
  return stored.length === ids.length && stored.every((id, index) => id === ids[index]) ? stored : ids
}

function lastActiveOf(
  before: StoredClient | null,
  source: Client,
  sessions: readonly StoredSession[],
  { now, purged }: ClientImporting,
): SessionId | null {
  const named = source.lastActiveSessionId
  if (named === null || isLiveIn(sessions, named)) return named
  if (!isLiveIn(source.sessions, named)) return purged.has(named) ? null : named
  const stored = before?.lastActiveSessionId ?? null
  if (stored !== null && isLiveIn(sessions, stored)) return stored
  const live = sessions.filter((session) => isLive(statusAt(session, now)))
  // However late they were created: a clock that is behind the snapshot's is no reason to have nobody.
  return successor(live, MAXIMUM_INSTANT)
}

/** Whether a session is live by its stored status: what its deadlines end is for the sweep to follow. */
function isLiveIn(sessions: readonly Session[], id: SessionId): boolean {
  return sessions.some((session) => session.id === id && isLive(session.status))
}

function isUnchanged(before: StoredClient, after: StoredClient): boolean {
  return (
    after.sessions === before.sessions &&
    after.sessionIds === before.sessionIds &&
    after.lastActiveSessionId === before.lastActiveSessionId &&
    after.updatedAt === before.updatedAt &&
    after.document === before.document
  )
}
