import { type EpochMs, later } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'
import { isClosed, isLive, rankOf, type Status } from '../../domain/status.ts'
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
 * - News older than what is stored change nothing: `older`.
 * - News that would make it more alive change nothing: `dead`. They do where their status ranks above the stored one,
 *   or where its deadlines have ended it by now, though nobody wrote that down, and theirs are later.
 * - News of a status that is less alive are a transition, cause `import`, at their `updatedAt`; the deadlines that lay
 *   before them fall first. So are news of the other live status, and of `replaced` where it is `ended`.
 * - Otherwise the stored status stands.
 *
 * With whatever is taken come `lastActiveAt`, `updatedAt` and the document; deadlines too, unless it was dead before the
 * news. Which it is does not change with time: what was imported once changes nothing the second time.
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
  const { session: base, transitions: fallen } = settledByNews(stored, incoming, now)
  if (rankOf(incoming.status) > rankOf(base.status)) return { kept: 'dead' }
  const wasLive = isLive(base.status)
  if (wasLive && wouldLiveLonger(stored, incoming, now)) return { kept: 'dead' }
  const { expireAt, abandonAt } = wasLive ? incoming : base
  const merged = {
    ...base,
    expireAt,
    abandonAt,
    lastActiveAt: incoming.lastActiveAt,
    updatedAt: later(base.updatedAt, incoming.updatedAt),
    document: sameOr(stored.document, document),
  }
  const transitions = fallen.map((transition) => ({ ...transition, recordedAt: now }))
  if (!follows(base.status, incoming.status)) {
    return { session: isUnchanged(stored, merged) ? stored : merged, transitions }
  }
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
export function follows(from: Status, to: Status): boolean {
  if (rankOf(to) !== rankOf(from)) return rankOf(to) < rankOf(from)
  return (isLive(from) && from !== to) || (from === 'ended' && to === 'replaced')
}

/** Whether news of a session that its deadlines have ended by now have it open, and end it later. */
function wouldLiveLonger(stored: StoredSession, incoming: Session, now: EpochMs): boolean {
  if (isClosed(incoming.status) || isLive(statusAt(stored, now))) return false
  return incoming.expireAt > stored.expireAt || incoming.abandonAt > stored.abandonAt
}

/** The document that is stored where a new one is the same to the character, and otherwise the new one. */
export function sameOr(stored: StoredDocument | null | undefined, document: StoredDocument): StoredDocument {
  return stored?.text === document.text && stored.form === document.form ? stored : document
}

function isUnchanged(stored: StoredSession, merged: StoredSession): boolean {
  return (
    merged.status === stored.status &&
    merged.updatedAt === stored.updatedAt &&
    merged.lastActiveAt === stored.lastActiveAt &&
    merged.expireAt === stored.expireAt &&
    merged.abandonAt === stored.abandonAt &&
    merged.document === stored.document
  )
}
