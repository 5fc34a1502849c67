import type { FaultKind } from '../../simulation/faults/fault-kinds.ts'
import type { Scenario } from '../../simulation/run/world.ts'

const DAY = 86_400_000

/** Enough digits behind the point for a day to be told to the millisecond. */
const DIGITS = 9

/** What a command line said, and stays as it is where it is given again. */
export interface ReplayedOptions {
  readonly trial: boolean
  readonly policy?: string | undefined
  readonly workload?: string | undefined
  readonly faults?: string | undefined
  readonly without: readonly FaultKind[]
}

/** A length of time in days, without an exponent, such that {@link spanOf} has every millisecond of it again. */
export function daysOf(span: number): string {
  return (span / DAY).toFixed(DIGITS).replace(/\.?0+$/, '')
}

/** A number of days in milliseconds: a whole number, from 1. */
export function spanOf(days: number): number {
  return Math.max(1, Math.round(days * DAY))
}

/**
 * The command line that runs a scenario again, for a POSIX shell.
 *
 * @param without What it was made smaller by, besides what the command line left out already.
 */
export function replayCommand(
  { seed, clients, only, span }: Pick<Scenario, 'seed' | 'clients' | 'only' | 'span'>,
  without: readonly FaultKind[],
  options: ReplayedOptions,
): string {
  const { policy, workload, faults, trial } = options
  const files = Object.entries({ policy, workload, faults }).flatMap(([name, file]) =>
    file === undefined ? [] : [`--${name} ${quoted(file)}`],
  )
  const calm = [...new Set([...options.without, ...without])]
  return [
    ...['tenure simulate', `--seed ${seed}`, `--clients ${clients}`],
    ...(only === undefined ? [] : [`--only ${only.join(',')}`]),
    `--days ${daysOf(span)}`,
    ...(trial ? ['--trial'] : []),
    ...files,
    ...(calm.length > 0 ? [`--without ${calm.join(',')}`] : []),
  ].join(' ')
}

/** A word as a shell takes it whole. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
