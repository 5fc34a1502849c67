import { createReadStream } from 'node:fs'
import { printable } from './columns.ts'
import { reasonOf, spoken } from './inputs.ts'
import { type Io, UsageError } from './io.ts'
import { withoutSecrets } from './without-secrets.ts'

/**
 * The bytes of a file, or undefined when they are more than it may have: what follows is not read.
 *
 * @param file A path; `-` is standard input.
 * @param maximum Bytes.
 * @throws {UsageError} When it cannot be read.
 */
export async function readBounded(file: string, maximum: number, io: Io): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of file === '-' ? io.stdin : createReadStream(file)) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size > maximum) return undefined
    }
  } catch (error) {
    // A store's URL may have been given where a file's name is wanted.
    const name = printable(withoutSecrets(spoken(file)))
    throw new UsageError(`cannot read ${name}: ${reasonOf(error)}`, { cause: error })
  }
  return Buffer.concat(chunks)
}
