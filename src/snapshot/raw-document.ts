import { isUtf8 } from 'node:buffer'
import type { Finding } from './findings.ts'
import { isSpace } from './json-codes.ts'
import { MAXIMUM_SIZE } from './parse-text.ts'

/** Where in its input a document stands. */
export interface Place {
  /** The line it begins on, counted from 1, blank lines included. */
  readonly line: number
  /** Its place in a JSON array, counted from 0; `null` outside of one. */
  readonly index: number | null
}

/** One document cut out of its input, not yet read: its text, or why there is none. */
export type RawDocument =
  | (Place & { readonly text: string; readonly error?: never })
  | (Place & { readonly text?: never; readonly error: Finding })

/** What stands at a place and is not a document. */
export function refusedDocument(place: Place, code: Finding['code'], message: string): RawDocument {
  return { ...place, error: { code, path: '', message } }
}

/** Bytes gathered from chunk to chunk, however small the chunks are. */
export class GrowingBytes {
  #bytes = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Keeps a copy: a piece of a chunk would keep its whole chunk in memory. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    piece.copy(this.#bytes, this.#length)
    this.#length = length
  }

  /** What has gathered; holds until something is added. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
  }
}

/** The bytes of one document. Past the size that is read they are counted and let go. */
export class DocumentBytes {
  readonly #kept = new GrowingBytes()
  #size = 0

  add(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size > MAXIMUM_SIZE) this.#kept.clear()
    else if (piece.length > 0) this.#kept.add(piece)
  }

  /**
   * Ends the document with its last piece, and begins the next.
   *
   * @returns The document, `null` where it is blank. Bytes that are not UTF-8 are no text: decoding them would lose
   *   what they were.
   */
  end(place: Place, last: Buffer): RawDocument | null {
    const isTooLarge = this.#size + last.length > MAXIMUM_SIZE
    const isWhole = this.#size === 0
    if (!isWhole && !isTooLarge) this.#kept.add(last)
    const bytes = isWhole ? last : this.#kept.view()
    this.#kept.clear()
    this.#size = 0
    if (isTooLarge) {
      return refusedDocument(place, 'document-too-large', 'is larger than 8 MiB; split it, or check that its lines end')
    }
    if (isBlank(bytes)) return null
    if (isUtf8(bytes)) return { ...place, text: bytes.toString('utf8') }
    return refusedDocument(place, 'json-encoding', 'the bytes are not UTF-8; convert them first')
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (!isSpace(byte)) return false
  return true
}
