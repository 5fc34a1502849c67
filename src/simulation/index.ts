/** Time under your hand. `tenure/testing`. */
export { ManualClock } from './manual-clock.ts'
