import { parseText, pointerTo } from '../../snapshot/parse-text.ts'
import { readBounded } from '../bounded-file.ts'
import { printable } from '../columns.ts'
import { spoken } from '../inputs.ts'
import { type Io, UsageError } from '../io.ts'
import { withoutSecrets } from '../without-secrets.ts'

/** The largest config file that is read, in bytes. */
export const MAXIMUM_CONFIG_SIZE = 64 * 1024

/** A config file that was read: an object, of whatever members. */
export interface ConfigFile {
  readonly path: string
  readonly document: Readonly<Record<string, unknown>>
}

/**
 * Reads a config file: UTF-8, JSON, an object in which no member is named twice. Its members are not judged.
 *
 * @param path `-` is standard input.
 * @throws {UsageError} When it cannot be read, or is none of that. The message holds nothing of the file's but names.
 */
export async function readConfigFile(path: string, io: Io): Promise<ConfigFile> {
  const name = fileName(path)
  const bytes = await readBounded(path, MAXIMUM_CONFIG_SIZE, io)
  if (bytes === undefined) throw new UsageError(`${name}: the config file is larger than 64 KiB`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${name}: the bytes are not UTF-8; save the config file as UTF-8`)
  }
  const parsed = parseText(text)
  if (!parsed.ok) throw new UsageError(`${placeIn(path, parsed.error.path)}: ${parsed.error.message}`)
  const { value } = parsed
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { path, document: { ...value } }
  throw new UsageError(`${name}: must be a JSON object with settings, such as {"port": 8722}`)
}

/** What a member of a config file is called in a sentence: `/port in tenure.json`. */
export function placeOfMember(path: string, member: readonly string[]): string {
  return placeIn(path, pointerTo(member))
}

function placeIn(path: string, pointer: string): string {
  return pointer === '' ? fileName(path) : `${printable(pointer)} in ${fileName(path)}`
}

/** A store's URL may have been given where a file's name is wanted. */
function fileName(path: string): string {
  return printable(withoutSecrets(spoken(path)))
}
