/**
 * The law of the lifecycle, written a second time and from its text alone: no machine, no table, and none of the
 * functions under test. It walks one instant after the other, so it is slow, and short enough to be read against
 * docs/lifecycle.md.
 */
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Client, Session } from '../../src/domain/session.ts'
import type { Status } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'

const LIVE: readonly Status[] = ['pending', 'active']
const DORMANT: readonly Status[] = ['expired']

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Row = Mutable<Session>

/** Every command: the statuses that accept it, and what it makes of them (`null`: as they are). */
export const COMMAND_LAW = {
  touch: { accepted: LIVE, result: null },
  requireTask: { accepted: ['active'], result: 'pending', cause: 'task-required' },
  completeTasks: { accepted: ['pending'], result: 'active', cause: 'tasks-completed' },
  end: { accepted: LIVE, result: 'ended', cause: 'end' },
  revoke: { accepted: [...LIVE, ...DORMANT], result: 'revoked', cause: 'revoke' },
  replace: { accepted: [...LIVE, ...DORMANT, 'ended'], result: 'replaced', cause: 'replace' },
  remove: {
    accepted: ['pending', 'active', 'expired', 'ended', 'replaced', 'abandoned', 'revoked'],
    result: 'removed',
    cause: 'remove',
  },
} as const satisfies Record<string, { accepted: readonly Status[]; result: Status | null; cause?: string }>

export type LawfulCommand = keyof typeof COMMAND_LAW

/** The status of a session at an instant: the three lines of the law. */
export function lawfulStatus({ status, expireAt, abandonAt }: Session, now: number): Status {
  if (!LIVE.includes(status) && !DORMANT.includes(status)) return status
  if (now >= abandonAt) return 'abandoned'
  return now >= expireAt ? 'expired' : status
}

/** What a client is after every deadline up to an instant has fallen, in time order. */
export function lawfulSettle(client: Client, now: EpochMs): { client: Client; transitions: Transition[] } {
  const rows: Row[] = client.sessions.map((session) => ({ ...session }))
  const transitions: Transition[] = []
  const after = { ...client } as Mutable<Client>
  const instants = new Set(rows.flatMap(({ expireAt, abandonAt }) => [expireAt, abandonAt]))
  for (const instant of [...instants].filter((each) => each <= now).sort((a, b) => a - b)) {
    const wasLive = isNamedLive(rows, after.lastActiveSessionId)
    for (const row of rows) {
      if (row.expireAt === instant && LIVE.includes(row.status)) transitions.push(fall(row, 'expired', instant, now))
    }
    for (const row of rows) {
      const waits = LIVE.includes(row.status) || DORMANT.includes(row.status)
      if (row.abandonAt === instant && waits) transitions.push(fall(row, 'abandoned', instant, now))
    }
    if (wasLive && !isNamedLive(rows, after.lastActiveSessionId)) {
      after.lastActiveSessionId = lawfulHeir(rows, instant)
      after.updatedAt = Math.max(after.updatedAt, instant) as EpochMs
    }
  }
  return { client: { ...after, sessions: rows }, transitions }
}

/** The deadlines that a touch leaves: of those that count from activity, the later of the stored and the policy's. */
export function lawfulDeadlines(
  session: Session,
  lastActiveAt: number,
  policy: Policy,
): [expire: number, abandon: number] {
  const { maximumLifetime, inactivityTimeout, abandonment } = policy
  const lifetime = maximumLifetime === null ? Number.POSITIVE_INFINITY : session.createdAt + maximumLifetime
  const idle = inactivityTimeout === null ? Number.NEGATIVE_INFINITY : lastActiveAt + inactivityTimeout
  const abandon = abandonment.from === 'creation' ? Number.NEGATIVE_INFINITY : lastActiveAt + abandonment.after
  return [Math.max(session.expireAt, Math.min(lifetime, idle)), Math.max(session.abandonAt, abandon)]
}

function fall(row: Row, to: 'expired' | 'abandoned', instant: EpochMs, now: EpochMs): Transition {
  const { clientId, id: sessionId, userId, status: from } = row
  row.status = to
  row.updatedAt = Math.max(row.updatedAt, instant) as EpochMs
  const cause = to === 'expired' ? 'expire-deadline' : 'abandon-deadline'
  return { clientId, sessionId, userId, from, to, cause, at: instant, recordedAt: now }
}

function isNamedLive(rows: readonly Row[], named: string | null): boolean {
  return rows.some(({ id, status }) => id === named && LIVE.includes(status))
}

/** Live then and created by then, with the latest `lastActiveAt`; of equals the greater id by code unit. */
function lawfulHeir(rows: readonly Row[], instant: EpochMs): Session['id'] | null {
  const heirs = rows.filter(({ status, createdAt }) => LIVE.includes(status) && createdAt <= instant)
  heirs.sort((a, b) => b.lastActiveAt - a.lastActiveAt || (a.id < b.id ? 1 : -1))
  return heirs[0]?.id ?? null
}
