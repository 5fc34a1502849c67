import { NEWLINE } from './json-codes.ts'
import { DocumentBytes, type RawDocument } from './raw-document.ts'

/** Cuts NDJSON into its lines. Blank lines are counted and passed over; memory holds one line of 8 MiB at most. */
export class LineSplitter {
  #line = 1
  readonly #bytes = new DocumentBytes()

  /** The documents whose lines end in a chunk. */
  push(chunk: Buffer): RawDocument[] {
    const documents: RawDocument[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#close(chunk.subarray(start, end), documents)
      start = end + 1
    }
    this.#bytes.add(chunk.subarray(start))
    return documents
  }

  /** The document of a last line that no newline ends. */
  end(): RawDocument[] {
    const documents: RawDocument[] = []
    this.#close(Buffer.alloc(0), documents)
    return documents
  }

  #close(last: Buffer, documents: RawDocument[]): void {
    const document = this.#bytes.end({ line: this.#line, index: null }, last)
    this.#line += 1
    if (document !== null) documents.push(document)
  }
}
