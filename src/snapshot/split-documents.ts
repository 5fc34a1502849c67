import { CLOSE_BRACE, isSpace, NEWLINE, OPEN_BRACE, OPEN_BRACKET } from './json-codes.ts'
import { MAXIMUM_SIZE } from './parse-text.ts'
import { GrowingBytes, type RawDocument, refusedDocument } from './raw-document.ts'
import { LineSplitter } from './split-lines.ts'
import { StructureSplitter } from './split-structure.ts'

/** The bytes that tell an encoding, or a byte order mark: nothing is decided before they are there. */
const LONGEST_MARK = 3

const PIECE = 64 * 1024
const MANY = 1000

export type { RawDocument }

type Splitter = LineSplitter | StructureSplitter

/**
 * Cuts an input into its documents: NDJSON, a JSON array, or objects over several lines, whichever its beginning shows.
 *
 * Memory holds a few chunks and one document of 8 MiB at most, however long the input and its lines are. What cannot be
 * read is one refused document among the others, and never ends the run.
 *
 * @param source The input's bytes in UTF-8, such as a file's read stream.
 * @yields The documents that a chunk brought, in order.
 * @throws Whatever the source throws.
 */
export async function* splitDocuments(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly RawDocument[]> {
  let splitter: Splitter | undefined
  const gathered = new GrowingBytes()
  let nextLook = LONGEST_MARK
  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (splitter !== undefined) {
      yield splitter.push(chunk)
      continue
    }
    gathered.add(chunk)
    // Looked at each time it has doubled, so that a long first document is not looked at over and over.
    if (gathered.length < nextLook) continue
    nextLook = gathered.length * 2
    const opening = gathered.view()
    const encoding = foreignEncoding(opening)
    if (encoding !== undefined) {
      yield [encoding]
      return
    }
    splitter = chooseSplitter(opening, false)
    if (splitter !== undefined) {
      gathered.clear()
      for (const piece of piecesOf(withoutMark(opening))) yield splitter.push(piece)
    }
  }
  if (splitter === undefined) {
    const opening = gathered.view()
    const encoding = foreignEncoding(opening)
    if (encoding !== undefined) {
      yield [encoding]
      return
    }
    splitter = chooseSplitter(opening, true) ?? new LineSplitter()
    for (const piece of piecesOf(withoutMark(opening))) yield splitter.push(piece)
  }
  yield splitter.end()
}

/** A long opening in pieces, so that what it holds comes in batches, as it does from chunks. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

/**
 * What an input's beginning shows of its shape; `undefined` where more of it is needed to tell.
 *
 * A first line that is JSON begins NDJSON. One that opens an object and does not close it begins either an object over
 * several lines, or NDJSON whose first line is broken: a first object that closes on a later line tells of the former, a
 * later line that is an object by itself of the latter.
 *
 * What a beginning shows, every longer one shows too, up to the 8 MiB that are looked at: how the input was cut into
 * chunks does not matter.
 */
function chooseSplitter(opening: Buffer, isWhole: boolean): Splitter | undefined {
  const marked = withoutMark(opening)
  const bytes = marked.subarray(0, MAXIMUM_SIZE)
  const isLong = marked.length > MAXIMUM_SIZE
  const isFinal = isWhole || isLong
  const first = skipSpace(bytes)
  if (first === bytes.length) return isFinal ? new LineSplitter() : undefined
  if (bytes[first] === OPEN_BRACKET) return new StructureSplitter('array')
  if (bytes[first] !== OPEN_BRACE) return new LineSplitter()
  const lineEnd = bytes.indexOf(NEWLINE, first)
  if (lineEnd === -1) return isFinal ? new LineSplitter() : undefined
  if (isObject(bytes.subarray(first, lineEnd))) return new LineSplitter()
  const document = firstByStructure(bytes)
  if (document?.text !== undefined && isObject(document.text)) {
    // What closes on the first line and is not all of it, nor followed by another object, is a broken line.
    const isBrokenLine = !document.text.includes('\n') && !/^[ \t\r]*\{/.test(afterFirst(bytes, first, document.text))
    return isBrokenLine ? new LineSplitter() : new StructureSplitter('objects')
  }
  if (document === undefined && !isFinal) return undefined
  if (hasObjectLine(bytes, lineEnd, isWhole && !isLong)) return new LineSplitter()
  return isFinal ? new StructureSplitter('objects') : undefined
}

/** What follows a document on its line. */
function afterFirst(bytes: Buffer, first: number, text: string): string {
  const end = first + Buffer.byteLength(text)
  return bytes.subarray(end, end + 64).toString('latin1')
}

/** The first document there is by the brackets. Asked for in pieces, so that what comes after it is not cut up too. */
function firstByStructure(bytes: Buffer): RawDocument | undefined {
  const splitter = new StructureSplitter('objects')
  for (const piece of piecesOf(bytes)) {
    const [document] = splitter.push(piece)
    if (document !== undefined) return document
  }
  return undefined
}

/**
 * Whether a line after the first is an object by itself, as no line of an object over several lines is. So many that
 * begin and end as objects do are NDJSON too, broken as they are: a failed parse takes long, and one more tells nothing.
 */
function hasObjectLine(bytes: Buffer, firstEnd: number, isWhole: boolean): boolean {
  let alike = 0
  for (let start = firstEnd + 1; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    if (newline === -1 && !isWhole) return false
    const end = newline === -1 ? bytes.length : newline
    if (bytes[start] === OPEN_BRACE && lastOf(bytes, start, end) === CLOSE_BRACE) {
      alike += 1
      if (alike === MANY || isObject(bytes.subarray(start, end))) return true
    }
    start = end + 1
  }
  return false
}

/** The last byte of a line that is no white space; its first where there is no other. */
function lastOf(bytes: Buffer, start: number, end: number): number | undefined {
  let last = end - 1
  while (last > start && isSpace(bytes[last] as number)) last -= 1
  return bytes[last]
}

function skipSpace(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length && isSpace(bytes[at] as number)) at += 1
  return at
}

function isObject(json: Buffer | string): boolean {
  try {
    const value: unknown = JSON.parse(json.toString())
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** What is told of bytes that begin as no UTF-8 text does. */
function foreignEncoding(bytes: Buffer): RawDocument | undefined {
  const begins = (a: number, b: number) => bytes[0] === a && bytes[1] === b
  const refused = (message: string) => refusedDocument({ line: 1, index: null }, 'json-encoding', message)
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff)) return refused('the input is UTF-16; convert it to UTF-8')
  if (begins(0x1f, 0x8b)) return refused('the input is compressed; pipe it through gunzip')
  return undefined
}
