import { isShown } from '../../domain/client-law.ts'
import { type EpochMs, later, MAXIMUM_INSTANT } from '../../domain/instant.ts'
import { successor } from '../../domain/last-active.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Session, SessionId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import { statusAt } from '../../lifecycle/settle-session.ts'
import { writeStored } from '../../snapshot/write-stored.ts'
import type { StoredClient, StoredDocument } from '../../store/port.ts'
import { mergeSession } from '../import/merge-session.ts'
import type { Snapshot } from '../import/read-snapshot.ts'

/**
 * The snapshot of a stored client that says of it what is stored, but for news of one of its sessions: what an import of it
 * changes is that session, and what follows for the client.
 *
 * - Where the news are not taken, the snapshot is older than all that is stored, so that it changes nothing.
 * - A session joins the list of what its client shows, behind the others, or leaves it.
 * - A live one is last active where nobody live is whose activity is later: no webhook tells of touches. Where it was last
 *   active and is over, the next live one has its place. Whichever of a client's webhooks come first, the same session has it.
 * - The client's `updatedAt` becomes that of the news, and never moves back.
 *
 * @param news The client that the session would begin. With no client stored it is the snapshot.
 */
export function snapshotWith(
  stored: StoredClient | null,
  news: Snapshot,
  { now, sessionMode }: { readonly now: EpochMs; readonly sessionMode: Policy['sessionMode'] },
): Snapshot {
  if (stored === null) return news
  const [incoming] = news.client.sessions as [Session]
  const [document] = news.documents.sessions as [StoredDocument]
  const { id, createdAt, sessionIds, lastActiveSessionId } = stored
  const documents = { ...news.documents, client: stored.document ?? clientDocument(stored) }
  const base = { id, createdAt, sessions: [incoming] }
  const merged = sessionAfter(stored, incoming, document, now)
  if (merged === null) {
    return { ...news, client: { ...base, sessionIds, lastActiveSessionId, updatedAt: 0 as EpochMs }, documents }
  }
  const client = {
    ...base,
    sessionIds: idsAfter(sessionIds, merged.id, isShown(merged.status, sessionMode)),
    lastActiveSessionId: lastActiveAfter(stored, merged, now),
    updatedAt: later(stored.updatedAt, incoming.updatedAt),
  }
  return { ...news, client, documents }
}

/** The session once its news are merged; `null` where they change nothing of it. */
function sessionAfter(stored: StoredClient, incoming: Session, document: StoredDocument, now: EpochMs): Session | null {
  const known = stored.sessions.find(({ id }) => id === incoming.id)
  if (known === undefined) return incoming
  const merged = mergeSession(known, incoming, document, { now })
  return merged.kept !== undefined || merged.session === known ? null : merged.session
}

function idsAfter(ids: readonly SessionId[], id: SessionId, isListed: boolean): readonly SessionId[] {
  if (isListed) return ids.includes(id) ? ids : [...ids, id]
  return ids.filter((each) => each !== id)
}

function lastActiveAfter(stored: StoredClient, merged: Session, now: EpochMs): SessionId | null {
  const { sessions, lastActiveSessionId: named } = stored
  const holder = sessions.find(({ id, status }) => id === named && isLive(status))
  if (isLive(merged.status)) {
    return holder === undefined || holder.id === merged.id ? merged.id : successor([holder, merged], MAXIMUM_INSTANT)
  }
  if (holder?.id !== merged.id) return named
  const others = sessions.filter((each) => each.id !== merged.id && isLive(statusAt(each, now)))
  return successor(others, MAXIMUM_INSTANT)
}

/** The document of a client that came in none, without its sessions. */
function clientDocument(stored: StoredClient): StoredDocument {
  return { form: 'sdk', text: writeStored({ ...stored, sessions: [] }, 'sdk') }
}
