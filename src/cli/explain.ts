import type { EpochMs } from '../domain/instant.ts'
import type { Finding } from '../snapshot/findings.ts'
import type { Place } from '../snapshot/raw-document.ts'
import type { UnknownStatus } from '../snapshot/validators.ts'
import { printable } from './columns.ts'
import { explainClient } from './explain/explain-client.ts'
import { findInputs, readBatches, readDocument, spoken } from './inputs.ts'
import { type ExitCode, type Io, pageOf, UsageError } from './io.ts'
import { LineWriter } from './output.ts'

/** What `tenure explain` can be told. */
export interface ExplainOptions {
  /** The instant to explain, epoch milliseconds. */
  readonly at: EpochMs
  readonly unknownStatus: UnknownStatus
  /** Explain this session and no other. */
  readonly session?: string | undefined
}

/**
 * `tenure explain FILE`: for people, what each session is at an instant, why, and what happens to it next.
 *
 * @returns 0 when everything was explained, 1 when some documents were rejected or the session was not there.
 * @throws {UsageError} When the file cannot be read, or holds nothing to explain.
 */
export async function explain(file: string, options: ExplainOptions, io: Io): Promise<ExitCode> {
  const page = { now: options.at, sessionId: options.session, ...pageOf(io) }
  const out = new LineWriter(io.stdout, 'standard output')
  let documents = 0
  let rejected = 0
  let explained = 0
  for await (const batch of readBatches(findInputs([file], io), io)) {
    for (const document of batch.documents) {
      documents += 1
      const reading = readDocument(document, { unknownStatus: options.unknownStatus, now: options.at })
      if (reading.valid) {
        const text = explainClient(reading, page)
        if (text === '') continue
        out.line(text)
        explained += 1
      } else {
        rejected += 1
        io.stderr.write(rejection(document, reading.errors))
      }
    }
    await out.flush()
    if (out.isClosed) break
  }
  await out.finish()
  if (documents === 0) throw new UsageError(`there is no snapshot in ${spoken(file)}`)
  if (options.session !== undefined && explained === 0 && !out.isClosed) {
    io.stderr.write('tenure: no snapshot here holds a session of that id\n')
    return 1
  }
  return rejected === 0 ? 0 : 1
}

function rejection({ line, index }: Place, errors: readonly Finding[]): string {
  const place = index === null ? `on line ${line}` : `at place ${index} of the array, on line ${line},`
  const reasons = errors.map(({ code, path, message }) => `  ${printable(path) || '(document)'} ${message} [${code}]\n`)
  return `tenure: the snapshot ${place} is rejected:\n${reasons.join('')}`
}
