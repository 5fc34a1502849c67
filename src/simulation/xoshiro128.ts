/** What xoshiro128** is begun with: four words of 32 bits, not all of them 0. */
export type Xoshiro128State = readonly [number, number, number, number]

/**
 * The generator xoshiro128** 1.1 of Blackman and Vigna: each call answers the next integer from 0 to 2^32 - 1.
 *
 * Fast and even, and no secret: whoever sees a few numbers knows the rest.
 *
 * @see https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function xoshiro128(state: Xoshiro128State): () => number {
  let [a, b, c, d] = state
  return () => {
    const word = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return word >>> 0
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
