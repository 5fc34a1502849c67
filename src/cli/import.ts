import { counted } from '../domain/counted.ts'
import type { ImportResult } from '../service/import/import-batch.ts'
import type { RawDocument } from '../snapshot/raw-document.ts'
import { findInputs, type Input, readBatches, sizeOf } from './inputs.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { Progress } from './progress.ts'
import { type StoreUse, useStore } from './store-use.ts'

/** What `tenure import` can be told. */
export interface ImportUse extends StoreUse {
  /** Whether warnings reject a snapshot. */
  readonly strict: boolean
}

/**
 * `tenure import [FILE…]`: snapshots into a store, a line each that says what became of it.
 *
 * A line is printed when its snapshot is durable. Whoever reads the lines may go away: the import goes on. Where it is cut
 * short, what was printed is in the store, and to run it again does the rest.
 *
 * @returns 0 when every snapshot was taken, 1 when some were rejected.
 * @throws {UsageError} When a file cannot be read, or the output cannot be written.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function importSnapshots(files: readonly string[], use: ImportUse, io: Io): Promise<ExitCode> {
  const inputs = findInputs(files, io)
  return useStore(use, io, true, async (tenure) => {
    const run = new ImportRun(inputs, io)
    try {
      for await (const result of tenure.importClients(run.documents(), { strict: use.strict })) run.tell(result)
    } finally {
      await run.stop()
    }
    await run.finish()
    return run.rejected === 0 ? 0 : 1
  })
}

/** A document that was handed over, and is not told of yet. */
interface Waiting {
  readonly file: string
  readonly document: RawDocument
}

/** One run over inputs: which documents are on their way, and what came of those that arrived. */
class ImportRun {
  rejected = 0
  #imported = 0
  #unchanged = 0
  #added = 0
  #changed = 0
  #kept = 0
  #waiting: Waiting[] = []
  readonly #inputs: readonly Input[]
  readonly #io: Io
  readonly #out: LineWriter
  readonly #progress: Progress

  constructor(inputs: readonly Input[], io: Io) {
    this.#inputs = inputs
    this.#io = io
    this.#out = new LineWriter(io.stdout, 'standard output')
    this.#progress = new Progress(sizeOf(inputs), io)
  }

  /** The documents' texts. What could not be cut out goes along as no text at all, so that its turn comes with the rest. */
  async *documents(): AsyncGenerator<string> {
    for await (const { file, documents, bytes } of readBatches(this.#inputs, this.#io)) {
      for (const document of documents) {
        this.#waiting.push({ file, document })
        yield document.text ?? ''
      }
      // By now there are lines of all that was written: more is asked for only then.
      await this.#out.flush()
      this.#progress.advance(bytes)
    }
  }

  /** Results come in the order of the documents. */
  tell(result: ImportResult): void {
    const { file, document } = this.#waiting.shift() as Waiting
    const place = document.index === null ? { line: document.line } : { line: document.line, index: document.index }
    const named = this.#inputs.length > 1 ? { file, ...place } : place
    const { id } = result
    if (result.result === 'rejected') {
      this.rejected += 1
      const errors = document.error === undefined ? result.errors : [document.error]
      this.#out.json({ ...named, id, result: 'rejected', errors })
      return
    }
    const { sessions, errors } = result
    if (result.result === 'imported') this.#imported += 1
    else this.#unchanged += 1
    this.#added += sessions.added.length
    this.#changed += sessions.changed.length
    this.#kept += sessions.kept.length
    this.#out.json({ ...named, id, result: result.result, errors, sessions })
  }

  /** Takes the bar away, and prints what is told of, be the rest lost. */
  async stop(): Promise<void> {
    this.#progress.stop()
    await this.#out.flush()
  }

  async finish(): Promise<void> {
    await this.#out.finish()
    this.#sumUp()
  }

  /** Talk for whoever sits at the terminal; a script reads the exit code. */
  #sumUp(): void {
    if (this.#io.stderr.isTTY !== true) return
    const snapshots = [
      `${counted(this.#imported, 'snapshot')} imported`,
      `${this.#unchanged} unchanged`,
      `${this.rejected} rejected`,
    ]
    const sessions = [`${counted(this.#added, 'session')} added`, `${this.#changed} changed`, `${this.#kept} kept`]
    this.#io.stderr.write(`tenure: ${snapshots.join(', ')}; ${sessions.join(', ')}\n`)
  }
}
