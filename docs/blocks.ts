/** What stands between the markers of the docs, each block made of the code that it speaks of. */
import { Readable, Writable } from 'node:stream'
import faultsSchema from '../schemas/faults.schema.json' with { type: 'json' }
import policySchema from '../schemas/policy.schema.json' with { type: 'json' }
import workloadSchema from '../schemas/workload.schema.json' with { type: 'json' }
import { main } from '../src/cli/main.ts'
import { SESSION_COMMANDS } from '../src/domain/command.ts'
import { PAST_DEADLINES } from '../src/domain/deadlines.ts'
import {
  DurationError,
  type ErrorCode,
  InstantError,
  PolicyError,
  SnapshotError,
  StoreError,
  type StoreErrorCode,
} from '../src/domain/errors.ts'
import type { EpochMs } from '../src/domain/instant.ts'
import { POLICY_FAULTS } from '../src/domain/policy-rules.ts'
import { groupOf, STATUSES, type Status } from '../src/domain/status.ts'
import { nextDeadline, TRANSITION_TABLE } from '../src/lifecycle/index.ts'
import { DIFFERENCES } from '../src/service/audit/differences.ts'
import { ManualClock } from '../src/simulation/index.ts'
import { INVARIANTS } from '../src/simulation/run/journal.ts'
import { FINDINGS } from '../src/snapshot/findings.ts'
import { errorRows, operationRows, settingRows } from './http-blocks.ts'

/**
 * The text of a block, by the name in its marker: a table below, or a command line whose output it is.
 *
 * @throws {TypeError} When there is no block of that name.
 */
export async function renderBlock(name: string): Promise<string> {
  if (name.startsWith('tenure ')) return commandBlock(name)
  const table = TABLES[name]
  if (table === undefined) throw new TypeError(`there is no generated block '${name}'`)
  return table()
}

const TABLES: Readonly<Record<string, () => string>> = {
  statuses: () =>
    tableOf(['status', 'group', 'meaning', 'next deadline', 'commands it accepts'], STATUSES.map(statusRow)),
  'commands by status': () =>
    tableOf(
      ['', ...SESSION_COMMANDS.map(code)],
      STATUSES.map((status) => [code(status), ...SESSION_COMMANDS.map((command) => commandCell(status, command))]),
    ),
  'deadlines by status': () =>
    tableOf(
      ['', ...ORDERS.map(code)],
      STATUSES.map((status) => [code(status), ...ORDERS.map((order) => deadlineCell(status, order))]),
    ),
  findings: () =>
    tableOf(
      ['code', 'severity', 'meaning'],
      Object.entries(FINDINGS).map(([name, [severity, meaning]]) => [code(name), severity, meaning]),
    ),
  'policy faults': () =>
    tableOf(
      ['code', 'meaning'],
      Object.entries(POLICY_FAULTS).map(([name, meaning]) => [code(name), meaning]),
    ),
  differences: () =>
    tableOf(
      ['code', 'meaning'],
      Object.entries(DIFFERENCES).map(([name, meaning]) => [code(name), meaning]),
    ),
  errors: () =>
    tableOf(
      ['code', 'class', 'thrown when'],
      ERRORS.map((error) => [code(error.code), code(error.name), ERROR_MEANINGS[error.code]]),
    ),
  "clerk's operations": () => tableOf(['operation', 'key', 'does'], operationRows(true)),
  'other operations': () => tableOf(['operation', 'key', 'does'], operationRows(false)),
  'http errors': () => tableOf(['status', 'code', 'when'], errorRows()),
  settings: () => tableOf(['member of the file', 'flag', 'variable', 'default', 'what it is'], settingRows()),
  invariants: () =>
    tableOf(
      ['invariant', 'what it says'],
      Object.entries(INVARIANTS).map(([name, meaning]) => [code(name), meaning]),
    ),
  workload: () => tableOf(['member', 'default', 'meaning'], membersOf(workloadSchema)),
  faults: () => tableOf(['member', 'default', 'meaning'], membersOf(faultsSchema)),
  policy: () => tableOf(['member', 'default', 'meaning'], Object.entries(policySchema.properties).map(policyRow)),
}

const STATUS_MEANINGS: Readonly<Record<Status, string>> = {
  pending: 'signed in, with tasks left to complete',
  active: 'signed in; the user may act',
  expired: '`expireAt` is past: no longer usable, its user may still come back',
  ended: 'the user signed out; the session stays on its client',
  replaced: 'a newer session took its place',
  abandoned: '`abandonAt` is past: its user never came back',
  revoked: 'the application ended it',
  removed: 'the user signed out, and the session left its client',
}

function statusRow(status: Status): string[] {
  const accepted = SESSION_COMMANDS.filter((command) => TRANSITION_TABLE[status][command].none.verdict === 'accepted')
  return [
    code(status),
    groupOf(status),
    STATUS_MEANINGS[status],
    deadlinesOf(status) || 'none',
    accepted.map(code).join(', ') || 'none',
  ]
}

/** Which deadlines can come next, as `nextDeadline` answers where either lies first. */
function deadlinesOf(status: Status): string {
  const [first, second] = [1 as EpochMs, 2 as EpochMs]
  const ifExpireFirst = nextDeadline({ status, expireAt: first, abandonAt: second })
  const ifAbandonFirst = nextDeadline({ status, expireAt: second, abandonAt: first })
  if (ifExpireFirst === null) return ''
  return ifExpireFirst === ifAbandonFirst ? '`expireAt` or `abandonAt`' : '`abandonAt`'
}

function commandCell(status: Status, command: (typeof SESSION_COMMANDS)[number]): string {
  const { verdict, steps } = TRANSITION_TABLE[status][command].none
  if (verdict !== 'accepted') return verdict
  return steps.length === 0 ? 'the same' : steps.map(({ to }) => code(to)).join(', ')
}

const ORDERS = PAST_DEADLINES.filter((past) => past !== 'none')

function deadlineCell(status: Status, order: (typeof ORDERS)[number]): string {
  const { steps } = TRANSITION_TABLE[status].settle[order]
  return steps.length === 0 ? 'the same' : steps.map(({ to }) => code(to)).join(', then ')
}

const STORE_CODES = [
  ...['ERR_STORE_CONFLICT', 'ERR_STORE_UNAVAILABLE', 'ERR_STORE_FULL', 'ERR_STORE_READ_ONLY'],
  ...['ERR_STORE_SCHEMA', 'ERR_STORE_CORRUPT', 'ERR_STORE_CLOSED', 'ERR_STORE_FAULT'],
] as const satisfies readonly StoreErrorCode[]
const ERRORS = [
  ...[new SnapshotError([]), new PolicyError([]), new InstantError(), new DurationError()],
  ...STORE_CODES.map((each) => new StoreError(each, '')),
]
const ERROR_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  ERR_SNAPSHOT_INVALID: '`parseClient` is given a snapshot that is rejected; its `errors` are the findings',
  ERR_POLICY_INVALID: '`readPolicy` is given a policy that is refused; its `errors` are the faults',
  ERR_INSTANT_INVALID: 'a text or a number is not an instant',
  ERR_DURATION_INVALID: 'a text is not a positive duration of fixed length',
  ERR_STORE_CONFLICT: 'other writers were first, more often than a command tries again; it can be given again',
  ERR_STORE_UNAVAILABLE: 'the database is locked, unreachable or restarting, or the connection was lost; try again',
  ERR_STORE_FULL: 'no space is left; nothing was written',
  ERR_STORE_READ_ONLY: 'the database can be read and not written',
  ERR_STORE_SCHEMA: "the database is newer than this version of Tenure, or not one of Tenure's",
  ERR_STORE_CORRUPT: 'the database is damaged',
  ERR_STORE_CLOSED: 'the store was closed before it was asked',
  ERR_STORE_FAULT: "anything else that the database refuses; the driver's error is the `cause`",
}

/** The rows of a schema's members, but for the one that is for editors. */
function membersOf({ properties }: { readonly properties: object }): string[][] {
  return Object.entries(properties)
    .filter(([member]) => member !== '$schema')
    .map(policyRow)
}

function policyRow([member, property]: [string, object]): string[] {
  const { description, default: byDefault } = property as { description: string; default?: unknown }
  const shown = byDefault === undefined ? '' : code(JSON.stringify(byDefault))
  return [code(member), shown, description.replace(/\bnull\b/g, '`null`')]
}

/** What a command line prints: the statechart as a drawing, everything else as it looks in a terminal. */
async function commandBlock(line: string): Promise<string> {
  let printed = ''
  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        printed += String(chunk)
        done()
      },
    })
  const io = { stdin: Readable.from([]), stdout: sink(), stderr: sink(), env: {}, clock: new ManualClock() }
  await main(line.split(' ').slice(1), io)
  if (printed.startsWith('stateDiagram')) return `\`\`\`mermaid\n${printed}\`\`\``
  return `\`\`\`console\n$ ${line}\n${printed.trimEnd()}\n\`\`\``
}

function code(text: string): string {
  return `\`${text}\``
}

/** A table in columns of even width, as the formatter would have it. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => (cells[column] ?? '').length)))
  const rule = widths.map((width) => '-'.repeat(width))
  const lineOf = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')
  return [head, rule, ...rows].map((cells) => `| ${lineOf(cells)} |`).join('\n')
}
