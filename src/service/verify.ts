import type { EpochMs } from '../domain/instant.ts'
import type { Session, SessionId } from '../domain/session.ts'
import { isLive, type LiveStatus, type Status } from '../domain/status.ts'
import { statusAt } from '../lifecycle/settle-session.ts'
import type { Dependencies } from './dependencies.ts'
import { type SessionRecord, toSessionRecord } from './records.ts'

/** Whether a session is live, and where it is not, why and since when. */
export type Verdict =
  | { readonly live: true; readonly status: LiveStatus; readonly session: SessionRecord }
  | {
      readonly live: false
      /** The status that it has instead. */
      readonly reason: Exclude<Status, LiveStatus>
      /** The instant at which it got that status, epoch milliseconds. */
      readonly since: EpochMs
    }
  | { readonly live: false; readonly reason: 'unknown-session'; readonly since: null }

const UNKNOWN: Verdict = { live: false, reason: 'unknown-session', since: null }

/**
 * Says whether a session is live: the one question of the hot path, one read by primary key.
 *
 * It is judged by its deadlines at this instant, whatever was swept or not: at exactly `expireAt` it is expired.
 *
 * @throws {StoreError} When the store fails. There is no verdict then, and a caller should let nobody in.
 */
export async function verifySession({ store }: Pick<Dependencies, 'store'>, id: SessionId): Promise<Verdict> {
  const { session, now } = await store.findSession(id)
  if (session === null) return UNKNOWN
  const status = statusAt(session, now)
  if (isLive(status)) return { live: true, status, session: toSessionRecord(session) }
  return { live: false, reason: status, since: sinceWhen(session, status) }
}

/** When a session got the status that it has: at its deadline, or with its last change, whichever was first. */
function sinceWhen(session: Session, status: Status): EpochMs {
  const deadline = deadlineOf(session, status)
  if (deadline === null) return session.updatedAt
  // Where it is stored, a snapshot may have brought it before its deadline.
  return session.status === status && session.updatedAt < deadline ? session.updatedAt : deadline
}

function deadlineOf({ expireAt, abandonAt }: Session, status: Status): EpochMs | null {
  if (status === 'expired') return expireAt
  return status === 'abandoned' ? abandonAt : null
}
