import type { EpochMs } from '../domain/instant.ts'
import type { Reading } from '../snapshot/read-client.ts'
import type { RawDocument } from '../snapshot/split-documents.ts'
import type { UnknownStatus } from '../snapshot/validators.ts'
import { findInputs, readBatches, readDocument, sizeOf } from './inputs.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { Progress } from './progress.ts'

/** What `tenure validate` can be told. */
export interface ValidateOptions {
  /** Whether warnings reject a snapshot. */
  readonly strict: boolean
  readonly unknownStatus: UnknownStatus
  /** The present: activity after it is odd. Epoch milliseconds. */
  readonly at: EpochMs
}

/**
 * `tenure validate [FILE…]`: a line a snapshot, saying what is wrong and what is odd in it.
 *
 * @returns 0 when every snapshot is valid, 1 otherwise.
 * @throws {UsageError} When a file cannot be read, or the output cannot be written.
 */
export async function validate(files: readonly string[], options: ValidateOptions, io: Io): Promise<ExitCode> {
  const inputs = findInputs(files, io)
  const out = new LineWriter(io.stdout, 'standard output')
  const progress = new Progress(sizeOf(inputs), io)
  let exitCode: ExitCode = 0
  try {
    for await (const { file, documents, bytes } of readBatches(inputs, io)) {
      for (const document of documents) {
        const reading = readDocument(document, { ...options, now: options.at })
        if (!reading.valid) exitCode = 1
        out.json(lineOf(document, reading, inputs.length > 1 ? file : undefined))
      }
      await out.flush()
      if (out.isClosed) break
      progress.advance(bytes)
    }
  } finally {
    progress.stop()
  }
  await out.finish()
  return exitCode
}

/** The line of a snapshot. Its place in an array, and its file, are told where the line does not tell them. */
function lineOf(document: RawDocument, { id, valid, errors, warnings }: Reading, file: string | undefined) {
  const place = document.index === null ? {} : { index: document.index }
  return { ...(file === undefined ? {} : { file }), line: document.line, ...place, id, valid, errors, warnings }
}
