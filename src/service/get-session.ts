import type { SessionId } from '../domain/session.ts'
import type { Dependencies } from './dependencies.ts'
import { type SessionRecord, settledRecord } from './records.ts'

/**
 * One session as it is now, with every member that its snapshot had, named as the SDK names them.
 *
 * @returns `null` where there is none of that id.
 * @throws {StoreError} When the store fails.
 */
export async function getSession({ store }: Pick<Dependencies, 'store'>, id: SessionId): Promise<SessionRecord | null> {
  const [session] = await store.findSessions([id], { documents: true })
  return session === undefined ? null : settledRecord(session, await store.now())
}
