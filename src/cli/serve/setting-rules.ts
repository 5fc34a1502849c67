import { isIPv6 } from 'node:net'
import { type DurationMs, formatDuration, parseDuration } from '../../domain/duration.ts'
import { DurationError, InstantError } from '../../domain/errors.ts'
import { type EpochMs, parseInstant } from '../../domain/instant.ts'
import type { ConfigFault } from './config-fault.ts'
import { DEFAULT, type GatheredSettings } from './gather-settings.ts'
import { isShort, SETTINGS, type Setting, type SettingName } from './settings.ts'

/** How long a short duration may be: the schema says so in words, as JSON Schema does not compare durations. */
const DAY = parseDuration('P1D')

/** The durations of a document that can be read, and what is wrong with the others. */
export interface DurationReading {
  readonly durations: ReadonlyMap<SettingName, DurationMs>
  readonly faults: readonly ConfigFault[]
}

/** Reads every duration of a document; what is not text is passed over, as the schema refuses it. */
export function readDurations({ document }: GatheredSettings): DurationReading {
  const durations = new Map<SettingName, DurationMs>()
  const faults: ConfigFault[] = []
  for (const setting of SETTINGS.filter(({ kind }) => kind === 'duration')) {
    const text = document[setting.name]
    if (typeof text !== 'string') continue
    const read = readDuration(setting, text)
    if (typeof read === 'string') faults.push({ path: [setting.name], message: read })
    else durations.set(setting.name, read)
  }
  return { durations, faults }
}

/** A duration, or what is wrong with it. */
function readDuration(setting: Setting, text: string): DurationMs | string {
  try {
    const duration = parseDuration(text)
    return isShort(setting) && duration > DAY ? `must be at most ${formatDuration(DAY)}` : duration
  } catch (error) {
    if (error instanceof DurationError) return error.message
    throw error
  }
}

/**
 * What is wrong with settings that are each of the right shape, taken by themselves or together.
 *
 * @param config The path of the config file; where it is `-`, standard input is taken.
 */
export function ruleFaults(
  gathered: GatheredSettings,
  durations: DurationReading['durations'],
  config: string | undefined,
): ConfigFault[] {
  const { document } = gathered
  return [
    ...storeFaults(document),
    ...addressFaults(document),
    ...inputFaults(document, config),
    ...keyFaults(document),
    ...lifetimeFaults(gathered, durations),
  ]
}

function storeFaults({ store, clock, start, seed }: GatheredSettings['document']): ConfigFault[] {
  if (store === undefined) {
    const how = 'give --store sqlite:PATH or --store postgres://…, or set TENURE_STORE, or store in a config file'
    return [{ path: [], message: `no store is named: ${how}` }]
  }
  return [...clockFaults(String(store).startsWith('sqlite:'), clock), ...startFaults(start), ...seedFaults(seed, clock)]
}

function clockFaults(isSqlite: boolean, clock: unknown): ConfigFault[] {
  const path = ['clock']
  if (clock === 'database' && isSqlite) {
    return [{ path, message: 'must be process or virtual: SQLite has no clock of its own' }]
  }
  if (clock !== 'virtual' || isSqlite) return []
  return [{ path, message: 'must be process or database: the queues of a PostgreSQL store go by its own clock' }]
}

function startFaults(start: unknown): ConfigFault[] {
  if (typeof start !== 'string') return []
  try {
    parseInstant(start, 0 as EpochMs)
    return []
  } catch (error) {
    if (error instanceof InstantError) return [{ path: ['start'], message: error.message }]
    throw error
  }
}

/** Ids and secrets that come from a seed can be guessed: only where time is made up, nobody real is signed in. */
function seedFaults(seed: unknown, clock: unknown): ConfigFault[] {
  if (seed === undefined || clock === 'virtual') return []
  const why = 'ids and secrets made from a seed can be guessed'
  const message = `is for tests by a virtual clock only, as ${why}: set clock to virtual, or leave the seed out`
  return [{ path: ['seed'], message }]
}

function addressFaults({ host, issuer }: GatheredSettings['document']): ConfigFault[] {
  const faults: ConfigFault[] = []
  if (typeof host === 'string' && host.includes(':') && !isIPv6(host)) {
    faults.push({ path: ['host'], message: 'is no IPv6 address; the port is a setting of its own, and brackets go' })
  }
  if (typeof issuer === 'string' && !URL.canParse(issuer)) {
    faults.push({ path: ['issuer'], message: 'is no URL; give one such as https://sessions.example' })
  }
  return faults
}

function inputFaults(document: GatheredSettings['document'], config: string | undefined): ConfigFault[] {
  const readers = SETTINGS.filter(({ name, kind }) => kind === 'path' && document[name] === '-')
  const more = config === '-' ? readers : readers.slice(1)
  return more.map(({ name }) => ({ path: [name], message: 'standard input can be read only once' }))
}

function keyFaults({ apiKeys }: GatheredSettings['document']): ConfigFault[] {
  if (!Array.isArray(apiKeys)) return []
  return (['name', 'sha256'] as const).flatMap((member) => {
    const before = new Set<string>()
    return apiKeys.flatMap((key: unknown, index) => {
      const text = (key as Partial<Record<typeof member, unknown>> | null)?.[member]
      if (typeof text !== 'string') return []
      // Digits in either case are the same number; names in either case are two.
      const same = member === 'sha256' ? text.toLowerCase() : text
      if (!before.has(same)) {
        before.add(same)
        return []
      }
      return [{ path: ['apiKeys', String(index), member], message: `is another key's ${member}: each has its own` }]
    })
  })
}

function lifetimeFaults({ origins }: GatheredSettings, durations: DurationReading['durations']): ConfigFault[] {
  const overlap = durations.get('signingKeyOverlap')
  return (['tokenLifetime', 'clientTokenLifetime'] as const).flatMap((name) => {
    const lifetime = durations.get(name)
    if (lifetime === undefined || overlap === undefined || lifetime <= overlap) return []
    const lengths = `${name} (${formatDuration(lifetime)}) may not exceed signingKeyOverlap (${formatDuration(overlap)})`
    const message = `${lengths}, or tokens outlive the key that verifies them; shorten the one or lengthen the other`
    return [{ path: [origins.get(name) === DEFAULT ? 'signingKeyOverlap' : name], message }]
  })
}
