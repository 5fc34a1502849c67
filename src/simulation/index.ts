/** Time and chance under your hand, and a world to test in. `tenure/testing`. */
export { ManualClock, type RunOptions } from './manual-clock.ts'
export { type SeededRandomness, seededRandomness } from './seeded-randomness.ts'
export { assertLedger, assertLive, assertStatus, type ExpectedRow } from './testing/assertions.ts'
export type { Instant } from './testing/builder-parts.ts'
export type {
  Builders,
  ClientParts,
  SnapshotParts,
  SnapshotSessionParts,
} from './testing/builders.ts'
export type { SessionParts } from './testing/session-parts.ts'
export { storyOf, type Witness } from './testing/session-tale.ts'
export type { SnapshotDocument } from './testing/snapshot-document.ts'
export { type TestWorld, testWorld, type WorldOptions, type WorldTenureOptions } from './testing/test-world.ts'
