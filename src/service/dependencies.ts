import type { Policy } from '../domain/policy.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { Store } from '../store/port.ts'

/** What every use case is given: where things are kept, what deadlines are made of, and what ids are made of. */
export interface Dependencies {
  readonly store: Store
  readonly policy: Policy
  readonly randomness: Randomness
  /** Whether a touch that is written is written in the ledger, too; it is not where this is left out. */
  readonly recordTouches?: boolean | undefined
}
