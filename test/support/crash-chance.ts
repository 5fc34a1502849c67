/** Chance that a seed repeats. */
export interface Chance {
  /** A whole number from 0, below this one. */
  below(bound: number): number
  /** One of these; `undefined` where there is none. */
  pick<T>(from: readonly T[]): T | undefined
  /** One of these, of which there is at least one. */
  one<T>(from: readonly T[]): T
}

/** Chance that goes the same way for the same seed. @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
export function seeded(seed: number): Chance {
  let state = seed | 0
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
  const pick = <T>(from: readonly T[]) => from[below(from.length)]
  return { below, pick, one: (from) => pick(from) as (typeof from)[number] }
}

/** The seed of a run: `TENURE_CRASH_SEED`, or another each time. */
export function someSeed(): number {
  const given = process.env['TENURE_CRASH_SEED']
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
