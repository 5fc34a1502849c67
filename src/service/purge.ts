import type { EpochMs } from '../domain/instant.ts'
import { isClosed } from '../domain/status.ts'
import { changeOf } from '../store/client-change.ts'
import type { ClientChange, StoredClient, StoredSession } from '../store/port.ts'
import { limitOf, type PassOptions, runPass } from './bounded-pass.ts'
import type { Dependencies } from './dependencies.ts'

/** What a purge deleted. */
export interface PurgeOutcome {
  readonly sessions: number
  /** Clients that were left without sessions, and have not changed for as long. */
  readonly clients: number
  /** What was closed after this instant is kept: the policy's `retention` ago, epoch milliseconds. */
  readonly closedBy: EpochMs
  /** Clients that other writers had hold of each time. They are as they were, for the next purge. */
  readonly busy: number
  /** Whether nothing is left of what could be purged when it began. */
  readonly isDone: boolean
}

/**
 * One bounded pass that deletes the sessions that closed at least the policy's `retention` ago, the longest closed first,
 * and then the clients that hold no session any more and were last changed as long ago.
 *
 * A mark stays of each session's id, so that no import brings it back, and so does all of the ledger. A session that only
 * its deadlines have closed is kept until a sweep has written that down. Where it is cut short, what was purged is, and
 * another purge does the rest.
 *
 * @throws {TypeError} For a limit that is none.
 * @throws {StoreError} When the store fails.
 */
export async function purge(
  { store, policy: { retention } }: Pick<Dependencies, 'store' | 'policy'>,
  options: PassOptions = {},
): Promise<PurgeOutcome> {
  const limit = limitOf(options)
  const ago = (now: EpochMs) => (now - retention) as EpochMs
  const closedBy = ago(await store.now())
  const counts = { sessions: 0, clients: 0 }
  const pass = {
    sessions: 'all',
    decide: (client: StoredClient, now: EpochMs) => purgeClient(client, ago(now), now),
    written: (change: ClientChange) => count(counts, change),
  } as const
  const findClosed = (rows: number) => store.findClosed(closedBy, rows)
  const findEmpty = (rows: number) => store.findEmpty(closedBy, rows)
  const closed = await runPass(store, { ...pass, find: findClosed, limit })
  const empty = await runPass(store, { ...pass, find: findEmpty, limit: closed.left })
  return { ...counts, closedBy, busy: closed.busy + empty.busy, isDone: closed.isDone && empty.isDone }
}

/** A client without what is purged of it; `null` where that is nothing. */
function purgeClient(client: StoredClient, closedBy: EpochMs, now: EpochMs): ClientChange | null {
  const sessions = client.sessions.filter((session) => !isPurged(session, closedBy))
  if (sessions.length === 0 && client.updatedAt <= closedBy) {
    return { before: client, after: null, transitions: [], at: now }
  }
  if (sessions.length === client.sessions.length) return null
  const purged = new Set(client.sessions.filter((session) => isPurged(session, closedBy)).map(({ id }) => id))
  const { lastActiveSessionId: named } = client
  const after = {
    ...client,
    sessions,
    sessionIds: client.sessionIds.filter((id) => !purged.has(id)),
    lastActiveSessionId: named !== null && purged.has(named) ? null : named,
  }
  return changeOf(client, after, [], now)
}

function isPurged({ status, closedAt }: StoredSession, closedBy: EpochMs): boolean {
  return isClosed(status) && closedAt !== null && closedAt <= closedBy
}

function count(counts: { sessions: number; clients: number }, { before, after }: ClientChange): number {
  const sessions = (before?.sessions.length ?? 0) - (after?.sessions.length ?? 0)
  counts.sessions += sessions
  if (after === null) counts.clients += 1
  return sessions
}
