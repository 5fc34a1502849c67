import { Presets, SingleBar } from 'cli-progress'
import type { Io } from './io.ts'

/** How long a run may take before it shows how far it is. */
const PATIENCE_MS = 1000

/** How far a run is through its bytes: a bar on a terminal, after a second; nothing anywhere else. */
export class Progress {
  readonly #io: Io
  readonly #total: number | null
  readonly #begun: number
  #done = 0
  #bar: SingleBar | undefined

  /** @param total Bytes to go through; `null` where nobody knows, and then there is no bar. */
  constructor(total: number | null, io: Io) {
    this.#io = io
    this.#total = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb' ? total : null
    this.#begun = io.clock.now()
  }

  advance(bytes: number): void {
    this.#done += bytes
    if (this.#total === null || this.#io.clock.now() - this.#begun < PATIENCE_MS) return
    this.#bar ??= this.#start(this.#total)
    this.#bar.update(this.#done)
  }

  stop(): void {
    this.#bar?.stop()
  }

  #start(total: number): SingleBar {
    const stream = this.#io.stderr as NodeJS.WritableStream
    const format = 'tenure: {bar} {percentage} %'
    const bar = new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true }, Presets.shades_classic)
    bar.start(total, this.#done)
    return bar
  }
}
