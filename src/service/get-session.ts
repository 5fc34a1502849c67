import type { EpochMs } from '../domain/instant.ts'
import type { SessionId } from '../domain/session.ts'
import type { Dependencies } from './dependencies.ts'
import { type SessionRecord, settledRecord } from './records.ts'
import { sessionRevision } from './revision.ts'

/**
 * One session as it is now, with every member that its snapshot had, named as the SDK names them.
 *
 * @returns `null` where there is none of that id.
 * @throws {StoreError} When the store fails.
 */
export async function getSession(
  dependencies: Pick<Dependencies, 'store'>,
  id: SessionId,
): Promise<SessionRecord | null> {
  return (await readSession(dependencies, id)).session
}

/** A session as it was read: with the instant that it was judged at, epoch milliseconds, and what names that answer. */
export type ReadSession =
  | { readonly session: SessionRecord; readonly now: EpochMs; readonly revision: string }
  | { readonly session: null; readonly now: EpochMs; readonly revision: null }

/** As {@link getSession}, with what a caller needs who signs for the answer, or compares it with another. */
export async function readSession({ store }: Pick<Dependencies, 'store'>, id: SessionId): Promise<ReadSession> {
  const [session] = await store.findSessions([id], { documents: true })
  const now = await store.now()
  if (session === undefined) return { session: null, now, revision: null }
  return { session: settledRecord(session, now), now, revision: sessionRevision(session, now) }
}
