import schema from '../../../schemas/workload.schema.json' with { type: 'json' }
import { LONGEST_DELAY } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { type SettingsReading, settingsReader } from './read-document.ts'

/** Many users whose sessions are revoked within a short time: a leak, say, or a change of the policy. */
export interface Wave {
  /** So long after the start. */
  readonly after: DurationMs
  readonly within: DurationMs
  /** Of all users. */
  readonly share: number
}

/** What people do to a service in a simulation, and what the service runs on. @see schemas/workload.schema.json */
export interface Workload {
  readonly start: EpochMs
  readonly visitsPerDay: number
  /** 24 weights, UTC, and seven from Monday on. */
  readonly hours: readonly number[]
  readonly weekdays: readonly number[]
  readonly visitLength: DurationMs
  readonly requestEvery: DurationMs
  readonly devices: readonly number[]
  readonly sharedDevices: number
  readonly imported: number
  readonly signOuts: number
  readonly tasks: number
  readonly tasksLeft: number
  readonly twice: number
  readonly clientReads: number
  readonly deadlineReads: number
  readonly passwordResets: number
  readonly revocations: number
  readonly waves: readonly Wave[]
  readonly store: 'memory' | 'sqlite'
  readonly processes: number
  readonly authority: 'process' | 'database'
  readonly recordTouches: boolean
  readonly sweepInterval: DurationMs
  readonly purgeInterval: DurationMs
  readonly maxClockStep: DurationMs
  readonly eventsEvery: DurationMs
  readonly auditEvery: DurationMs
  readonly webhooks: number
  readonly webhookRetries: readonly DurationMs[]
}

const read = settingsReader<Workload>(schema)

/** Reads a workload, as `JSON.parse` gives it; what is left out has the schema's default. Never throws. */
export function readWorkload(document: unknown): SettingsReading<Workload> {
  const reading = read(document)
  if (reading.errors !== undefined) return reading
  const { hours, weekdays, devices } = reading.settings
  const empty = Object.entries({ hours, weekdays, devices }).filter(([, weights]) =>
    weights.every((weight) => weight === 0),
  )
  const refuse = (name: string, message: string) => ({ code: 'settings-weights', path: `/${name}`, message }) as const
  if (empty.length > 0) return { errors: empty.map(([name]) => refuse(name, 'must have a weight that is not 0')) }
  const long = (['sweepInterval', 'purgeInterval'] as const).filter((name) => reading.settings[name] > LONGEST_DELAY)
  if (long.length > 0) return { errors: long.map((name) => refuse(name, 'must be P24D at most, as a timer has it')) }
  if (Math.max(...hours) * Math.max(...weekdays) > 0) return reading
  return { errors: [refuse('hours', 'must be larger: times the weights of weekdays, each of them comes to 0')] }
}
