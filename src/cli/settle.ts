import { counted } from '../domain/counted.ts'
import type { EpochMs } from '../domain/instant.ts'
import { settleClient } from '../lifecycle/client.ts'
import type { Finding } from '../snapshot/findings.ts'
import type { ValidReading } from '../snapshot/read-client.ts'
import type { RawDocument } from '../snapshot/split-documents.ts'
import type { UnknownStatus } from '../snapshot/validators.ts'
import { writeClient } from '../snapshot/write-client.ts'
import { explainClient } from './explain/explain-client.ts'
import { findInputs, type Input, readBatches, readDocument, sizeOf, statsOf } from './inputs.ts'
import { type ExitCode, type Io, pageOf } from './io.ts'
import { LineWriter, OutputFile } from './output.ts'
import { Progress } from './progress.ts'

/** What `tenure settle` can be told. */
export interface SettleOptions {
  /** The instant to settle at, epoch milliseconds. */
  readonly at: EpochMs
  readonly unknownStatus: UnknownStatus
  /** A file for the transitions. */
  readonly transitions?: string | undefined
  /** A file for the rejected documents; standard error where it is left out. */
  readonly rejects?: string | undefined
  /** Whether to explain each snapshot to people, and not to write it. */
  readonly explain?: boolean | undefined
}

/**
 * `tenure settle [FILE…]`: the snapshots as they are at an instant, in the form they came in.
 *
 * Files for transitions and rejects are made even when they stay empty, and only when the run is whole. A reader of the
 * snapshots that goes away ends the run, unless there are files to make.
 *
 * @returns 0 when every document was settled, 1 when some were rejected.
 * @throws {UsageError} When a file cannot be read or written.
 */
export async function settle(files: readonly string[], options: SettleOptions, io: Io): Promise<ExitCode> {
  const inputs = findInputs(files, io)
  const outputs = await openOutputs(options, inputs, io)
  const rejects = outputs.rejects?.lines ?? new LineWriter(io.stderr, 'standard error')
  const run = new SettleRun(options, io, rejects, outputs.transitions?.lines)
  try {
    await run.settleAll(inputs, outputs.rejects === undefined)
    await outputs.transitions?.commit()
    await outputs.rejects?.commit()
  } finally {
    outputs.transitions?.discard()
    outputs.rejects?.discard()
  }
  return run.rejected === 0 ? 0 : 1
}

/** One run over inputs: where its lines go, and what it counted. */
class SettleRun {
  readonly out: LineWriter
  rejected = 0
  #settled = 0
  #transitions = 0
  readonly #options: SettleOptions
  readonly #io: Io
  readonly #rejectLines: LineWriter
  readonly #transitionLines: LineWriter | undefined

  constructor(options: SettleOptions, io: Io, rejects: LineWriter, transitions: LineWriter | undefined) {
    this.out = new LineWriter(io.stdout, 'standard output')
    this.#options = options
    this.#io = io
    this.#rejectLines = rejects
    this.#transitionLines = transitions
  }

  get #hasFiles(): boolean {
    return this.#options.transitions !== undefined || this.#options.rejects !== undefined
  }

  /** @param rejectsAreSeen Whether rejects go where the bar would be. */
  async settleAll(inputs: readonly Input[], rejectsAreSeen: boolean): Promise<void> {
    const progress = new Progress(sizeOf(inputs), this.#io)
    const { unknownStatus } = this.#options
    try {
      for await (const { file, documents, bytes } of readBatches(inputs, this.#io)) {
        for (const document of documents) {
          const reading = readDocument(document, { unknownStatus, warnings: this.#options.explain === true })
          if (reading.valid) this.#settle(reading)
          else this.#reject(file, document, reading.errors)
        }
        await this.#flush()
        // Who has read enough of the snapshots may still want the files whole.
        if (this.out.isClosed && !this.#hasFiles) break
        if (!rejectsAreSeen || this.rejected === 0) progress.advance(bytes)
      }
    } finally {
      progress.stop()
    }
    await this.#flush()
    await this.out.finish()
    this.#sumUp()
  }

  #settle(reading: ValidReading): void {
    const { client, transitions } = settleClient(reading.client, this.#options.at)
    this.#settled += 1
    this.#transitions += transitions.length
    if (this.#transitionLines !== undefined) {
      for (const transition of transitions) this.#transitionLines.json(transition)
    }
    this.out.line(this.#options.explain === true ? this.#explained(reading) : writeClient(reading, client))
  }

  #explained(reading: ValidReading): string {
    return explainClient(reading, { now: this.#options.at, ...pageOf(this.#io) })
  }

  #reject(file: string, { line, index }: RawDocument, errors: readonly Finding[]): void {
    this.rejected += 1
    this.#rejectLines.json({ file, line, index, errors })
  }

  async #flush(): Promise<void> {
    await this.out.flush()
    await this.#transitionLines?.flush()
    await this.#rejectLines.flush()
  }

  /** Talk for whoever sits at the terminal; a script reads the exit code. */
  #sumUp(): void {
    if (this.#io.stderr.isTTY !== true || this.out.isClosed) return
    const parts = [
      `${counted(this.#settled, 'snapshot')} settled`,
      `${counted(this.#transitions, 'transition')} made`,
      `${counted(this.rejected, 'document')} rejected`,
    ]
    this.#io.stderr.write(`tenure: ${parts.join(', ')}\n`)
  }
}

async function openOutputs({ transitions, rejects }: SettleOptions, inputs: readonly Input[], io: Io) {
  const inUse = [...inputs.map(({ stats }) => stats), statsOf(io.stdout), statsOf(io.stderr)]
  const forTransitions = transitions === undefined ? undefined : await OutputFile.open(transitions, inUse)
  try {
    const forRejects = rejects === undefined ? undefined : await OutputFile.open(rejects, inUse, forTransitions)
    return { transitions: forTransitions, rejects: forRejects }
  } catch (error) {
    forTransitions?.discard()
    throw error
  }
}
