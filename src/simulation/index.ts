/** Time and chance under your hand. `tenure/testing`. */
export { ManualClock } from './manual-clock.ts'
export { type SeededRandomness, seededRandomness } from './seeded-randomness.ts'
