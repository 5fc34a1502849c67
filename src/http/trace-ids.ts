import type { Randomness } from '../domain/randomness.ts'

/** Bytes of a trace id. */
const LENGTH = 16

/** How many ids are made of what is asked for at once: asking costs more than the bytes. */
const POOL = 256

/** Names requests, each at random. */
export function traceIds(randomness: Randomness): () => string {
  let pool: Buffer = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at === pool.length) {
      const bytes = randomness.bytes(LENGTH * POOL)
      pool = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      at = 0
    }
    at += LENGTH
    return pool.toString('hex', at - LENGTH, at)
  }
}
