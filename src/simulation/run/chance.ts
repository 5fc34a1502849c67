import type { SeededRandomness } from '../seeded-randomness.ts'

/** Whether something happens that has a chance. Draws nothing where it never does. */
export function happens(randomness: SeededRandomness, chance: number): boolean {
  return chance > 0 && randomness.float() < chance
}

/** A length of time of which the mean is known, exponentially spread: a whole number of milliseconds, from 1. */
export function around(randomness: SeededRandomness, mean: number): number {
  return Math.max(1, Math.round(-Math.log(1 - randomness.float()) * mean))
}

/** A place in a list of weights, each as likely as it weighs. */
export function weighted(randomness: SeededRandomness, weights: readonly number[]): number {
  let left = randomness.float() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [place, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return place
  }
  return weights.length - 1
}
