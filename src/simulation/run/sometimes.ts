import { STATUSES } from '../../domain/status.ts'
import { FAULT_KINDS } from '../faults/fault-kinds.ts'

const CAUSES = [
  'sign-in',
  'expire-deadline',
  'abandon-deadline',
  'task-required',
  'tasks-completed',
  'end',
  'remove',
  'revoke',
  'replace',
  'import',
  'touch',
] as const

/** What else has to be met for a run to have tried what it claims. */
const MOMENTS = [
  'command without an answer',
  'event overtaken',
  'event told again',
  'outcome expired',
  'outcome id-taken',
  'outcome repeated',
  'outcome session-exists',
  'outcome throttled',
  'outcome too-many-sessions',
  'outcome unknown-client',
  'password reset',
  'purge',
  'read at a deadline',
  'sweep held by a clock',
  'wave',
  'webhook',
  'webhook again',
  'webhook given up',
  'webhook redriven',
  'webhook too late',
] as const

/** Everything that has to happen sometimes: every status, every cause, every fault, and the moments that are easily missed. */
const SOMETIMES: readonly string[] = [
  ...STATUSES.map((status) => `status ${status}`),
  ...CAUSES.map((cause) => `cause ${cause}`),
  ...Object.keys(FAULT_KINDS).map((kind) => `fault ${kind}`),
  ...MOMENTS,
]

/** What of it was never met. */
export function neverMet(met: Readonly<Record<string, number>>): readonly string[] {
  return SOMETIMES.filter((what) => met[what] === undefined)
}

/** Adds up what several runs met. */
export function sumMet(runs: Iterable<Readonly<Record<string, number>>>): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const run of runs) for (const [what, times] of Object.entries(run)) sum[what] = (sum[what] ?? 0) + times
  return Object.fromEntries(Object.entries(sum).sort(([a], [b]) => (a < b ? -1 : 1)))
}
