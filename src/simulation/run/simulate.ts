import type { EpochMs } from '../../domain/instant.ts'
import type { Status } from '../../domain/status.ts'
import { LONGEST_PAUSE } from '../../jobs/deliveries/back-off.ts'
import { Arrivals } from '../workload/arrivals.ts'
import { populate } from '../workload/population.ts'
import { Visitor } from '../workload/visitor.ts'
import { startWaves } from '../workload/waves.ts'
import { checkEnd, checkLedger } from './check-end.ts'
import type { Violation } from './journal.ts'
import { Processes } from './processes.ts'
import { Reads } from './reads.ts'
import { openWorld, type Scenario, type World } from './world.ts'

/** How a simulation ended. */
export interface SimulationOutcome {
  /** The first promise that did not hold; `null` where all did. */
  readonly broken: Violation | null
  /** SHA-256 of the trace, in hexadecimal: the same for the same scenario. */
  readonly hash: string
  /** Lines of the trace, and the last of them. */
  readonly lines: number
  readonly tail: readonly string[]
  /** What was met, and how often. */
  readonly met: Readonly<Record<string, number>>
  readonly sessions: number
  readonly transitions: number
  /** Days that sessions were live, all together. */
  readonly sessionDays: number
  /** Events that were told, again or for the first time. */
  readonly events: number
}

const DAY = 86_400_000

/** How long is waited for what the processes catch up with, besides their intervals, once nothing is put off, milliseconds. */
const PATIENCE = 180_000

/** How far a run is, and what the service says then. */
export interface SimulationStep {
  /** Of the simulated time. */
  readonly share: number
  /** By the true time, epoch milliseconds. */
  readonly now: EpochMs
  /** How many sessions have one of these statuses, as a list of the service counts them. */
  count(status: readonly Status[]): Promise<number>
}

/** How a run is followed from outside. */
export interface SimulationOptions {
  /** Told each hundredth part of the simulated time. */
  readonly onStep?: ((step: SimulationStep) => unknown) | undefined
  /** Told of each line of the trace. */
  readonly onLine?: ((line: string) => void) | undefined
}

/**
 * Runs a scenario: people, processes and faults over one store under virtual time, held to the invariants all along, and to
 * what must have happened once the faults have stopped.
 *
 * The same scenario gives the same trace, byte for byte.
 */
export async function simulate(scenario: Scenario, options: SimulationOptions = {}): Promise<SimulationOutcome> {
  const world = await openWorld(scenario, options.onLine)
  const { journal } = world
  try {
    await run(world, options)
  } finally {
    await world.database.close()
  }
  return {
    broken: journal.broken,
    hash: journal.digest(),
    lines: journal.length,
    tail: journal.tail(),
    met: Object.fromEntries([...journal.met].sort(([a], [b]) => (a < b ? -1 : 1))),
    sessions: world.oracle.sessions.size,
    transitions: world.oracle.entries,
    sessionDays: world.oracle.liveTime(world.end) / DAY,
    events: world.audience.told,
  }
}

/** How many parts a run is told in. */
const STEPS = 100

async function run(world: World, { onStep }: SimulationOptions): Promise<void> {
  const { agenda, journal, scenario, end } = world
  const { faults, workload, span } = scenario
  const processes = new Processes(world)
  begin(world, processes)
  agenda.at(workload.start + span * faults.until, () => processes.mend())
  const isOver = () => journal.broken !== null
  let audited = workload.start as number
  for (let step = 1; step <= STEPS && !isOver(); step += 1) {
    await agenda.run(workload.start + (span * step) / STEPS, isOver)
    await onStep?.(stepOf(world, step / STEPS))
    if (agenda.now - audited < workload.auditEvery || step === STEPS) continue
    audited = agenda.now
    await checkLedger(world)
  }
  // What is left of visits ends by itself.
  const calm = Math.max(end, agenda.putOffUntil)
  const patience = PATIENCE + (world.receivers.length === 0 ? 0 : LONGEST_PAUSE + workload.eventsEvery)
  await agenda.run(calm + patience + workload.sweepInterval + workload.purgeInterval, isOver)
  if (isOver()) return
  processes.watchToTheEnd()
  await redriveAll(world)
  await agenda.run(agenda.now + patience, isOver)
  if (!isOver()) await checkEnd(world)
}

function stepOf({ agenda, database, databaseClock }: World, share: number): SimulationStep {
  const asOf = agenda.now as EpochMs
  const count = (status: readonly Status[]) =>
    database.call(databaseClock, async (store) => (await store.listSessions({ status, asOf, limit: 1 })).total)
  return { share, now: asOf, count }
}

/** Has what was given up be tried again, as an operator would once a receiver is well. */
async function redriveAll({ receivers, database, databaseClock, journal }: World): Promise<void> {
  for (const { queue } of receivers) {
    const redriven = await database.call(databaseClock, (_store, queues) => queues.redrive(queue))
    if (redriven === 0) continue
    journal.meet('webhook redriven')
    journal.note(`${redriven} of ${queue} are redriven`)
  }
}

function begin(world: World, processes: Processes): void {
  const { scenario, randomness, agenda } = world
  const { workload, clients, only } = scenario
  const everybody = populate(workload, clients, randomness.fork('people'))
  const people = only === undefined ? everybody : everybody.filter(({ place }) => only.includes(place))
  const reads = new Reads(world, processes)
  const arrivals = new Arrivals(workload)
  processes.start()
  for (const owner of people) {
    const visitor = new Visitor(world, processes, reads, arrivals, owner)
    agenda.at(agenda.now, () =>
      visitor.live().catch((error) => world.journal.breach('no-other-error', `${error?.stack}`)),
    )
  }
  startWaves(world, processes, people)
}
