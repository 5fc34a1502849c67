import { type Stats, statSync } from 'node:fs'
import { counted } from '../domain/counted.ts'
import { defaultPolicy } from '../domain/policy.ts'
import { sha256 } from '../service/digest.ts'
import type { FaultKind } from '../simulation/faults/fault-kinds.ts'
import { readFaults, withoutFaults } from '../simulation/faults/faults.ts'
import { INVARIANTS } from '../simulation/run/journal.ts'
import { shrink } from '../simulation/run/shrink.ts'
import { type SimulationOutcome, simulate } from '../simulation/run/simulate.ts'
import { neverMet, sumMet } from '../simulation/run/sometimes.ts'
import { drawTrial } from '../simulation/run/trial.ts'
import type { Scenario } from '../simulation/run/world.ts'
import { readWorkload } from '../simulation/workload/workload.ts'
import { statsOf } from './inputs.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter, OutputFile } from './output.ts'
import { loadPolicy } from './policy-file.ts'
import { Progress } from './progress.ts'
import { loadSettings } from './simulate/load-settings.ts'
import { daysOf, replayCommand, spanOf } from './simulate/replay-command.ts'

/** What `tenure simulate` can be told. */
export interface SimulateOptions {
  readonly seed: number
  /** How many seeds to go through, from that one on. */
  readonly seeds: number
  /** Drawn from the seed where it is a trial. */
  readonly clients?: number | undefined
  /** Only these of them, by their places from 1 on. */
  readonly only?: readonly number[] | undefined
  readonly days?: number | undefined
  readonly trial: boolean
  readonly policy?: string | undefined
  readonly workload?: string | undefined
  readonly faults?: string | undefined
  readonly without: readonly FaultKind[]
  readonly meetAll: boolean
  /** Where the trace goes, of one seed. */
  readonly trace?: string | undefined
  readonly printWorkload: boolean
}

/** What a simulation is of where nobody says. */
const CLIENTS = 10_000
const DAYS = 90

/** For how long a failure is made smaller, milliseconds; a run that is under way then is gone through with. */
const SHRINKING = 120_000

/** How much of a trace is shown. */
const SHOWN = 30

/**
 * `tenure simulate`: the service under virtual time, with people, processes and faults, all decided by a seed.
 *
 * @returns 1 where an invariant is broken or, with `--meet-all`, something never happened that has to happen sometimes.
 * @throws {UsageError} When a file cannot be read, or is refused.
 */
export async function simulateService(options: SimulateOptions, io: Io): Promise<ExitCode> {
  const out = new LineWriter(io.stdout, 'standard output')
  const scenarioOf = await scenarios(options, io)
  if (options.printWorkload) {
    out.json((await loadSettings('workload', options.workload, readWorkload, io)).document)
    await out.finish()
    return 0
  }
  if (options.trace !== undefined && options.seeds > 1) {
    throw new UsageError('a trace is of one seed: leave out --seeds, or --trace')
  }
  const trace = options.trace === undefined ? null : await OutputFile.open(options.trace, inUse(options, io))
  try {
    const code = await simulateSeeds(scenarioOf, { options, out, trace }, io)
    await trace?.commit()
    return code
  } catch (error) {
    trace?.discard()
    throw error
  }
}

/** What a run reads, or writes to otherwise. */
function inUse({ policy, workload, faults }: SimulateOptions, io: Io): (Stats | null)[] {
  const files = [policy, workload, faults].filter((file) => file !== undefined && file !== '-')
  return [...files.map((file) => statSync(file as string)), statsOf(io.stdout), statsOf(io.stderr)]
}

interface Writing {
  readonly options: SimulateOptions
  readonly out: LineWriter
  readonly trace: OutputFile | null
}

async function simulateSeeds(
  scenarioOf: (seed: string) => Scenario,
  { options, out, trace }: Writing,
  io: Io,
): Promise<ExitCode> {
  const outcomes: SimulationOutcome[] = []
  const progress = new Progress(100 * options.seeds, io)
  const begun = io.clock.elapsed()
  for (let seed = options.seed; seed < options.seed + options.seeds; seed += 1) {
    const scenario = scenarioOf(String(seed))
    refuseMissing(scenario)
    const start = io.clock.elapsed()
    const onLine = trace === null ? undefined : (line: string) => trace.lines.line(line)
    const onStep = async () => {
      progress.advance(1)
      await trace?.lines.flush()
    }
    const outcome = await simulate(scenario, { onStep, onLine })
    outcomes.push(outcome)
    if (outcome.broken !== null || options.seeds === 1) {
      if (outcome.broken !== null) progress.stop()
      const shrunk = outcome.broken === null ? null : await tellOf(scenario, outcome, options, io)
      const seconds = (io.clock.elapsed() - start) / 1000
      const { policy, workload, faults } = scenario
      const drawn = options.trial ? { drawn: { policy, workload, faults } } : {}
      out.json({ ...summary(scenario, outcome, seconds, shrunk), ...drawn })
    }
    if (outcome.broken !== null) break
  }
  progress.stop()
  if (options.seeds > 1) out.json(total(outcomes, (io.clock.elapsed() - begun) / 1000))
  await out.finish()
  if (outcomes.every(({ sessions }) => sessions === 0)) {
    io.stderr.write('tenure: nobody signed in, and nothing was tried: give more --clients or --days, or visitsPerDay\n')
  }
  const missing = options.meetAll ? neverMet(sumMet(outcomes.map(({ met }) => met))) : []
  if (missing.length > 0) io.stderr.write(`tenure: never met: ${missing.join(', ')}\n`)
  return missing.length > 0 || outcomes.some(({ broken }) => broken !== null) ? 1 : 0
}

/** @throws {UsageError} Where clients are named that there are not: a run without anybody breaks nothing. */
function refuseMissing({ seed, clients, only = [] }: Scenario): void {
  const missing = only.filter((place) => place > clients)
  if (missing.length === 0) return
  throw new UsageError(
    `--only names ${missing.join(', ')}, and seed ${seed} has ${counted(clients, 'client')}: give --clients, or other places`,
  )
}

/** What makes a scenario of a seed. */
async function scenarios(options: SimulateOptions, io: Io): Promise<(seed: string) => Scenario> {
  const { clients, days, without } = options
  const only = options.only === undefined ? {} : { only: options.only }
  if (options.trial) {
    if (options.policy ?? options.workload ?? options.faults) {
      throw new UsageError(
        'a trial draws policy, workload and faults from its seed: give none of them, or leave out --trial',
      )
    }
    return (seed) => {
      const drawn = drawTrial(seed)
      const span = days === undefined ? drawn.span : spanOf(days)
      return {
        ...drawn,
        ...only,
        clients: clients ?? drawn.clients,
        span,
        faults: withoutFaults(drawn.faults, without),
      }
    }
  }
  const policy = options.policy === undefined ? defaultPolicy : await loadPolicy(options.policy, io)
  const workload = (await loadSettings('workload', options.workload, readWorkload, io)).settings
  const faults = withoutFaults((await loadSettings('faults', options.faults, readFaults, io)).settings, without)
  return (seed) => ({
    seed,
    clients: clients ?? CLIENTS,
    ...only,
    span: spanOf(days ?? DAYS),
    policy,
    workload,
    faults,
  })
}

function summary({ seed, clients, span }: Scenario, outcome: SimulationOutcome, seconds: number, shrunk: Told | null) {
  const { broken, hash, lines, sessions, transitions, events, sessionDays, met } = outcome
  return {
    ...{ seed: Number(seed), clients, days: Number(daysOf(span)), hash, lines, sessions, transitions, events },
    ...{ sessionDays: Math.round(sessionDays), seconds: rounded(seconds) },
    sessionDaysPerSecond: Math.round(sessionDays / seconds),
    ...(broken === null ? { broken: null } : { broken, replay: shrunk?.replay }),
    met,
  }
}

function total(outcomes: readonly SimulationOutcome[], seconds: number) {
  const sum = (of: (outcome: SimulationOutcome) => number) => outcomes.reduce((all, outcome) => all + of(outcome), 0)
  return {
    seeds: outcomes.length,
    // Every trace in one: of two machines, or two runs, that have the same, no seed differs.
    hash: sha256(outcomes.map(({ hash }) => hash).join('\n')),
    broken: outcomes.filter(({ broken }) => broken !== null).length,
    sessions: sum(({ sessions }) => sessions),
    transitions: sum(({ transitions }) => transitions),
    events: sum(({ events }) => events),
    seconds: rounded(seconds),
    met: sumMet(outcomes.map(({ met }) => met)),
  }
}

interface Told {
  readonly replay: string
}

/** Shrinks a failure, and tells of it: what broke, the trace to there, and the command that shows it again. */
async function tellOf(scenario: Scenario, outcome: SimulationOutcome, options: SimulateOptions, io: Io): Promise<Told> {
  const say = (text: string) => io.stderr.write(`${text}\n`)
  const { broken } = outcome
  if (broken === null) throw new TypeError('nothing is broken')
  say(`tenure: seed ${scenario.seed} breaks ${broken.invariant}: ${INVARIANTS[broken.invariant]}`)
  say(`tenure: making it smaller …`)
  const until = io.clock.elapsed() + SHRINKING
  const shrunk = await shrink(scenario, outcome, () => io.clock.elapsed() >= until)
  const { clients, only, span } = shrunk.scenario
  say(
    `tenure: ${counted(shrunk.runs, 'run')} later: ${counted(only?.length ?? clients, 'client')}, ${daysOf(span)} days; the last it does:`,
  )
  for (const line of shrunk.outcome.tail.slice(-SHOWN)) say(`  ${line}`)
  const replay = replayCommand(shrunk.scenario, shrunk.without, options)
  say(`tenure: this shows it again, and --trace FILE all of it:\n  ${replay}`)
  return { replay }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
