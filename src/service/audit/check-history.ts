import { isClosed, type Status } from '../../domain/status.ts'
import { isDeadlineCause } from '../../domain/transition.ts'
import type { LedgerEntry, SessionRecords } from '../../store/port.ts'
import { stepsFrom } from './allowed-steps.ts'
import type { Report } from './differences.ts'

/** What the ledger alone says of a session: that its rows follow from each other, each by a step that there is. */
export function checkHistory(records: SessionRecords, report: Report): void {
  const mayFall = mayDeadlinesHaveMoved(records)
  let before: LedgerEntry | null = null
  for (const entry of records.entries) {
    checkStep(before, entry, report)
    checkVersions(before, entry, report)
    checkTimes(before, entry, mayFall, report)
    before = entry
  }
}

function checkStep(before: LedgerEntry | null, { from, to, cause, sequence }: LedgerEntry, report: Report): void {
  const status: Status | null = before?.to ?? null
  if (from !== status) report('chain-broken', status, from, sequence)
  const steps = stepsFrom(from, cause)
  if (!steps.has(to)) report('impossible-step', [...steps], to, sequence)
}

/** The transitions of one write share its version and its instant, and each write has a version of its own. */
function checkVersions(before: LedgerEntry | null, entry: LedgerEntry, report: Report): void {
  const { version, recordedAt, sequence } = entry
  if (before === null) {
    if (version !== 1) report('version-order', 1, version, sequence)
  } else if (version < before.version) {
    report('version-order', before.version, version, sequence)
  } else if (version === before.version && recordedAt !== before.recordedAt) {
    report('version-repeated', before.recordedAt, recordedAt, sequence)
  }
}

function checkTimes(before: LedgerEntry | null, entry: LedgerEntry, mayFall: boolean, report: Report): void {
  const { cause, at, recordedAt, sequence } = entry
  const isDeadline = isDeadlineCause(cause)
  if (before !== null && at < before.at && !(isDeadline && mayFall)) report('time-order', before.at, at, sequence)
  // A snapshot tells of what has happened elsewhere, whenever that was.
  if (cause === 'import') return
  if (isDeadline ? recordedAt < at : at < recordedAt) report('time-recorded', recordedAt, at, sequence)
}

/**
 * Whether a snapshot may have brought a deadline that lies before what had happened by then. One that changed deadlines
 * and no status left no row; with its session the document that tells is gone.
 */
function mayDeadlinesHaveMoved({ session, entries }: SessionRecords): boolean {
  return session === null || Boolean(session.document) || entries.some(({ cause }) => cause === 'import')
}

/** The ledger row that first closed a session; `undefined` where none did. */
export function closingOf(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.find(({ to }) => isClosed(to))
}
