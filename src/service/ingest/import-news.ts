import type { View } from '../../store/port.ts'
import type { Dependencies } from '../dependencies.ts'
import { type BatchEntry, type ImportResult, importBatch } from '../import/import-batch.ts'
import type { Snapshot } from '../import/read-snapshot.ts'
import { snapshotWith } from './snapshot-with.ts'

/** Who asked, in the ledger. */
const ASKED_BY = 'clerk'

/**
 * Imports news of one session into whatever its client is by then: in one transaction, and as an import does.
 *
 * A session that was purged stays away, and makes no client. Where it is purged just now by somebody else it stays away too,
 * and at most its client is written.
 *
 * @param news The client that the session would begin.
 * @throws {StoreError} When the store fails, or others were faster each time; nothing was written then, unless the answer
 *   was lost, and importing the same again changes nothing.
 */
export async function importNews(dependencies: Dependencies, news: Snapshot): Promise<ImportResult> {
  const { store, policy } = dependencies
  const { sessionMode } = policy
  const ids = news.client.sessions.map(({ id }) => id)
  const marks = await store.findPurged(ids)
  if (marks.length > 0) {
    const kept = marks.map(({ sessionId }) => ({ sessionId, reason: 'purged' }) as const)
    const sessions = { added: [], changed: [], kept }
    return { index: 0, id: news.id, result: 'unchanged', errors: [], sessions, transitions: [] }
  }
  const entry: { -readonly [Member in keyof BatchEntry]: BatchEntry[Member] } = { index: 0, read: news }
  // The client is looked at each time that the import is tried, before it is decided on, and only there.
  const look = ({ clients, now }: View) => {
    const stored = clients.find(({ id }) => id === news.id) ?? null
    entry.read = snapshotWith(stored, news, { now, sessionMode })
  }
  const [result] = await importBatch(dependencies, [entry], ASKED_BY, look)
  return result as ImportResult
}
