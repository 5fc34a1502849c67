import type { Randomness } from '../domain/randomness.ts'
import { sha256 } from '../service/digest.ts'
import { type Xoshiro128State, xoshiro128 } from './xoshiro128.ts'

const WORD = 2 ** 32

/** Chance that goes the same way for the same seed, and what a test or a workload draws from it. */
export interface SeededRandomness extends Randomness {
  /** An integer from 0 to one less than this, each as likely. @throws {TypeError} For a bound that is no integer from 1 to 2^53 - 1. */
  integer(below: number): number
  /** A number from 0, below 1: a multiple of 2^-53. */
  float(): number
  /** One of these. @throws {TypeError} Where there is none. */
  pick<T>(from: readonly T[]): T
  /**
   * A stream of its own, by name: the same whatever was drawn here and from other streams, before or after.
   *
   * The same name again is the same stream from its beginning.
   */
  fork(name: string): SeededRandomness
}

/**
 * Randomness that a seed decides: the generator xoshiro128**, whose state is the SHA-256 of the seed and the stream's names.
 *
 * For tests and workloads. Ids made of it can be guessed.
 *
 * @param seed Text, or a number, which is taken as the text it is written as.
 * @see {@link xoshiro128}
 */
export function seededRandomness(seed: string | number): SeededRandomness {
  return streamOf([String(seed)])
}

function streamOf(path: readonly string[]): SeededRandomness {
  const next = xoshiro128(stateOf(path))
  const wide = () => (next() >>> 5) * 2 ** 26 + (next() >>> 6)
  const integer = (below: number) => {
    if (!Number.isSafeInteger(below) || below < 1) throw new TypeError('below is an integer from 1 to 2^53 - 1')
    return below <= WORD ? evenly(next, WORD, below) : evenly(wide, 2 ** 53, below)
  }
  return {
    integer,
    float: () => wide() / 2 ** 53,
    pick: <T>(from: readonly T[]) => {
      if (from.length === 0) throw new TypeError('there is nothing to pick from')
      return from[integer(from.length)] as T
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
    fork: (name) => streamOf([...path, name]),
  }
}

/** Numbers past the last whole multiple of the bound are drawn again: the rest of a division would favour the small ones. */
function evenly(draw: () => number, size: number, below: number): number {
  const end = size - (size % below)
  for (;;) {
    const drawn = draw()
    if (drawn < end) return drawn % below
  }
}

/** As JSON, for no two paths to be one text. That all four words are 0 has a chance of 2^-128. */
function stateOf(path: readonly string[]): Xoshiro128State {
  const digest = sha256(JSON.stringify(path))
  const word = (place: number) => Number.parseInt(digest.slice(8 * place, 8 * place + 8), 16)
  return [word(0), word(1), word(2), word(3)]
}
