import { type Clock, LONGEST_DELAY, systemClock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import { type Randomness, systemRandomness } from '../domain/randomness.ts'
import { observeStore } from '../store/observed-store.ts'
import { openStore, type StoreOptions } from '../store/open-store.ts'
import type { Store } from '../store/port.ts'
import { FeedSignal } from './events/feed-signal.ts'
import { Tenure } from './tenure.ts'

/** What Tenure is opened with. */
export interface TenureOptions extends StoreOptions {
  /** `sqlite:PATH`, `sqlite::memory:`, `postgres://…`, or a store that is open already and closed by Tenure. */
  readonly store: string | Store
  /** What deadlines and limits are made of; Clerk's defaults where it is left out. `readPolicy` reads a document. */
  readonly policy?: Policy | undefined
  /** Says what time it is; the machine's wall clock where it is left out. */
  readonly clock?: Clock | undefined
  /** What ids are made of; the operating system's where it is left out. */
  readonly randomness?: Randomness | undefined
  /**
   * Whether each touch that is written leaves a row in the ledger, and so is told as `session.touched`; `false` where it is
   * left out. What `touchInterval` holds back is not written, and not told.
   */
  readonly recordTouches?: boolean | undefined
  /**
   * How often the store is asked what other processes have written, while a subscription waits: 1 to 2^31 - 1 milliseconds,
   * a second where it is left out.
   */
  readonly pollInterval?: DurationMs | undefined
}

/**
 * Opens Tenure on a store, which is made, or brought up to date, where it has to be.
 *
 * @throws {TypeError} When there is no store, or its URL is none that Tenure knows, or the policy is a document that nobody read.
 * @throws {StoreError} When the store cannot be opened, is not one of Tenure's, or is newer than this code.
 */
export async function openTenure(options: TenureOptions): Promise<Tenure> {
  const { policy = defaultPolicy, clock = systemClock, randomness = systemRandomness, recordTouches = false } = options
  if (!isRead(policy)) throw new TypeError('the policy is a document: hand over what readPolicy makes of it')
  if (typeof options.store !== 'string' && typeof options.store?.findSession !== 'function') {
    throw new TypeError('store is sqlite:PATH, sqlite::memory: or postgres://…, or a store that is open already')
  }
  const { pollInterval = POLL_INTERVAL } = options
  if (!(pollInterval >= 1 && pollInterval <= LONGEST_DELAY)) {
    throw new TypeError('pollInterval is 1 to 2147483647 milliseconds')
  }
  const opened = typeof options.store === 'string' ? await openStore(options.store, clock, options) : options.store
  const feed = new FeedSignal(opened, clock, pollInterval)
  return new Tenure({ store: observeStore(opened, feed.written), policy, randomness, recordTouches }, clock, feed)
}

/** How often the store is asked, where nobody says. */
const POLL_INTERVAL = 1000 as DurationMs

/** Whether a policy's durations are milliseconds, and not the text that a document has: sums with text never end. */
function isRead({ maximumLifetime, inactivityTimeout, abandonment, touchInterval, retention }: Policy): boolean {
  const durations = [maximumLifetime ?? 0, inactivityTimeout ?? 0, abandonment?.after, touchInterval, retention]
  return durations.every(Number.isInteger)
}
