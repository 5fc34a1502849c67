import { type RawDocument, splitDocuments } from '../../src/snapshot/index.ts'

/** The bytes of an input in chunks of these sizes, over and over; an empty list is one chunk. */
export function* chunksOf(input: Buffer | string, sizes: readonly number[]): Generator<Buffer> {
  const bytes = Buffer.from(input as string)
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    yield bytes.subarray(start, start + size)
    start += size
  }
}

/** The documents of an input that comes in these chunks. */
export async function splitAll(chunks: Iterable<Buffer>): Promise<RawDocument[]> {
  const all: RawDocument[] = []
  for await (const documents of splitDocuments(arriving(chunks))) all.push(...documents)
  return all
}

/** A document in few words: where it stands, and its text without white space or its code. */
export function inBrief({ line, index, text, error }: RawDocument): readonly [number, number | null, string] {
  return [line, index, error?.code ?? text?.replace(/\s/g, '') ?? '']
}

async function* arriving(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}
