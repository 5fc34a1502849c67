import type { DurationMs } from '../domain/duration.ts'
import type { EpochMs } from '../domain/instant.ts'
import { Forecast } from '../simulation/forecast/forecast.ts'
import type { ForecastResult } from '../simulation/forecast/result.ts'
import type { SessionForecast } from '../simulation/forecast/session-forecast.ts'
import type { Finding } from '../snapshot/findings.ts'
import type { RawDocument } from '../snapshot/split-documents.ts'
import type { UnknownStatus } from '../snapshot/validators.ts'
import { finalLines, sessionLine } from './forecast/lines.ts'
import { loadPolicies } from './forecast/policies.ts'
import { summarize } from './forecast/summary.ts'
import { findInputs, type Input, readBatches, readDocument, sizeOf, spoken, statsOf } from './inputs.ts'
import { type ExitCode, type Io, isColourful, pageOf } from './io.ts'
import { LineWriter, OutputFile } from './output.ts'
import { Progress } from './progress.ts'

/** What `tenure forecast` can be told. */
export interface ForecastUse {
  /** The policy to apply. A path; `-` is standard input. */
  readonly policy: string
  /** The policy to compare it with; the stored deadlines where it is left out. */
  readonly against?: string | undefined
  /** When it is applied, epoch milliseconds. */
  readonly at: EpochMs
  readonly horizon: DurationMs
  readonly unknownStatus: UnknownStatus
  /** `text` for people, `json` for a line a session and more. Unless given: text where a person is looking. */
  readonly format?: 'text' | 'json' | undefined
  /** A file for the report. */
  readonly html?: string | undefined
  /** A file for the rejected documents; standard error where it is left out. */
  readonly rejects?: string | undefined
}

/** How wide a page for people is where its terminal does not say, in columns. */
const PAGE_WIDTH = 100

/**
 * `tenure forecast [FILE…] --policy FILE`: who would be signed out, when and by which rule, if a policy were applied to
 * the sessions of these snapshots at an instant, against another policy or the deadlines that are stored.
 *
 * Files for the report and the rejects are made even where there is little to say, and only when the run is whole.
 *
 * @returns 0 when every document was read, 1 when some were rejected.
 * @throws {UsageError} When a file cannot be read or written, or a policy is refused.
 */
export async function forecast(files: readonly string[], use: ForecastUse, io: Io): Promise<ExitCode> {
  const inputs = findInputs(files, io)
  const { policy, against } = await loadPolicies(use, inputs, io)
  const outputs = await openOutputs(use, inputs, io)
  const { at, horizon } = use
  const run = new ForecastRun(new Forecast({ at, horizon, policy, against }), use, io, outputs.rejects?.lines)
  try {
    await run.readAll(inputs)
    const result = run.result()
    await run.tell(result)
    if (outputs.html !== undefined) {
      // Loaded where it is asked for: the library that draws takes longer to load than everything else.
      const { renderReport } = await import('../simulation/forecast/report/render-report.ts')
      const sources = { files: inputs.map(({ name }) => spoken(name)), rejected: run.rejected }
      const names = { policy: spoken(use.policy), against: use.against === undefined ? null : spoken(use.against) }
      outputs.html.lines.line(await renderReport(result, { ...sources, ...names, documents: { policy, against } }))
    }
    await outputs.html?.commit()
    await outputs.rejects?.commit()
  } finally {
    outputs.html?.discard()
    outputs.rejects?.discard()
  }
  return run.rejected === 0 ? 0 : 1
}

/** One run over inputs: where its lines go, and what it rejected. */
class ForecastRun {
  rejected = 0
  readonly #forecast: Forecast
  readonly #use: ForecastUse
  readonly #io: Io
  readonly #out: LineWriter
  readonly #rejectLines: LineWriter
  readonly #isText: boolean

  constructor(forecast: Forecast, use: ForecastUse, io: Io, rejects: LineWriter | undefined) {
    this.#forecast = forecast
    this.#use = use
    this.#io = io
    this.#out = new LineWriter(io.stdout, 'standard output')
    this.#rejectLines = rejects ?? new LineWriter(io.stderr, 'standard error')
    this.#isText = (use.format ?? (io.stdout.isTTY === true ? 'text' : 'json')) === 'text'
  }

  async readAll(inputs: readonly Input[]): Promise<void> {
    const progress = new Progress(sizeOf(inputs), this.#io)
    const { unknownStatus, rejects, html } = this.#use
    try {
      for await (const { file, documents, bytes } of readBatches(inputs, this.#io)) {
        for (const document of documents) {
          const reading = readDocument(document, { unknownStatus, warnings: false })
          if (!reading.valid) this.#reject(file, document, reading.errors)
          else this.#print(this.#forecast.add(reading.client))
        }
        await this.#flush()
        // Who has read enough of the lines may still want the files whole.
        if (this.#out.isClosed && rejects === undefined && html === undefined) break
        if (rejects !== undefined || this.rejected === 0) progress.advance(bytes)
      }
    } finally {
      progress.stop()
    }
    await this.#printHeld()
  }

  result(): ForecastResult {
    return this.#forecast.result()
  }

  /** Tells what was found: lines after those of the sessions, and a summary for whoever is looking. */
  async tell(result: ForecastResult): Promise<void> {
    const { policy, against } = this.#use
    const names = { policy: spoken(policy), against: against === undefined ? null : spoken(against) }
    const about = { ...names, rejected: this.rejected }
    if (this.#isText) {
      this.#out.line(summarize(result, about, pageOf(this.#io)))
    } else {
      for (const line of finalLines(result)) this.#out.json(line)
    }
    await this.#out.finish()
    const { stderr, env } = this.#io
    if (this.#isText || stderr.isTTY !== true || this.#out.isClosed) return
    stderr.write(
      `${summarize(result, about, { width: stderr.columns ?? PAGE_WIDTH, colour: isColourful(stderr, env) })}\n`,
    )
  }

  #print(forecasts: readonly SessionForecast[]): void {
    if (this.#isText || this.#out.isClosed) return
    for (const each of forecasts) this.#out.line(sessionLine(each))
  }

  /** Prints what could not be said before every snapshot was read. */
  async #printHeld(): Promise<void> {
    let printed = 0
    for (const each of this.#forecast.finish()) {
      this.#print([each])
      printed += 1
      if (printed % 1000 === 0) await this.#out.flush()
    }
    await this.#flush()
  }

  #reject(file: string, { line, index }: RawDocument, errors: readonly Finding[]): void {
    this.rejected += 1
    this.#rejectLines.json({ file, line, index, errors })
  }

  async #flush(): Promise<void> {
    await this.#out.flush()
    await this.#rejectLines.flush()
  }
}

async function openOutputs({ html, rejects }: ForecastUse, inputs: readonly Input[], io: Io) {
  const inUse = [...inputs.map(({ stats }) => stats), statsOf(io.stdout), statsOf(io.stderr)]
  const forHtml = html === undefined ? undefined : await OutputFile.open(html, inUse)
  try {
    const forRejects = rejects === undefined ? undefined : await OutputFile.open(rejects, inUse, forHtml)
    return { html: forHtml, rejects: forRejects }
  } catch (error) {
    forHtml?.discard()
    throw error
  }
}
