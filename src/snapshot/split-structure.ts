import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  isSpace,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-codes.ts'
import { DocumentBytes, type RawDocument, refusedDocument } from './raw-document.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Cuts documents out of JSON by its brackets: the elements of an array, or objects one after the other, over as many
 * lines as they like. Memory holds one document of 8 MiB at most.
 *
 * It counts brackets, skips strings and leaves the rest to the parser: a broken element is one rejected document. The
 * next one begins after its comma, unless brackets are what is broken: where one is missing, its neighbours are lost
 * with it. A string ends with its line, as no JSON string goes over two.
 */
export class StructureSplitter {
  /** How deep the documents stand: 1 in an array, 0 one after the other. */
  readonly #base: 0 | 1
  readonly #bytes = new DocumentBytes()
  #phase: 'before' | 'within' | 'after'
  #depth = 0
  #isInString = false
  #isEscaped = false
  #line = 1
  #index = 0
  /** The line that the current document began on; `null` between two. */
  #startLine: number | null = null
  /** Whether the array's current place holds an element: two commas in a row leave one out. */
  #hasElement = false
  /** Whether a missing element has been told of since the last that was there. */
  #isMissingTold = false
  /** Whether what follows the array has been told of. */
  #isSpoiled = false

  /** @param shape Whether the input is one array, whose elements are the documents, or a row of objects. */
  constructor(shape: 'array' | 'objects') {
    this.#base = shape === 'array' ? 1 : 0
    this.#phase = shape === 'array' ? 'before' : 'within'
  }

  /** The documents that end in a chunk. */
  push(chunk: Buffer): RawDocument[] {
    const documents: RawDocument[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number
      if (byte === NEWLINE) this.#line += 1
      if (this.#isInString) this.#passString(byte)
      else if (this.#isBetween(byte)) {
        this.#close(chunk.subarray(start, at), documents)
        this.#passBetween(byte, documents)
      } else {
        if (this.#startLine === null && !isSpace(byte)) {
          this.#startLine = this.#line
          start = at
        }
        this.#pass(byte)
        if (this.#endsObject(byte)) this.#close(chunk.subarray(start, at + 1), documents)
      }
    }
    if (this.#startLine !== null) this.#bytes.add(chunk.subarray(start))
    return documents
  }

  /** What is left when the input ends: a document that never closed, or an array that did not. */
  end(): RawDocument[] {
    const documents: RawDocument[] = []
    // A document that breaks off is told of by its parser, and needs no second word.
    const breaksOff = this.#startLine !== null && (this.#depth > this.#base || this.#isInString)
    this.#close(NOTHING, documents)
    if (this.#base === 1 && this.#phase !== 'after' && !breaksOff) {
      if (this.#hasElement) this.#index += 1
      documents.push(this.#refused('json-truncated', 'the array never ends; was the input cut off?'))
    }
    return documents
  }

  #passString(byte: number): void {
    if (byte === NEWLINE) this.#isInString = this.#isEscaped = false
    else if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) this.#isInString = false
  }

  #pass(byte: number): void {
    if (byte === QUOTE) this.#isInString = true
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth = Math.max(this.#base, this.#depth - 1)
  }

  #endsObject(byte: number): boolean {
    return this.#base === 0 && this.#depth === 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)
  }

  /** Whether a byte belongs to the array around the documents, and to none of them. */
  #isBetween(byte: number): boolean {
    if (this.#base === 0) return false
    if (this.#phase !== 'within') return !isSpace(byte)
    return this.#depth === 1 && (byte === COMMA || byte === CLOSE_BRACKET)
  }

  #passBetween(byte: number, documents: RawDocument[]): void {
    if (this.#phase === 'before' && byte === OPEN_BRACKET) {
      this.#phase = 'within'
      this.#depth = 1
    } else if (this.#phase === 'within') {
      this.#wantsElement(byte, documents)
      if (byte === CLOSE_BRACKET) this.#phase = 'after'
    } else if (!this.#isSpoiled) {
      this.#isSpoiled = true
      documents.push(this.#refused('json-syntax', 'something follows the array; give one array, or NDJSON'))
    }
  }

  #wantsElement(byte: number, documents: RawDocument[]): void {
    const isEmptyArray = byte === CLOSE_BRACKET && this.#index === 0
    // Of a run of commas the first is told of: a million of them are one mistake.
    if (!this.#hasElement && !isEmptyArray && !this.#isMissingTold) {
      documents.push(this.#refused('json-syntax', 'an element is missing before this comma or bracket'))
    }
    this.#isMissingTold = !this.#hasElement
    this.#hasElement = false
    this.#index += 1
  }

  #close(last: Buffer, documents: RawDocument[]): void {
    if (this.#startLine === null) return
    const place = { line: this.#startLine, index: this.#base === 1 ? this.#index : null }
    this.#startLine = null
    this.#hasElement = true
    const document = this.#bytes.end(place, last)
    if (document !== null) documents.push(document)
  }

  #refused(code: 'json-syntax' | 'json-truncated', message: string): RawDocument {
    return refusedDocument({ line: this.#line, index: this.#index }, code, message)
  }
}
