/** Policies, snapshots and histories for fast-check, which has to be installed beside Tenure. `tenure/testing/arbitraries`. */
export { anyHistory, type HistoryOptions } from './any-history.ts'
export { anyPolicy } from './any-policy.ts'
export { type AnySnapshotOptions, anySnapshot } from './any-snapshot.ts'
export { CommandHistory, type PlayedStep, type Stage, type Step } from './command-history.ts'
