/** Holds what a store has after a crash to itself, and to what its writers were told. Each complaint is a line of text. */
import { nextDeadline } from '../../src/domain/deadlines.ts'
import type { Session } from '../../src/domain/session.ts'
import { isClosed, isLive } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import type { SessionRecord } from '../../src/service/records.ts'
import type { LedgerEntry, SessionRecords, StoredClient, StoredSession } from '../../src/store/port.ts'
import type { Journal, Told } from './crash-journal.ts'
import type { Dump } from './stored.ts'

/** What is half written: a session without its ledger, a client that names what is not there, a row that says two things. */
export function halfWritten({ clients, records }: Dump): string[] {
  const ids = new Set(clients.map(({ id }) => id as string))
  const orphans = records.filter(({ session }) => session !== null && !ids.has(session.clientId))
  return [
    ...orphans.map(({ sessionId }) => `${sessionId}: its client is not there`),
    ...records.flatMap(faultsOfSession),
    ...clients.flatMap(faultsOfClient),
    ...repeatedSequences(records),
  ]
}

/** What was told and is not there, or is there twice, or is there and was never asked for. */
export function broken(journal: Journal, { records }: Dump): string[] {
  const entries = records.flatMap((record) => record.entries)
  const byTag = Map.groupBy(entries, tagOf)
  const times = Map.groupBy(entries, transitionKey)
  const rows = new Map(records.map((record) => [record.sessionId as string, record]))
  const strangers = [...byTag.keys()].filter((tag) => tag !== null && !journal.asked.has(tag))
  return [
    ...strangers.map((tag) => `${tag}: in the ledger, and nobody asked for it`),
    ...[...journal.told.values()].flatMap((told) => [
      ...faultsOfTransitions(told, times),
      ...faultsOfTag(told, byTag.get(told.told) ?? []),
      ...(told.changed && told.session ? faultsOfRow(told, told.session, rows.get(told.session.id)) : []),
    ]),
  ]
}

function faultsOfSession({ sessionId, session, entries, purge, dueAt }: SessionRecords): string[] {
  const faults: string[] = []
  if (session === null && purge === null) faults.push('it is in the ledger, and neither there nor purged')
  if (session !== null && purge !== null) faults.push('it is purged, and there')
  if (session !== null && dueAt !== nextDeadline(session)) faults.push('it is due at another instant')
  if (session !== null && (session.closedAt !== null) !== isClosed(session.status)) faults.push('closed, or not?')
  return [...faults, ...faultsOfChain(session, entries)].map((fault) => `${sessionId}: ${fault}`)
}

/** Each row of the ledger takes up where the one before left off, and the last leaves off where the session is. */
function faultsOfChain(session: StoredSession | null, entries: readonly LedgerEntry[]): string[] {
  if (entries.length === 0) return ['no ledger row']
  const faults: string[] = []
  entries.forEach((entry, index) => {
    const before = entries[index - 1]
    if (entry.from !== (before?.to ?? null)) faults.push(`${entry.cause} from ${entry.from} after ${before?.to}`)
    if (before !== undefined && entry.version < before.version) faults.push('a version that goes back')
  })
  const last = entries.at(-1) as LedgerEntry
  if (session === null) return isClosed(last.to) ? faults : [...faults, 'purged while it was open']
  if (last.to !== session.status) faults.push(`${session.status} by its row, ${last.to} by the ledger`)
  if (last.version > session.version) faults.push('the ledger is ahead of its row')
  if (entries[0]?.version !== 1) faults.push('it did not begin at version 1')
  return faults
}

function faultsOfClient(client: StoredClient): string[] {
  const { id, sessions, sessionIds, lastActiveSessionId: named } = client
  const held = new Map(sessions.map((session) => [session.id as string, session]))
  const shown = sessions.filter(({ status }) => status !== 'removed').map((session) => session.id)
  const lastActive = named === null ? null : held.get(named)
  const faults = [
    ...sessionIds.filter((each) => !held.has(each)).map((each) => `it shows ${each}, which it does not hold`),
    ...shown.filter((each) => !sessionIds.includes(each)).map((each) => `it does not show ${each}, which it holds`),
    ...(lastActive === undefined ? [`its last active session ${named} is not there`] : []),
    ...(lastActive && !isLive(lastActive.status) ? [`its last active session ${named} is over`] : []),
    ...(new Set(sessions.map(({ place }) => place)).size < sessions.length ? ['two sessions in one place'] : []),
    ...twiceLive(sessions).map((user) => `${user} is signed in on it twice`),
  ]
  return faults.map((fault) => `${id}: ${fault}`)
}

function twiceLive(sessions: readonly Session[]): string[] {
  const live = Map.groupBy(
    sessions.filter(({ status }) => isLive(status)),
    ({ userId }) => userId,
  )
  return [...live].filter(([, held]) => held.length > 1).map(([user]) => user)
}

function repeatedSequences(records: readonly SessionRecords[]): string[] {
  const sequences = records.flatMap(({ entries }) => entries.map(({ sequence }) => sequence))
  return new Set(sequences).size === sequences.length ? [] : ['two ledger rows of one number']
}

function faultsOfTransitions({ told, transitions = [] }: Told, times: Map<string, LedgerEntry[]>): string[] {
  return transitions.flatMap((transition) => {
    const found = times.get(transitionKey(transition))?.length ?? 0
    return found === 1 ? [] : [`${told}: told of ${transition.cause}, which is in the ledger ${found} times`]
  })
}

/** What the ledger has under a command's name, where the command has said all that it did. */
function faultsOfTag({ told, changed, reason, transitions, revoked }: Told, found: readonly LedgerEntry[]): string[] {
  // It was told by the second call what the first had done.
  if (reason === 'repeated' || reason === 'id-taken') return []
  const named = transitions?.filter((transition) => tagOf(transition) === told).length
  const expected = revoked ?? (changed ? named : 0)
  if (expected === undefined || expected === found.length) return []
  return [`${told}: told of ${expected} transitions, and ${found.length} are in the ledger`]
}

/** A session is as it was told, or has moved on. */
function faultsOfRow({ told }: Told, was: SessionRecord, found: SessionRecords | undefined): string[] {
  if (found === undefined) return [`${told}: ${was.id} is not there`]
  const { session: is } = found
  if (is === null) return []
  if (is.version < was.version) return [`${told}: told of version ${was.version}, and ${is.version} is there`]
  if (is.lastActiveAt < was.lastActiveAt) return [`${told}: lastActiveAt is earlier than it was told`]
  const isSame = (['status', 'lastActiveAt', 'updatedAt', 'expireAt', 'abandonAt'] as const).every(
    (member) => is[member] === was[member],
  )
  return is.version > was.version || isSame ? [] : [`${told}: ${was.id} is not as it was told`]
}

/** The command that a transition was part of; `null` for the clock's. A session that takes another's place asks for it. */
function tagOf({ askedBy }: Transition): string | null {
  return askedBy === undefined ? null : askedBy.replace(/^sess_/, '')
}

function transitionKey({ sessionId, from, to, cause, at, recordedAt, askedBy }: Transition): string {
  return JSON.stringify([sessionId, from, to, cause, at, recordedAt, askedBy])
}
