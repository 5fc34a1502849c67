import { nextDeadline } from '../../domain/deadlines.ts'
import { isClosed, STATUSES } from '../../domain/status.ts'
import type { LedgerEntry, PurgeMark, SessionRecords, StoredSession } from '../../store/port.ts'
import { checkDocument } from './check-document.ts'
import { checkHistory, closingOf } from './check-history.ts'
import type { Report } from './differences.ts'

const CLOSED = STATUSES.filter((status) => isClosed(status))

/** Replays the ledger of a session against its row, or against the mark that it was purged. */
export function checkSession(records: SessionRecords, report: Report): void {
  const { session, entries, purge, dueAt } = records
  checkHistory(records, report)
  checkOwner(records, report)
  if (session === null) {
    if (purge === null) report('session-missing', records.sessionId, null)
    else if (entries.length === 0) report('history-missing', CLOSED, null)
    else checkPurge(purge, entries, report)
    return
  }
  if (purge !== null) report('purged-present', null, purge.purgedAt)
  if (dueAt !== nextDeadline(session)) report('due-differs', nextDeadline(session), dueAt)
  checkDocument(session, report)
  if (entries.length === 0) report('history-missing', session.status, null)
  else checkRow(session, entries, report)
}

function checkRow(session: StoredSession, entries: readonly LedgerEntry[], report: Report): void {
  const [first] = entries
  const last = entries.at(-1)
  if (first === undefined || last === undefined) return
  if (session.status !== last.to) report('status-differs', last.to, session.status, last.sequence)
  const closing = closingOf(entries)
  if (session.closedAt !== (closing?.at ?? null)) {
    report('closing-differs', closing?.at ?? null, session.closedAt, closing?.sequence)
  }
  if (first.cause === 'sign-in' && first.at !== session.createdAt) {
    report('creation-differs', first.at, session.createdAt, first.sequence)
  }
  for (const entry of entries) checkEntry(session, entry, report)
}

function checkEntry(session: StoredSession, { version, at, cause, sequence }: LedgerEntry, report: Report): void {
  if (version > session.version) report('version-ahead', session.version, version, sequence)
  if (at > session.updatedAt) report('update-behind', at, session.updatedAt, sequence)
  // Once a deadline has fallen nothing moves it, be it a touch or an import.
  const deadline = deadlineOf(session, cause)
  if (deadline !== null && at !== deadline) report('deadline-differs', deadline, at, sequence)
}

function deadlineOf({ expireAt, abandonAt }: StoredSession, cause: LedgerEntry['cause']) {
  if (cause === 'expire-deadline') return expireAt
  return cause === 'abandon-deadline' ? abandonAt : null
}

/** A purged session was closed, and by then for good. */
function checkPurge({ purgedAt }: PurgeMark, entries: readonly LedgerEntry[], report: Report): void {
  const closing = closingOf(entries)
  if (closing === undefined || closing.at > purgedAt) {
    report('purged-early', closing?.at ?? null, purgedAt, closing?.sequence)
  }
}

/** Session, ledger and mark are of one client, and session and ledger of one user. */
function checkOwner({ session, entries, purge }: SessionRecords, report: Report): void {
  const owner = session ?? entries[0]
  if (owner === undefined) return
  for (const { clientId, userId, sequence } of entries) {
    if (clientId !== owner.clientId) report('owner-differs', owner.clientId, clientId, sequence)
    if (userId !== owner.userId) report('owner-differs', owner.userId, userId, sequence)
  }
  if (purge !== null && purge.clientId !== owner.clientId) report('owner-differs', owner.clientId, purge.clientId)
}
