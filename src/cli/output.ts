import { createWriteStream, renameSync, type Stats, statSync, unlinkSync, type WriteStream } from 'node:fs'
import { realpath } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { type Input, reasonOf } from './inputs.ts'
import { UsageError } from './io.ts'

/** Lines on their way to a stream, written in large pieces and never faster than the stream takes them. */
export class LineWriter {
  /** Whether the reader has gone away, as `head` does: nothing more needs to be written. */
  isClosed = false
  #lines: string[] = []
  #failure: unknown
  readonly #stream: Writable
  readonly #name: string

  /** @param name What the stream is called where it fails. */
  constructor(stream: Writable, name: string) {
    this.#stream = stream
    this.#name = name
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.isClosed = true
      if (error.code !== 'EPIPE') this.#failure = error
    })
  }

  line(text: string): void {
    this.#lines.push(text, '\n')
  }

  /**
   * Hands over what has gathered, and waits where the stream asks to.
   *
   * @throws {UsageError} When it could not be written: a full disk, say. A reader that went away is not an error.
   */
  async flush(): Promise<void> {
    this.#throwFailure()
    const lines = this.#lines
    this.#lines = []
    if (lines.length === 0 || this.isClosed) return
    const isTaken = this.#stream.write(lines.join(''))
    if (!isTaken) await settled(this.#stream, 'drain')
    this.#throwFailure()
  }

  /** Writes what is left, and sees it written. The stream stays open. */
  async finish(): Promise<void> {
    await this.flush()
    if (!this.isClosed) await new Promise<void>((resolve) => this.#stream.write('', () => resolve()))
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    const isFolderMissing = (this.#failure as NodeJS.ErrnoException).code === 'ENOENT'
    const reason = isFolderMissing ? 'its folder is not there' : reasonOf(this.#failure)
    throw new UsageError(`cannot write to ${this.#name}: ${reason}`, { cause: this.#failure })
  }
}

/** Waits for an event of a stream, or for its end. */
function settled(stream: Writable, event: 'drain' | 'open' | 'finish'): Promise<void> {
  return new Promise((resolve) => {
    const events = [event, 'error', 'close']
    const done = () => {
      for (const name of events) stream.off(name, done)
      resolve()
    }
    for (const name of events) stream.on(name, done)
  })
}

/**
 * A file that is written beside its place and moved there when it is whole, so that nobody finds half of one.
 *
 * What is not a regular file (a pipe, a terminal, /dev/null) is written to as it is.
 */
export class OutputFile {
  readonly lines: LineWriter
  readonly #stream: WriteStream
  readonly #place: string
  readonly #written: string

  private constructor(place: string, written: string) {
    this.#place = place
    this.#written = written
    this.#stream = createWriteStream(written)
    this.lines = new LineWriter(this.#stream, place)
  }

  /**
   * Begins a file.
   *
   * @param path Where it is to stand.
   * @param inputs What is being read, and must not be written over.
   * @throws {UsageError} When it is one of the inputs, or cannot be written.
   */
  static async open(path: string, inputs: readonly Input[]): Promise<OutputFile> {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined && inputs.some((input) => isSameFile(input.stats, stats))) {
      throw new UsageError(`cannot write to ${path}: it is being read from`)
    }
    const isRegular = stats === undefined || stats.isFile()
    const place = stats === undefined ? path : await realpath(path)
    const file = new OutputFile(place, isRegular ? `${place}.${process.pid}.partial` : place)
    await settled(file.#stream, 'open')
    await file.lines.flush()
    return file
  }

  /** Writes the rest and moves the file to its place. */
  async commit(): Promise<void> {
    await this.lines.finish()
    this.#stream.end()
    await settled(this.#stream, 'finish')
    await this.lines.flush()
    if (this.#written !== this.#place) renameSync(this.#written, this.#place)
  }

  /** Leaves the place as it was. */
  discard(): void {
    this.#stream.destroy()
    if (this.#written === this.#place) return
    try {
      unlinkSync(this.#written)
    } catch {
      // It was never made.
    }
  }
}

function isSameFile(a: Stats | null, b: Stats): boolean {
  return a !== null && a.dev === b.dev && a.ino === b.ino
}
