import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Faults } from '../faults/faults.ts'
import { type SeededRandomness, seededRandomness } from '../seeded-randomness.ts'
import type { Workload } from '../workload/workload.ts'
import { Agenda } from './agenda.ts'
import { Audience } from './audience.ts'
import { Journal } from './journal.ts'
import { Oracle } from './oracle.ts'
import { ProcessClock } from './process-clock.ts'
import { SharedDatabase } from './shared-database.ts'
import { type EndpointReceiver, makeEndpoints } from './webhook-jobs.ts'

/** How long a delivery is whoever's took it: longer than two attempts take. */
export const WEBHOOK_LEASE = 90_000 as DurationMs

/** Everything that decides how a simulation goes. */
export interface Scenario {
  readonly seed: string
  readonly clients: number
  /** Only these of them, by their places from 1 on; all where it is left out. Each does what it does among the others. */
  readonly only?: readonly number[]
  /** How long people come, milliseconds. */
  readonly span: number
  readonly policy: Policy
  readonly workload: Workload
  readonly faults: Faults
}

/** What a simulation is made of, and all its parts have in common. */
export interface World {
  readonly scenario: Scenario
  readonly agenda: Agenda
  readonly journal: Journal
  readonly oracle: Oracle
  readonly audience: Audience
  /** Who webhooks are sent to; nobody where the workload has no endpoints. */
  readonly receivers: readonly EndpointReceiver[]
  readonly database: SharedDatabase
  /** The database's own clock. */
  readonly databaseClock: Clock
  readonly randomness: SeededRandomness
  /** When nobody comes any more, epoch milliseconds. */
  readonly end: number
  /** Whether things still go wrong. */
  isFaulty: boolean
}

/**
 * Makes the world of a scenario, as it is before anything happens.
 *
 * @param onLine Told of each line of the trace.
 */
export async function openWorld(scenario: Scenario, onLine?: (line: string) => void): Promise<World> {
  const { seed, policy, workload, faults, span } = scenario
  const agenda = new Agenda(workload.start)
  const journal = new Journal(agenda, onLine)
  const databaseClock = new ProcessClock(agenda, 0).clockFor((fire) => fire())
  const database = await SharedDatabase.open(workload.store, databaseClock, { lease: WEBHOOK_LEASE })
  const randomness = seededRandomness(seed)
  const receivers = await makeEndpoints(workload.webhooks, {
    ...{ database, journal, clock: databaseClock, attempts: workload.webhookRetries.length + 1 },
    randomness: randomness.fork('endpoints'),
  })
  return {
    scenario,
    agenda,
    journal,
    oracle: new Oracle(policy, journal, faults.driftPpm === 0 && faults.stepsPerDay === 0, workload.recordTouches),
    audience: new Audience(journal),
    receivers,
    database,
    databaseClock,
    randomness,
    end: workload.start + span,
    isFaulty: true,
  }
}
