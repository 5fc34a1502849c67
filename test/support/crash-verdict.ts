/** Holds what a store has after a crash to itself, and to what its writers were told. Each complaint is a line of text. */
import { isLive } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { SessionRecord } from '../../src/service/records.ts'
import type { LedgerEntry, SessionRecords, Store } from '../../src/store/port.ts'
import type { Asked, Journal, Told } from './crash-journal.ts'
import type { Dump } from './stored.ts'

/** What the rows and the ledger say against each other, and against the lifecycle. */
export async function halfWritten(store: Store): Promise<string[]> {
  const tenure = await openTenure({ store })
  const faults: string[] = []
  for await (const { code, sessionId, clientId, expected, found } of tenure.audit()) {
    faults.push(`${sessionId ?? clientId}: ${code}, ${found} for ${expected}`)
  }
  return faults
}

/** Who is signed in twice on one client: a sign-in was written, and not what it takes the place of. */
export function twiceSignedIn({ clients }: Dump): string[] {
  return clients.flatMap(({ id, sessions }) => {
    const users = sessions.filter(({ status }) => isLive(status)).map(({ userId }) => userId)
    return new Set(users).size === users.length ? [] : [`${id}: somebody is signed in on it twice`]
  })
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
    ...[...journal.asked.values()].flatMap((asked) => faultsOfParts(asked, byTag.get(asked.asked) ?? [])),
    ...[...journal.told.values()].flatMap((told) => [
      ...faultsOfTransitions(told, times),
      ...faultsOfTag(told, byTag.get(told.told) ?? []),
      ...(told.changed && told.session ? faultsOfRow(told, told.session, rows.get(told.session.id)) : []),
    ]),
  ]
}

function faultsOfParts({ asked, rows }: Asked, { length: found }: readonly LedgerEntry[]): string[] {
  return rows === undefined || found === 0 || found === rows ? [] : [`${asked}: ${found} of its ${rows} ledger rows`]
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
