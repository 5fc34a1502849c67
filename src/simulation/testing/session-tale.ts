/**
 * A session's story, for who reads why a test failed: what happened to it and when, by which policy, and what is to come.
 */
import { nextDeadline } from '../../domain/deadlines.ts'
import { formatDuration } from '../../domain/duration.ts'
import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import { relativeTime } from '../../domain/relative-time.ts'
import { toSessionId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import { settleSession } from '../../lifecycle/settle-session.ts'
import type { SessionRecord } from '../../service/records.ts'
import type { Tenure } from '../../service/tenure.ts'
import type { LedgerEntry } from '../../store/port.ts'

/** What a session's story is told from. A test world is one; so is any Tenure with the clock it was opened with. */
export interface Witness {
  readonly tenure: Pick<Tenure, 'getSession' | 'listSessions' | 'history'>
  readonly clock: { now(): EpochMs }
  /** Told where it is known. */
  readonly policy?: Policy | undefined
  readonly seed?: string | undefined
  readonly start?: EpochMs | undefined
}

/** What is known of a session. */
export interface Testimony {
  /** As it is now, settled; `null` where the store holds no such session, or no more. */
  readonly session: SessionRecord | null
  /** Its whole ledger, in the order it was written. */
  readonly entries: readonly LedgerEntry[]
  /** What its deadlines have done since, and nobody wrote down yet. */
  readonly unwritten: readonly Transition[]
  readonly now: EpochMs
}

/** Reads what is known of a session. @throws {TypeError} For text that is no id. */
export async function hear({ tenure, clock }: Witness, sessionId: string): Promise<Testimony> {
  const id = toSessionId(sessionId)
  const entries: LedgerEntry[] = []
  for (let after: number | undefined; ; ) {
    const { items, next } = await tenure.history({ sessionId: id, limit: 1000, after })
    entries.push(...items)
    if (next === null) break
    after = next
  }
  const session = await tenure.getSession(id)
  const now = clock.now()
  const last = entries.at(-1)
  // What the ledger says last is what is stored: settled anew, it tells what reads say and nobody wrote.
  const stored = session !== null && last !== undefined ? { ...session, status: last.to } : null
  return { session, entries, unwritten: stored === null ? [] : settleSession(stored, now).transitions, now }
}

/** Tells a session's story: lines of text, the last one without an end. @throws {TypeError} For text that is no id. */
export async function storyOf(witness: Witness, sessionId: string): Promise<string> {
  return tell(witness, sessionId, await hear(witness, sessionId))
}

/** Tells what was heard. */
export async function tell(witness: Witness, sessionId: string, testimony: Testimony): Promise<string> {
  const { session, entries, now } = testimony
  const lines = [`now      ${formatInstant(now)}${worldOf(witness, now)}`]
  if (witness.policy !== undefined) lines.push(`policy   ${policyInWords(witness.policy)}`)
  lines.push(`session  ${await whoIs(witness, sessionId, testimony)}`)
  if (entries.length > 0) lines.push('', 'what happened', ...rowsOf(testimony))
  if (session !== null) lines.push('', 'what is to come', ...comingOf(session, now))
  return lines.join('\n')
}

function worldOf({ seed, start }: Witness, now: EpochMs): string {
  const parts = [
    ...(start === undefined ? [] : [`the world began ${relativeTime(start, now)}`]),
    ...(seed === undefined ? [] : [`seed ${JSON.stringify(seed)}`]),
  ]
  return parts.map((part) => `, ${part}`).join('')
}

async function whoIs(witness: Witness, sessionId: string, { session, entries, now }: Testimony): Promise<string> {
  if (session !== null) {
    const { status, userId, clientId, lastActiveAt } = session
    return `${sessionId} of ${userId} on ${clientId}, ${status}, last active ${relativeTime(lastActiveAt, now)}`
  }
  if (entries.length > 0) return `${sessionId}, which was purged: only its ledger is left`
  const { items, total } = await witness.tenure.listSessions({ limit: 5 })
  const held = items.map(({ id }) => id).join(', ')
  const rest = total > items.length ? ` and ${total - items.length} more` : ''
  return `there is no ${sessionId}: the store holds ${total === 0 ? 'no session' : `${held}${rest}`}`
}

/** The members that hold, by their names in a policy document. */
function policyInWords(policy: Policy): string {
  const { maximumLifetime, inactivityTimeout, abandonment, touchInterval, sessionMode, onConflict, retention } = policy
  const told = [
    ...(maximumLifetime === null ? [] : [`maximumLifetime ${formatDuration(maximumLifetime)}`]),
    ...(inactivityTimeout === null ? [] : [`inactivityTimeout ${formatDuration(inactivityTimeout)}`]),
    `abandonment ${formatDuration(abandonment.after)} from ${abandonment.from}`,
    `touchInterval ${formatDuration(touchInterval)}`,
    `${sessionMode} mode${onConflict === null ? '' : ` (${onConflict})`}`,
    ...(policy.maximumSessionsPerUser === null
      ? []
      : [`maximumSessionsPerUser ${policy.maximumSessionsPerUser} (${policy.onOverflow})`]),
    `retention ${formatDuration(retention)}`,
  ]
  return told.join(', ')
}

function rowsOf({ entries, unwritten, now }: Testimony): string[] {
  const rows = [
    ...entries.map((entry) => ({ ...entry, isWritten: true })),
    ...unwritten.map((transition) => ({ ...transition, isWritten: false })),
  ]
  const ages = rows.map(({ at }) => relativeTime(at, now))
  const width = Math.max(...ages.map((age) => age.length))
  return rows.map(({ at, recordedAt, from, to, cause, askedBy, isWritten }, index) => {
    const notes = [
      cause,
      ...(askedBy === undefined ? [] : [`asked by ${askedBy}`]),
      ...(isWritten ? [] : ['not written down yet']),
      ...(isWritten && recordedAt !== at ? [`written down ${formatInstant(recordedAt)}`] : []),
    ]
    const step = from === null ? `begins ${to}` : `${from} -> ${to}`
    return `  ${formatInstant(at)}  ${(ages[index] as string).padEnd(width)}  ${step} (${notes.join(', ')})`
  })
}

function comingOf(session: SessionRecord, now: EpochMs): string[] {
  if (nextDeadline(session) === null) return ['  nothing: it is over']
  const coming = [
    ...(isLive(session.status) ? [{ name: 'expireAt', at: session.expireAt }] : []),
    { name: 'abandonAt', at: session.abandonAt },
  ]
  return coming
    .sort((a, b) => a.at - b.at)
    .map(({ name, at }) => `  ${formatInstant(at)}  ${relativeTime(at, now)}  ${name}`)
}
