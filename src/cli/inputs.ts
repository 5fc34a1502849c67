import { createReadStream, fstatSync, type Stats, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { type Reading, type ReadOptions, readClient } from '../snapshot/read-client.ts'
import { type RawDocument, splitDocuments } from '../snapshot/split-documents.ts'
import { type Io, UsageError } from './io.ts'

/** Small enough that memory holds every document of a chunk, and what is said of each, be a document one byte long. */
const CHUNK_SIZE = 64 * 1024

/** Something to read snapshots from. */
export interface Input {
  /** As it was named on the command line; `-` is standard input. */
  readonly name: string
  /** What the system knows of it; `null` where it is no file of the system's. */
  readonly stats: Stats | null
}

/**
 * The inputs that a command line names, each looked at before any is read; standard input where it names none.
 *
 * @throws {UsageError} When one is not there, is a directory, or is what standard output is written to; when nothing is
 *   piped in and nobody named a file.
 */
export function findInputs(names: readonly string[], io: Io): Input[] {
  if (names.length === 0 && (io.stdin as { isTTY?: boolean }).isTTY === true) {
    throw new UsageError('there is nothing to read: name a file, or pipe snapshots in')
  }
  const inputs = (names.length === 0 ? ['-'] : names).map((name) => findInput(name, io))
  if (inputs.filter(({ name }) => name === '-').length > 1) throw new UsageError('standard input can be read only once')
  const output = statsOf(io.stdout)
  const feedback = inputs.find(({ stats }) => isSameFile(stats, output))
  if (feedback !== undefined)
    throw new UsageError(`cannot read ${spoken(feedback.name)}: standard output is written to it`)
  return inputs
}

/** What the system knows of the file behind a stream; `null` where there is none. */
export function statsOf(stream: object): Stats | null {
  if (!('fd' in stream) || typeof stream.fd !== 'number') return null
  try {
    return fstatSync(stream.fd)
  } catch {
    return null
  }
}

/** Whether two are one regular file, whatever its names. Devices and pipes are never in each other's way. */
export function isSameFile(a: Stats | null, b: Stats | null): boolean {
  return a !== null && b !== null && a.isFile() && a.dev === b.dev && a.ino === b.ino
}

function findInput(name: string, io: Io): Input {
  if (name === '') throw new UsageError('an input needs a name; - is standard input')
  try {
    const stats = name === '-' ? statsOf(io.stdin) : statSync(name)
    // Node reads a directory behind standard input as nothing at all.
    if (stats?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    return { name, stats }
  } catch (error) {
    throw new UsageError(`cannot read ${spoken(name)}: ${reasonOf(error)}`, { cause: error })
  }
}

/** What an input is called in a sentence. */
export function spoken(name: string): string {
  return name === '-' ? 'standard input' : name
}

/** How many bytes there are to read, or `null` where nobody knows. */
export function sizeOf(inputs: readonly Input[]): number | null {
  let size = 0
  for (const { stats } of inputs) {
    if (stats === null || !stats.isFile()) return null
    size += stats.size
  }
  return size
}

/** Some documents of an input, and how many bytes were read for them. */
export interface Batch {
  readonly file: string
  readonly documents: readonly RawDocument[]
  readonly bytes: number
}

/**
 * The documents of inputs, one input after the other, in batches as the bytes come in.
 *
 * @throws {UsageError} When an input cannot be read to its end.
 */
export async function* readBatches(inputs: readonly Input[], io: Io): AsyncGenerator<Batch> {
  for (const { name } of inputs) {
    const stream = name === '-' ? io.stdin : createReadStream(name, { highWaterMark: CHUNK_SIZE })
    const counted = new CountedBytes(stream)
    try {
      for await (const documents of splitDocuments(counted)) {
        yield { file: name, documents, bytes: counted.take() }
      }
    } catch (error) {
      throw new UsageError(`cannot read ${spoken(name)}: ${reasonOf(error)}`, { cause: error })
    }
  }
}

/** Reads a document that was cut out of an input; one that could not be cut out is rejected for that. */
export function readDocument(document: RawDocument, options: ReadOptions): Reading {
  if (document.error !== undefined) return { valid: false, id: null, errors: [document.error], warnings: [] }
  return readClient(document.text, options)
}

/** A stream's chunks, as bytes, counted as they pass. */
class CountedBytes implements AsyncIterable<Buffer> {
  #bytes = 0
  readonly #stream: Readable

  constructor(stream: Readable) {
    this.#stream = stream
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const chunk of this.#stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string)
      this.#bytes += bytes.length
      yield bytes
    }
  }

  /** The bytes since the last time it was asked. */
  take(): number {
    const bytes = this.#bytes
    this.#bytes = 0
    return bytes
  }
}

/** What the system has against a file, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'it is not allowed'
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOTDIR':
      return 'a part of its path is not a directory'
    case 'ENOSPC':
      return 'there is no space left on the device'
    case 'EBUSY':
      return 'it is in use, or mounted by itself'
    case 'ELOOP':
      return 'its symbolic links lead in a circle'
    case 'ENAMETOOLONG':
      return 'its name is too long'
    case 'EROFS':
      return 'the file system is read-only'
    default:
      return code ?? 'the system gave no reason'
  }
}
