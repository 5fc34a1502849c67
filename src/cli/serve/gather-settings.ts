import { dirname, join } from 'node:path'
import { type ConfigFile, placeOfMember } from './config-file.ts'
import { CONFIG, SETTINGS, type Setting, type SettingName } from './settings.ts'

/** Where settings may come from, besides the config file. */
export interface SettingSources {
  /** What commander makes of the options; what is no setting in it is passed over. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What was set, source by source put together, and not yet judged. */
export interface GatheredSettings {
  /** One document for the schema: the defaults, over them the file with whatever it holds, the variables and the flags. */
  readonly document: Readonly<Record<string, unknown>>
  /** For each setting that the document has: `--port`, `TENURE_PORT`, `/port in FILE` or `default`. */
  readonly origins: ReadonlyMap<string, string>
  /** A line for each setting that came from where it may not. */
  readonly misplaced: readonly string[]
}

/** What was set by nobody. */
export const DEFAULT = 'default'

/**
 * Puts settings together: a flag goes before a variable, which goes before the file, which goes before the default.
 *
 * Of a setting that is given twice only the one that counts is looked at. An empty variable is none. Text is turned into
 * the type that its setting has; where that cannot be, it stays text, and the schema refuses it.
 */
export function gatherSettings({ flags, env }: SettingSources, file: ConfigFile | undefined): GatheredSettings {
  const document: Record<string, unknown> = { ...file?.document }
  const origins = new Map<string, string>()
  for (const setting of SETTINGS) {
    const { name, hasFlag, flag, hasVariable, variable } = setting
    if (hasFlag && flags[name] !== undefined) {
      document[name] = typed(setting, flags[name])
      origins.set(name, flag)
    } else if (hasVariable && isSet(env[variable])) {
      document[name] = typed(setting, env[variable])
      origins.set(name, variable)
    } else if (file !== undefined && Object.hasOwn(file.document, name)) {
      document[name] = fromFolder(setting, document[name], file.path)
      origins.set(name, placeOfMember(file.path, [name]))
    } else if (setting.schema.default !== undefined) {
      document[name] = setting.schema.default
      origins.set(name, DEFAULT)
    }
  }
  return { document, origins, misplaced: misplacedSettings({ flags, env }) }
}

/** The path of the config file, if there is one: what the flag says, or the variable. */
export function configPath(flag: string | undefined, env: SettingSources['env']): string | undefined {
  if (flag !== undefined) return flag
  return isSet(env[CONFIG.variable]) ? env[CONFIG.variable] : undefined
}

/** The text of a variable that is set to nothing is what Docker Compose and shells make of one that is not set. */
function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

function typed({ kind }: Setting, given: unknown): unknown {
  if (kind === 'integer' && typeof given === 'string' && /^\d+$/.test(given)) return Number(given)
  if (kind === 'boolean' && (given === 'true' || given === 'false')) return given === 'true'
  return given
}

/** What a file says, and of a relative path in it, one that can be opened from the working directory. */
function fromFolder({ name, kind }: Setting, value: unknown, file: string): unknown {
  if (typeof value !== 'string' || file === '-') return value
  if (kind === 'path') return resolved(value, file)
  const sqlite = name === ('store' satisfies SettingName) ? /^sqlite:(?!:|\/|file:)(.+)$/is.exec(value) : null
  return sqlite === null ? value : `sqlite:${resolved(sqlite[1] as string, file)}`
}

function resolved(path: string, file: string): string {
  return path === '' || path === '-' || path.startsWith('/') ? path : join(dirname(file), path)
}

function misplacedSettings({ flags, env }: SettingSources): string[] {
  return SETTINGS.flatMap(({ name, flag, hasFlag, variable, hasVariable, isSecret }) => {
    const lines: string[] = []
    if (!hasFlag && flags[name] !== undefined) {
      const secret = `every list of processes would show the secret: set ${variable}, or ${name} in a config file`
      lines.push(`${flag}: ${isSecret ? secret : inFileOnly(name)}`)
    }
    if (!hasVariable && isSet(env[variable])) lines.push(`${variable}: ${inFileOnly(name)}`)
    return lines
  })
}

function inFileOnly(name: string): string {
  return `is not read: set ${name} in a config file, and name that with ${CONFIG.flag}`
}
