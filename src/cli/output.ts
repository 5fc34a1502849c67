import {
  chmodSync,
  createWriteStream,
  lstatSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  type WriteStream,
} from 'node:fs'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { isSameFile, reasonOf } from './inputs.ts'
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
    stream.on('error', (error) => this.#fail(error))
  }

  line(text: string): void {
    this.#lines.push(text, '\n')
  }

  /** A line of JSON, as {@link safeJson} writes it. */
  json(value: unknown): void {
    this.line(safeJson(value))
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
    if (!this.isClosed)
      await new Promise((resolve) => this.#stream.write('', resolve)).then((error) => this.#fail(error))
    this.#throwFailure()
  }

  #fail(error: unknown): void {
    if (!(error instanceof Error)) return
    this.isClosed = true
    // What is written after a failure fails for having come after it: the first one says why.
    const first: NodeJS.ErrnoException = this.#stream.errored ?? error
    if (first.code !== 'EPIPE') this.#failure = first
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    throw unwritable(this.#name, this.#failure)
  }
}

function unwritable(name: string, error: unknown): UsageError {
  const { code, path } = error as NodeJS.ErrnoException
  const inTheWay = `${path} is in the way; remove it`
  const reason = code === 'ENOENT' ? 'its folder is not there' : code === 'EEXIST' ? inTheWay : reasonOf(error)
  return new UsageError(`cannot write to ${name}: ${reason}`, { cause: error })
}

/** What JSON leaves as it is: controls past the ASCII ones, and characters that only format. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** A value as JSON, with what could steer a terminal, or turn its writing round, escaped. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(STEERING, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** Waits for an event of a stream, or for its end; not at all where that has been. */
function settled(stream: Writable, event: 'drain' | 'open' | 'finish'): Promise<void> {
  // Not `destroyed`, which is true before the error of it is told.
  if (stream.closed) return Promise.resolve()
  return new Promise((resolve) => {
    const events = [event, 'error', 'close']
    const done = () => {
      for (const name of events) stream.off(name, done)
      resolve()
    }
    for (const name of events) stream.on(name, done)
  })
}

/** The files that are being written beside their places. */
const UNFINISHED = new Set<OutputFile>()

/** Leaves no partial file behind: for a process that is told to end before its run does. */
export function discardUnfinished(): void {
  for (const file of UNFINISHED) file.discard()
}

/**
 * A file that is written beside its place and moved there when it is whole, so that nobody finds half of one.
 *
 * What is not a regular file (a pipe, a terminal, /dev/null) is written to as it is.
 */
export class OutputFile {
  readonly lines: LineWriter
  readonly #stream: WriteStream
  readonly #name: string
  readonly #place: string
  readonly #written: string

  private constructor(name: string, place: string, written: string) {
    this.#name = name
    this.#place = place
    this.#written = written
    // A partial file is made, never found: whatever lies at its name, a link to elsewhere say, is not written through.
    this.#stream = createWriteStream(written, { flags: written === place ? 'w' : 'wx' })
    this.lines = new LineWriter(this.#stream, name)
    UNFINISHED.add(this)
  }

  /**
   * Begins a file.
   *
   * @param path Where it is to stand.
   * @param inUse The files that the run reads, or writes by other means, and that must not be replaced.
   * @param other A file that the run writes already.
   * @throws {UsageError} When it is one of those, or cannot be written.
   */
  static async open(path: string, inUse: readonly (Stats | null)[], other?: OutputFile): Promise<OutputFile> {
    if (path === '') throw new UsageError('an output file needs a name')
    if (path === '-') throw new UsageError('standard output is for results: give the file a name')
    const { stats, place } = await lookUp(path)
    if (stats !== null && inUse.some((file) => isSameFile(file, stats))) {
      throw new UsageError(`cannot write to ${path}: this run reads it, or writes to it already`)
    }
    const isRegular = stats === null || stats.isFile()
    if (isRegular && other !== undefined && other.#place === place)
      throw new UsageError('each file that a run writes needs a place of its own')
    const file = new OutputFile(path, place, isRegular ? `${place}.${process.pid}.partial` : place)
    await settled(file.#stream, 'open')
    await file.lines.flush()
    if (stats?.isFile()) chmodSync(file.#written, stats.mode & 0o777)
    return file
  }

  /** Writes the rest and moves the file to its place. */
  async commit(): Promise<void> {
    await this.lines.finish()
    // A pipe whose reader has gone has nothing left to be moved or closed.
    if (this.lines.isClosed) return
    this.#stream.end()
    await settled(this.#stream, 'finish')
    await this.lines.flush()
    UNFINISHED.delete(this)
    if (this.#written === this.#place) return
    try {
      renameSync(this.#written, this.#place)
    } catch (error) {
      throw unwritable(this.#name, error)
    }
  }

  /** Leaves the place as it was. */
  discard(): void {
    UNFINISHED.delete(this)
    this.#stream.destroy()
    if (this.#written === this.#place) return
    try {
      unlinkSync(this.#written)
    } catch {
      // It was never made.
    }
  }
}

/** What stands at a path, and the path without symbolic links: only of what can be moved to, for a pipe has none. */
async function lookUp(path: string): Promise<{ stats: Stats | null; place: string }> {
  try {
    const stats = statSync(path, { throwIfNoEntry: false }) ?? null
    if (stats === null && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      throw new UsageError(`cannot write to ${path}: it is a link that leads nowhere`)
    }
    if (stats === null) return { stats, place: join(await realpath(dirname(path)), basename(path)) }
    return { stats, place: stats.isFile() ? await realpath(path) : path }
  } catch (error) {
    throw error instanceof UsageError ? error : unwritable(path, error)
  }
}
