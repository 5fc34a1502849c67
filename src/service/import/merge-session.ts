import { type EpochMs, later } from '../../domain/instant.ts'
import type { Deadlines, Session } from '../../domain/session.ts'
import { isLive, rankOf, type Status } from '../../domain/status.ts'
import { enterStatus, type Transition } from '../../domain/transition.ts'
import { settleSession, statusAt } from '../../lifecycle/settle-session.ts'
import type { StoredDocument, StoredSession } from '../../store/port.ts'

/** What an import is judged by, besides what is stored and what comes in. */
export interface Importing {
  /** Epoch milliseconds. */
  readonly now: EpochMs
  /** Who asked for the import, where somebody is named. */
  readonly askedBy?: string | undefined
}

/** Why a session of a snapshot is not taken: the store knows newer, or knows it dead, or has purged it. */
export type KeptReason = 'older' | 'dead' | 'purged'

/** A stored session after news of it. Where nothing of it changed it is the very object that was stored. */
export type MergedSession =
  | { readonly session: StoredSession; readonly transitions: readonly Transition[]; readonly kept?: never }
  | { readonly kept: 'older' | 'dead' }

/**
 * What becomes of a stored session when a snapshot has news of it.
 *
 * - News older than what is stored changes nothing: `older`.
 * - News of a session more alive than the stored one is, both as they are now, changes nothing: `dead`.
 * - Of a live session that is still live the news are taken whole. Where its deadlines have ended it by now, though
 *   nobody wrote that down, neither deadline moves later.
 * - Of a live session that is over, or of a dead one that is more over, the status is taken: first fall the deadlines
 *   that lay before the news, then comes a transition with the cause `import`, at the news' `updatedAt`. `replaced` may
 *   follow `ended`, as it may without an import.
 * - Otherwise the stored status stands. The deadlines of what is dead stay as they are.
 *
 * With whatever is taken comes the document. No rank ever rises, and no `updatedAt` moves back.
 *
 * @param incoming The session as its snapshot has it, not settled.
 */
export function mergeSession(
  stored: StoredSession,
  incoming: Session,
  document: StoredDocument,
  importing: Importing,
): MergedSession {
  const { now } = importing
  if (incoming.updatedAt < stored.updatedAt) return { kept: 'older' }
  const standing = statusAt(stored, now)
  if (rankOf(statusAt(incoming, now)) > rankOf(standing)) return { kept: 'dead' }
  const { session: base, transitions: fallen } = settledByNews(stored, incoming, now)
  const transitions = fallen.map((transition) => ({ ...transition, recordedAt: now }))
  const merged = {
    ...base,
    ...deadlinesOf(base, incoming, standing),
    lastActiveAt: incoming.lastActiveAt,
    updatedAt: later(base.updatedAt, incoming.updatedAt),
    document: isSameDocument(stored.document, document) ? (stored.document ?? document) : document,
  }
  if (!follows(base.status, incoming.status)) return { session: sameOr(stored, merged), transitions }
  const transition = importTransition(merged, incoming.status, importing)
  return { session: enterStatus(merged, transition), transitions: [...transitions, transition] }
}

/** The transition that an import makes of a session, at its `updatedAt`. */
export function importTransition(
  session: Session,
  to: Status,
  { now, askedBy }: Importing,
  from: Status | null = session.status,
): Transition {
  const { clientId, id: sessionId, userId, updatedAt: at } = session
  const transition = { clientId, sessionId, userId, from, to, cause: 'import', at, recordedAt: now } as const
  return askedBy === undefined ? transition : { ...transition, askedBy }
}

/** The stored session as its deadlines had it when the news were made, where the news are of another status. */
function settledByNews(stored: StoredSession, incoming: Session, now: EpochMs) {
  const isAlike = stored.status === incoming.status || (isLive(stored.status) && isLive(incoming.status))
  if (isAlike) return { session: stored, transitions: [] }
  return settleSession(stored, incoming.updatedAt < now ? incoming.updatedAt : now)
}

/** Whether news of a status change it: to what is less alive, among live ones, and from ended to replaced. */
function follows(from: Status, to: Status): boolean {
  if (rankOf(to) !== rankOf(from)) return rankOf(to) < rankOf(from)
  return (isLive(from) && from !== to) || (from === 'ended' && to === 'replaced')
}

function deadlinesOf(base: Session, { expireAt, abandonAt }: Session, standing: Status): Deadlines {
  if (!isLive(base.status)) return { expireAt: base.expireAt, abandonAt: base.abandonAt }
  if (isLive(standing)) return { expireAt, abandonAt }
  return { expireAt: earlier(base.expireAt, expireAt), abandonAt: earlier(base.abandonAt, abandonAt) }
}

function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}

/** Whether a document is the one that is stored, to the character. */
export function isSameDocument(stored: StoredDocument | null | undefined, document: StoredDocument): boolean {
  return stored?.text === document.text && stored.form === document.form
}

function sameOr(stored: StoredSession, merged: StoredSession): StoredSession {
  const isSame =
    merged.status === stored.status &&
    merged.updatedAt === stored.updatedAt &&
    merged.lastActiveAt === stored.lastActiveAt &&
    merged.expireAt === stored.expireAt &&
    merged.abandonAt === stored.abandonAt &&
    merged.document === stored.document
  return isSame ? stored : merged
}
