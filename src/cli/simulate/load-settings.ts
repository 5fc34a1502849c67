import type { SettingsRead, SettingsReading } from '../../simulation/workload/read-document.ts'
import { parseText } from '../../snapshot/parse-text.ts'
import { readBounded } from '../bounded-file.ts'
import { spoken } from '../inputs.ts'
import { type Io, UsageError } from '../io.ts'

/** The largest document that is read, in bytes: far more than one that says everything has. */
const MAXIMUM_SIZE = 256 * 1024

/**
 * Reads what a simulation is given from a file, or takes the defaults where none is named.
 *
 * @param what What it is called where it is refused: workload, faults.
 * @throws {UsageError} With every fault and its pointer, where it is refused; when the file cannot be read.
 */
export async function loadSettings<T>(
  what: string,
  file: string | undefined,
  read: (document: unknown) => SettingsReading<T>,
  io: Io,
): Promise<SettingsRead<T>> {
  const reading = read(file === undefined ? {} : await parseFile(what, file, io))
  if (reading.errors === undefined) return reading
  const lines = reading.errors.map(({ path, message }) => `${path === '' ? 'the document' : path} ${message}`)
  throw new UsageError([`the ${what} in ${spoken(file ?? '')} cannot be taken:`, ...lines].join('\n'))
}

async function parseFile(what: string, file: string, io: Io): Promise<unknown> {
  const bytes = await readBounded(file, MAXIMUM_SIZE, io)
  const refuse = (message: string) => new UsageError(`the ${what} in ${spoken(file)} cannot be taken: ${message}`)
  if (bytes === undefined) throw refuse('it is larger than 256 KiB')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('its bytes are not UTF-8')
  }
  const parsed = parseText(text)
  if (!parsed.ok) throw refuse(parsed.error.message)
  return parsed.value
}
