/**
 * The session machine, compiled: for every status, event and order of past deadlines, what happens.
 *
 * The machine is the truth and the table is the engine. One pure XState step takes microseconds, one look-up here
 * nanoseconds, so the table is filled by walking the machine once, when this module is loaded, and nothing in it is
 * typed by hand. test/lifecycle/agreement.test.ts holds machine, table and closed form to the same answers.
 */
import { sessionMachine } from '../../machines/session.machine.ts'
import { stepByMachine } from '../../machines/session-engine.ts'
import { SESSION_COMMANDS, type SessionCommand, type SettledSession } from '../domain/command.ts'
import { PAST_DEADLINES, type PastDeadlines } from '../domain/deadlines.ts'
import type { EpochMs } from '../domain/instant.ts'
import { defaultPolicy } from '../domain/policy.ts'
import type { ClientId, Deadlines, Session, SessionId, UserId } from '../domain/session.ts'
import { STATUSES, type Status } from '../domain/status.ts'
import type { Entry } from '../domain/transition.ts'

/**
 * What an event does to a session of one status whose deadlines lie one way.
 *
 * - `accepted`: the command acts, after the deadlines before it
 * - `repeated`: the session is already what the command makes of it
 * - `refused`: this status does not take this command
 *
 * `settle` is accepted everywhere.
 */
export interface TableEntry {
  readonly verdict: 'accepted' | 'repeated' | 'refused'
  /** The status after all of it. */
  readonly status: Status
  /** Every status entered, deadlines first. */
  readonly steps: readonly Entry[]
}

/** What the table knows of: every command, and `settle`, which asks nothing but what the clock says. */
export type TableEvent = 'settle' | SessionCommand

type Row = Readonly<Record<PastDeadlines, TableEntry>>
type Rows = Readonly<Record<TableEvent, Row>>

const TABLE_EVENTS = ['settle', ...SESSION_COMMANDS] as const

const NOW = 1_000 as EpochMs
const DEADLINES: Readonly<Record<PastDeadlines, Deadlines>> = {
  none: deadlines(1_001, 1_001),
  expire: deadlines(999, 1_001),
  abandon: deadlines(1_001, 999),
  'expire-abandon': deadlines(998, 999),
  'abandon-expire': deadlines(999, 998),
}

/** The table: `TRANSITION_TABLE[status][event][pastDeadlines]`. Frozen, and without a prototype to fall through to. */
export const TRANSITION_TABLE: Readonly<Record<Status, Rows>> = compile()

function compile(): Record<Status, Rows> {
  assertMachineHasEveryStatus()
  const walks = record(STATUSES, (status) =>
    record(TABLE_EVENTS, (event) => record(PAST_DEADLINES, (past) => walk(status, event, past))),
  )
  const results = record(TABLE_EVENTS, (event) => resultOf(STATUSES.map((status) => walks[status][event].none)))
  return record(STATUSES, (status) =>
    record(TABLE_EVENTS, (event) =>
      record(PAST_DEADLINES, (past) => {
        const settled = event === 'settle' ? null : walks[status].settle[past]
        return judge(walks[status][event][past], settled, results[event])
      }),
    ),
  )
}

/** One pure step of the machine, over deadlines that lie one way. */
function walk(status: Status, event: TableEvent, past: PastDeadlines): SettledSession {
  const session = specimen(status, DEADLINES[past])
  return stepByMachine({ session, policy: defaultPolicy }, { type: `session.${event}`, now: NOW })
}

/**
 * The entry of a walk.
 *
 * @param settled What the deadlines alone make of the session; `null` where they are all that was asked for.
 * @param result The status that the event leads to wherever it is accepted, `null` where it keeps the status.
 */
function judge({ session, transitions }: SettledSession, settled: SettledSession | null, result: Status | null) {
  const steps = transitions.map(({ to, cause }) => Object.freeze({ to, cause }))
  // Every past deadline lies before NOW, so only a command that acts moves `updatedAt` to it.
  const acted = settled === null || session.updatedAt > settled.session.updatedAt
  const verdict = acted ? 'accepted' : session.status === result ? 'repeated' : 'refused'
  return Object.freeze({ verdict, status: session.status, steps: Object.freeze(steps) } as const)
}

/** The status that a command leads to, of its walks where no deadline is past. */
function resultOf(walks: readonly SettledSession[]): Status | null {
  return walks.flatMap(({ transitions }) => transitions).at(0)?.to ?? null
}

function specimen(status: Status, { expireAt, abandonAt }: Deadlines): Session {
  return {
    id: 'sess_specimen' as SessionId,
    clientId: 'client_specimen' as ClientId,
    userId: 'user_specimen' as UserId,
    status,
    createdAt: 0 as EpochMs,
    updatedAt: 0 as EpochMs,
    lastActiveAt: 0 as EpochMs,
    expireAt,
    abandonAt,
  }
}

function assertMachineHasEveryStatus(): void {
  const leaves = Object.values(sessionMachine.states).flatMap((group) => Object.keys(group.states))
  const missing = STATUSES.filter((status) => !leaves.includes(status))
  if (missing.length > 0 || leaves.length !== STATUSES.length) {
    throw new TypeError('the session machine and the list of statuses have drifted apart')
  }
}

function deadlines(expireAt: number, abandonAt: number): Deadlines {
  return { expireAt: expireAt as EpochMs, abandonAt: abandonAt as EpochMs }
}

function record<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  const entries = Object.create(null) as Record<K, V>
  for (const key of keys) entries[key] = value(key)
  return Object.freeze(entries)
}
