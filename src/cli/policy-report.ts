import { spellDuration } from '../domain/duration.ts'
import type { Fault } from '../domain/errors.ts'
import type { Policy } from '../domain/policy.ts'
import type { Remark } from '../domain/standards.ts'
import { printable, wrap } from './columns.ts'
import { type Io, isColourful } from './io.ts'
import { type Painter, painterFor } from './paint.ts'

/** Where there is less room than this beside a label, the text goes below it. Columns. */
const NARROW = 30

const VERDICTS = { meets: 'meets', misses: 'MISSES', documents: 'note' } as const
const COLOURS = { meets: 'green', misses: 'red', documents: 'yellow' } as const

/** A refused policy, for people: each fault with its pointer, what to do about it, and its code. */
export function reportRefusal(name: string, faults: readonly Fault[], io: Io): string {
  const paint = painterFor(isColourful(io.stdout, io.env))
  const paths = faults.map(({ path }) => printable(path) || '(document)')
  const room = Math.min(NARROW, Math.max(...paths.map(({ length }) => length)))
  const entries = faults.map(({ code, message }, index) => {
    const path = paths[index] as string
    return entry(path.padEnd(room), `${message} [${code}]`, widthOf(io), (label) => paint('red', label))
  })
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  const headline = wrap(`${printable(name)} is refused: ${count}.`, widthOf(io)).join('\n')
  return `${paint('bold', headline)}\n\n${entries.join('')}`
}

/** A valid policy, for people: what it says, in words, and what each standard says of that. */
export function reportPolicy(name: string, policy: Policy, remarks: readonly Remark[], io: Io): string {
  const paint = painterFor(isColourful(io.stdout, io.env))
  const width = widthOf(io)
  const headline = `${printable(name)} is a valid policy: a session ${expiryOf(policy)}.`
  const details = detailsOf(policy).flatMap((detail) => wrap(detail, width - 2).map((line) => `  ${line}`))
  const blocks = [[...wrap(headline, width), ...details].join('\n')]
  for (const standard of new Set(remarks.map((remark) => remark.standard))) {
    const its = remarks.filter((remark) => remark.standard === standard)
    const entries = its.map((remark) => remarkEntry(remark, width, paint))
    blocks.push(`${paint('bold', standard)}\n${entries.join('')}`.trimEnd())
  }
  return `${[...blocks, wrap(closingOf(remarks), width).join('\n')].join('\n\n')}\n`
}

function remarkEntry({ verdict, level, clause, path, message }: Remark, width: number, paint: Painter): string {
  const label = [VERDICTS[verdict].padEnd(6), (level ?? '').padEnd(4), clause.padEnd(6)].join('  ')
  const isNamed = verdict !== 'misses' || message.includes(path.slice(1))
  return entry(label, isNamed ? message : `${message} (${path})`, width, (text) => paint(COLOURS[verdict], text))
}

function closingOf(remarks: readonly Remark[]): string {
  const count = (wanted: Remark['verdict']) => remarks.filter(({ verdict }) => verdict === wanted).length
  const counts = `${count('meets')} met, ${count('misses')} missed, ${count('documents')} to write down.`
  return `${counts} Which of them bind you is yours to know: a policy is valid without any of them.`
}

function detailsOf(policy: Policy): string[] {
  const { abandonment, touchInterval, retention } = policy
  const from = abandonment.from === 'creation' ? 'its creation' : 'its last activity'
  return [
    `It is abandoned ${spellDuration(abandonment.after)} after ${from}.`,
    `${modeOf(policy)}.`,
    `${limitOf(policy)}.`,
    `Activity is recorded once in ${spellDuration(touchInterval)} at most.`,
    `A closed session is kept for ${spellDuration(retention)}.`,
  ]
}

function expiryOf({ maximumLifetime, inactivityTimeout }: Policy): string {
  const idle = inactivityTimeout && `after ${spellDuration(inactivityTimeout)} without activity`
  if (maximumLifetime === null) return `expires ${idle}, and never while it is in use`
  const lifetime = `expires ${spellDuration(maximumLifetime)} after its creation`
  return idle ? `${lifetime}, or ${idle}` : `${lifetime}, however active it is`
}

function modeOf({ sessionMode, onConflict }: Policy): string {
  if (sessionMode === 'multi') return 'A client may hold several live sessions'
  const then = onConflict === 'replace' ? 'which a sign-in replaces' : 'and refuses a sign-in beside it'
  return `A client holds one live session, ${then}`
}

function limitOf({ maximumSessionsPerUser, onOverflow }: Policy): string {
  if (maximumSessionsPerUser === null) return 'A user may have any number of live sessions'
  const sessions = maximumSessionsPerUser === 1 ? '1 live session' : `${maximumSessionsPerUser} live sessions`
  const then = onOverflow === 'reject' ? 'is refused' : 'replaces the oldest'
  return `A user may have ${sessions}, and a sign-in beyond that ${then}`
}

function widthOf({ stdout }: Io): number {
  return stdout.columns || 80
}

/** A label, and text beside it that wraps under itself; under the label where there is no room beside. */
function entry(label: string, text: string, width: number, paint: (label: string) => string): string {
  const indent = label.length + 4
  if (width - indent < NARROW) {
    const lines = wrap(text, width - 4).map((line) => `    ${line}\n`)
    return `  ${paint(label.trimEnd())}\n${lines.join('')}`
  }
  const lines = wrap(text, width - indent)
  return `  ${paint(label)}  ${lines.join(`\n${' '.repeat(indent)}`)}\n`
}
