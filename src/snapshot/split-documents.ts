import { MAXIMUM_SIZE } from './parse-text.ts'
import { isSpace, type RawDocument, refusedDocument } from './raw-document.ts'
import { LineSplitter } from './split-lines.ts'
import { StructureSplitter } from './split-structure.ts'

const NEWLINE = 0x0a
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b

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
export async function* splitDocuments(source: AsyncIterable<Buffer>): AsyncGenerator<readonly RawDocument[]> {
  let splitter: Splitter | undefined
  let opening: Buffer = Buffer.alloc(0)
  let nextLook = 0
  for await (const chunk of source) {
    if (splitter !== undefined) {
      yield splitter.push(chunk)
      continue
    }
    opening = opening.length === 0 ? chunk : Buffer.concat([opening, chunk])
    const encoding = foreignEncoding(opening)
    if (encoding !== undefined) {
      yield [encoding]
      return
    }
    // Looked at each time it has doubled, so that a long first document is not looked at over and over.
    if (opening.length < nextLook) continue
    nextLook = opening.length * 2
    splitter = chooseSplitter(opening, false)
    if (splitter !== undefined) yield splitter.push(withoutMark(opening))
  }
  if (splitter === undefined) {
    splitter = chooseSplitter(opening, true) ?? new LineSplitter()
    yield splitter.push(withoutMark(opening))
  }
  yield splitter.end()
}

/**
 * What an input's beginning shows of its shape; `undefined` where more of it is needed to tell.
 *
 * A first line that is JSON begins NDJSON. One that opens an object and does not close it begins either an object over
 * several lines, or NDJSON whose first line is broken: whichever comes first tells, an object that closes or a later
 * line that is an object by itself.
 */
function chooseSplitter(opening: Buffer, isWhole: boolean): Splitter | undefined {
  const bytes = withoutMark(opening)
  const first = bytes.findIndex((byte) => !isSpace(byte))
  if (first === -1) return undefined
  if (bytes[first] === OPEN_BRACKET) return new StructureSplitter('array')
  if (bytes[first] !== OPEN_BRACE) return new LineSplitter()
  const isLong = isWhole || bytes.length > MAXIMUM_SIZE
  const lineEnd = bytes.indexOf(NEWLINE, first)
  if (lineEnd === -1) return isLong ? new LineSplitter() : undefined
  if (isObject(bytes.subarray(first, lineEnd))) return new LineSplitter()
  const [document] = new StructureSplitter('objects').push(bytes)
  if (document?.text !== undefined && isObject(document.text)) return new StructureSplitter('objects')
  if (document === undefined && !isLong) return undefined
  return hasObjectLine(bytes, lineEnd) ? new LineSplitter() : new StructureSplitter('objects')
}

/** Whether a line after the first is an object by itself, as no line of an object over several lines is. */
function hasObjectLine(bytes: Buffer, firstEnd: number): boolean {
  for (let start = firstEnd + 1; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline
    if (bytes[start] === OPEN_BRACE && isObject(bytes.subarray(start, end))) return true
    start = end + 1
  }
  return false
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
