import { AssertionError } from 'node:assert'
import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import { isLive, type Status } from '../../domain/status.ts'
import type { Cause } from '../../domain/transition.ts'
import type { SessionRecord } from '../../service/records.ts'
import type { LedgerEntry } from '../../store/port.ts'
import { checkNames, type Instant, instantOf } from './builder-parts.ts'
import { hear, type Testimony, tell, type Witness } from './session-tale.ts'

/** A row of the ledger as a test expects it: its cause, or as much of the row as matters. */
export type ExpectedRow =
  | Cause
  | {
      readonly cause?: Cause | undefined
      readonly from?: Status | null | undefined
      readonly to?: Status | undefined
      /** Epoch milliseconds, or text: ISO 8601 with a zone, or `now-P3D` by the clock. */
      readonly at?: Instant | undefined
      readonly askedBy?: string | undefined
    }

/**
 * Asserts what a session is now, and answers it.
 *
 * @param witness A test world, or a Tenure with its clock.
 * @throws {AssertionError} Whose message is the session's story, where it is anything else.
 */
export async function assertStatus(witness: Witness, sessionId: string, status: Status): Promise<SessionRecord> {
  const testimony = await hear(witness, sessionId)
  const { session } = testimony
  if (session?.status === status) return session
  return fail(witness, sessionId, testimony, { expected: status, actual: session?.status ?? null })
}

/** Asserts that a session is live now, as {@link assertStatus} does: `pending` or `active`. */
export async function assertLive(witness: Witness, sessionId: string): Promise<SessionRecord> {
  const testimony = await hear(witness, sessionId)
  const { session } = testimony
  if (session !== null && isLive(session.status)) return session
  return fail(witness, sessionId, testimony, { expected: 'live', actual: session?.status ?? null })
}

/**
 * Asserts what the ledger says of a session: these rows in this order, and no others.
 *
 * What deadlines did and nobody has written down is no row: sweep first, or open the world with `sweeps`.
 *
 * @throws {AssertionError} Whose message says which row differs and is the session's story.
 */
export async function assertLedger(
  witness: Witness,
  sessionId: string,
  expected: readonly ExpectedRow[],
): Promise<readonly LedgerEntry[]> {
  const rows = expected.map((row) => rowOf(row, witness.clock.now()))
  const testimony = await hear(witness, sessionId)
  const { entries } = testimony
  const actual = entries.map((entry, index) => same(entry, rows[index] ?? { cause: entry.cause }))
  const isAsExpected = rows.length === entries.length && rows.every((row, index) => spell(row) === spell(actual[index]))
  if (isAsExpected) return entries
  const told = { expected: rows.map(spell), actual: actual.map(spell) }
  return fail(witness, sessionId, testimony, told, differenceOf(told.expected, told.actual))
}

type Row = Exclude<ExpectedRow, string>

const ROW_NAMES = ['cause', 'from', 'to', 'at', 'askedBy'] as const

function rowOf(row: ExpectedRow, now: EpochMs): Row {
  if (typeof row === 'string') return { cause: row }
  checkNames('assertLedger: a row', row, ROW_NAMES)
  return row.at === undefined ? row : { ...row, at: instantOf('assertLedger: at', row.at, now) }
}

/** Of a ledger's row the members that are expected of it. */
function same(entry: LedgerEntry, row: Row): Row {
  return Object.fromEntries(ROW_NAMES.filter((name) => row[name] !== undefined).map((name) => [name, entry[name]]))
}

function spell(row: Row | undefined): string {
  return ROW_NAMES.filter((name) => row?.[name] !== undefined)
    .map((name) => `${name} ${name === 'at' ? formatInstant(row?.at as EpochMs) : row?.[name]}`)
    .join(', ')
}

function differenceOf(expected: readonly string[], actual: readonly string[]): string {
  const place = Math.max(expected.length, actual.length)
  const first =
    Array.from({ length: place }, (_, index) => index).find((index) => expected[index] !== actual[index]) ?? 0
  const [wanted, found] = [expected[first], actual[first]]
  if (wanted === undefined) return `row ${first + 1} of the ledger was not expected: ${found}`
  if (found === undefined) return `row ${first + 1} of the ledger is not there: expected ${wanted}`
  return `row ${first + 1} of the ledger is ${found}, and was expected to be ${wanted}`
}

/** @throws {AssertionError} Always. */
async function fail(
  witness: Witness,
  sessionId: string,
  testimony: Testimony,
  { expected, actual }: { readonly expected: unknown; readonly actual: unknown },
  what = `expected the session to be ${expected}, and ${actual === null ? 'there is none' : `it is ${actual}`}`,
): Promise<never> {
  const message = `${what}\n\n${await tell(witness, sessionId, testimony)}\n`
  throw new AssertionError({ message, actual, expected, operator: 'tenure', stackStartFn: fail })
}
