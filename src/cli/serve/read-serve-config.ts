import type { Io } from '../io.ts'
import { shapeFaults } from './check-shape.ts'
import { type ConfigFault, ServeConfigError } from './config-fault.ts'
import { type ConfigFile, placeOfMember, readConfigFile } from './config-file.ts'
import { configPath, DEFAULT, type GatheredSettings, gatherSettings, type SettingSources } from './gather-settings.ts'
import { isLoopback } from './loopback.ts'
import type { ApiKeyConfig, ServeConfig, ServeReading } from './serve-config.ts'
import { type DurationReading, readDurations, ruleFaults } from './setting-rules.ts'
import { SETTINGS, type SettingName } from './settings.ts'
import { unknownVariables } from './unknown-variables.ts'

/** Where the configuration of `tenure serve` may come from. */
export interface ServeSources extends SettingSources {
  /** What `--config` says; what TENURE_CONFIG says where it is left out. `-` is standard input. */
  readonly file?: string | undefined
}

/**
 * Reads the configuration of `tenure serve`: from flags, before variables, before a config file, before defaults.
 *
 * A setting that is given twice is judged where it counts, and only there. A relative path in the file counts from the
 * file's folder, every other one from the working directory; whether a file is there is for its reader to say.
 *
 * @throws {ServeConfigError} With everything that is wrong, a line each, and no secret in any.
 * @throws {UsageError} When the config file cannot be read, or is no JSON object.
 * @see schemas/serve.schema.json
 */
export async function readServeConfig({ flags, env, file }: ServeSources, io: Io): Promise<ServeReading> {
  const path = configPath(file, env)
  const configFile = path === undefined ? undefined : await readConfigFile(path, io)
  const gathered = gatherSettings({ flags, env }, configFile)
  const { durations, faults } = readDurations(gathered)
  throwFaults(gathered, [...faults, ...ruleFaults(gathered, durations, path)], configFile)
  const { config, production } = resolveConfig(gathered, durations, env)
  if (config.clock === 'virtual' && config.production) throw frozen(gathered, production)
  const origins = { ...allOrigins(gathered), production }
  return { config, origins, notes: [...unknownVariables(env), ...idleSettings(config, origins)] }
}

function throwFaults(gathered: GatheredSettings, more: readonly ConfigFault[], file: ConfigFile | undefined): void {
  const shape = shapeFaults(gathered.document)
  const told = new Set(shape.map(({ path }) => path.join('/')))
  const faults = [...shape, ...more.filter(({ path }) => !told.has(path.join('/')))]
  const lines = [...gathered.misplaced, ...faults.map((fault) => lineOf(fault, gathered, file))]
  if (lines.length > 0) throw new ServeConfigError(lines)
}

/** A fault with where it came from. What lies deeper than a setting, or is none, is in the file. */
function lineOf({ path, message }: ConfigFault, { origins }: GatheredSettings, file: ConfigFile | undefined): string {
  const [name] = path
  if (name === undefined) return message
  const origin = path.length === 1 ? origins.get(name) : undefined
  return `${origin ?? placeOfMember(file?.path ?? '-', path)}: ${message}`
}

/** Whoever serves people by a clock that stands still signs nobody out. */
function frozen({ origins }: GatheredSettings, production: string): ServeConfigError {
  const why = `a virtual clock is for tests, and this is production (${production}): set production to false where it is none`
  return new ServeConfigError([`${origins.get('clock') ?? DEFAULT}: ${why}`])
}

/** The configuration that a document without faults stands for, and what `production` was decided by. */
function resolveConfig(
  { document, origins }: GatheredSettings,
  durations: DurationReading['durations'],
  env: Io['env'],
): { readonly config: ServeConfig; readonly production: string } {
  const values = SETTINGS.map(({ name }) => [name, durations.get(name) ?? document[name] ?? null])
  const whole = Object.fromEntries(values) as Record<SettingName, unknown>
  const said = origins.get('production')
  const [production, origin] =
    said === undefined ? productionOf(String(whole.host), env) : ([whole.production, said] as const)
  const apiKeys = (whole.apiKeys as readonly ApiKeyConfig[]).map((key) => ({
    ...key,
    sha256: key.sha256.toLowerCase(),
  }))
  const encryptionKey = whole.encryptionKey === null ? null : bytesOf(String(whole.encryptionKey))
  // The schema has been held against every member: the types are what it says.
  return { config: { ...whole, apiKeys, encryptionKey, production } as ServeConfig, production: origin }
}

function productionOf(host: string, env: Io['env']): readonly [boolean, string] {
  if (env['NODE_ENV'] === 'production') return [true, 'NODE_ENV']
  return isLoopback(host) ? [false, DEFAULT] : [true, 'host']
}

/** The bytes of base64 or base64url, in memory of their own: a small `Buffer` shares its memory with others. */
function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

function allOrigins({ origins }: GatheredSettings): Record<SettingName, string> {
  const all = SETTINGS.map(({ name }) => [name, origins.get(name) ?? DEFAULT])
  return Object.fromEntries(all) as Record<SettingName, string>
}

/** A line for each setting that, as the others are, does nothing. */
function idleSettings(config: ServeConfig, origins: ServeReading['origins']): string[] {
  const { production, newDevelopmentKey, clock, start } = config
  const notes: string[] = []
  if (production && newDevelopmentKey) {
    notes.push(`${origins.newDevelopmentKey}: does nothing, as no development key is made in production`)
  }
  if (start !== null && clock !== 'virtual') notes.push(`${origins.start}: does nothing, as the clock is not virtual`)
  return notes
}
