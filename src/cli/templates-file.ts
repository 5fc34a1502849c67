import { SHORTCODE_NAMES, type TokenTemplates } from '../service/tokens/templates.ts'
import { parseText } from '../snapshot/parse-text.ts'
import { readTemplates } from '../snapshot/read-templates.ts'
import { readBounded } from './bounded-file.ts'
import { printable } from './columns.ts'
import { spoken } from './inputs.ts'
import { type Io, UsageError } from './io.ts'

/** The largest file of templates that is read, in bytes. */
const MAXIMUM_TEMPLATES_SIZE = 1024 * 1024

/**
 * Reads the templates of tokens in a file.
 *
 * @throws {UsageError} When it cannot be read, or a template is refused; with every fault, a line each.
 */
export async function loadTemplates(file: string, io: Io): Promise<TokenTemplates> {
  const name = spoken(file)
  const bytes = await readBounded(file, MAXIMUM_TEMPLATES_SIZE, io)
  if (bytes === undefined) throw new UsageError(`the templates in ${name} are larger than 1 MiB`)
  const parsed = parseText(new TextDecoder().decode(bytes))
  if (!parsed.ok) throw new UsageError(`the templates in ${name} cannot be read: ${parsed.error.message}`)
  const reading = readTemplates(parsed.value, SHORTCODE_NAMES)
  if (reading.errors === undefined) return reading.templates
  const faults = reading.errors.map(({ path, message }) => `${printable(path)} in ${name}: ${message}`)
  throw new UsageError(faults.join('\n'))
}
