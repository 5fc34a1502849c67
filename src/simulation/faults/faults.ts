import schema from '../../../schemas/faults.schema.json' with { type: 'json' }
import type { DurationMs } from '../../domain/duration.ts'
import { type SettingsReading, settingsReader } from '../workload/read-document.ts'
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts'

/** What goes wrong in a simulation, and how often. @see schemas/faults.schema.json */
export interface Faults {
  /** When it stops, as a share of the simulated time. */
  readonly until: number
  readonly delays: number
  readonly delay: DurationMs
  readonly unavailable: number
  readonly lostReplies: number
  readonly conflicts: number
  readonly crashesBeforeCommit: number
  readonly crashesAfterCommit: number
  readonly downtime: DurationMs
  readonly driftPpm: number
  readonly stepsPerDay: number
  readonly step: DurationMs
  readonly pausesPerDay: number
  readonly pause: DurationMs
  readonly failedDeliveries: number
  readonly duplicateDeliveries: number
  readonly reorderedDeliveries: number
  readonly slowDeliveries: number
  readonly deliveryDelay: DurationMs
}

/** Reads what is to go wrong, as `JSON.parse` gives it; what is left out does not go wrong. Never throws. */
export const readFaults: (document: unknown) => SettingsReading<Faults> = settingsReader<Faults>(schema)

/** The same faults without those of some kinds. */
export function withoutFaults(faults: Faults, kinds: readonly FaultKind[]): Faults {
  return { ...faults, ...Object.fromEntries(kinds.map((kind) => [FAULT_KINDS[kind], 0])) }
}
