/** Scenarios for tests of the simulation: documents in, as a file would have them. */
import { type Faults, readFaults } from '../../src/simulation/faults/faults.ts'
import type { Scenario } from '../../src/simulation/run/world.ts'
import { readWorkload, type Workload } from '../../src/simulation/workload/workload.ts'
import { type ServicePolicy, servicePolicy } from './services.ts'
import { DAY } from './sessions.ts'

/** Every hour and every day alike, one user a client, and nobody does anything but come. */
export const PLAIN = {
  hours: Array.from({ length: 24 }, () => 1),
  weekdays: [1, 1, 1, 1, 1, 1, 1],
  devices: [1],
  ...{ sharedDevices: 0, imported: 0, signOuts: 0, tasks: 0, twice: 0, clientReads: 0, deadlineReads: 0 },
  ...{ passwordResets: 0, revocations: 0, waves: [], processes: 1 },
}

export interface ScenarioParts {
  readonly seed?: string
  readonly clients?: number
  readonly days?: number
  readonly policy?: ServicePolicy
  readonly workload?: object
  readonly faults?: object
}

/** A scenario of the default workload, but for these parts, and without faults. */
export function aScenario({ seed = '1', clients = 10, days = 1, policy = {}, ...parts }: ScenarioParts = {}): Scenario {
  const workload = settingsOf<Workload>(readWorkload(parts.workload ?? {}))
  const faults = settingsOf<Faults>(readFaults(parts.faults ?? {}))
  return { seed, clients, span: days * DAY, policy: servicePolicy(policy), workload, faults }
}

function settingsOf<T>(reading: { readonly settings?: T; readonly errors?: unknown }): T {
  if (reading.settings === undefined) throw new TypeError(JSON.stringify(reading.errors))
  return reading.settings
}
