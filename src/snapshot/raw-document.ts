import { isUtf8 } from 'node:buffer'
import type { Finding } from './findings.ts'
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

/** The bytes of one document, gathered from chunk to chunk. Past the size that is read they are counted and let go. */
export class DocumentBytes {
  #pieces: Buffer[] = []
  #size = 0

  /** Keeps a piece of a chunk until the document ends: a copy, for the piece would keep its whole chunk in memory. */
  add(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size > MAXIMUM_SIZE) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(Buffer.from(piece))
  }

  /**
   * Ends the document with its last piece, and begins the next.
   *
   * @returns The document, `null` where it is blank. Bytes that are not UTF-8 are no text: decoding them would lose
   *   what they were.
   */
  end(place: Place, last: Buffer): RawDocument | null {
    const size = this.#size + last.length
    const bytes = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#size = 0
    if (size > MAXIMUM_SIZE) {
      return refusedDocument(place, 'document-too-large', 'is larger than 8 MiB; split it, or check that its lines end')
    }
    if (isBlank(bytes)) return null
    if (isUtf8(bytes)) return { ...place, text: bytes.toString('utf8') }
    return refusedDocument(place, 'json-encoding', 'the bytes are not UTF-8; convert them first')
  }
}

/** Whether a byte is white space to JSON. @see RFC 8259, section 2 */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (!isSpace(byte)) return false
  return true
}
