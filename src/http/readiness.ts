import type { DurationMs } from '../domain/duration.ts'
import { StoreError } from '../domain/errors.ts'
import type { Store } from '../store/port.ts'

/** One thing that has to hold for a service to be ready. */
export interface ReadinessCheck {
  readonly name: 'accepting' | 'store' | 'sweep'
  readonly ok: boolean
  readonly detail?: string
}

/** Whether a service should be sent requests. */
export class Readiness {
  readonly #store: Store
  readonly #maximumSweepLag: DurationMs
  #isAccepting = true
  #isSweepHeld = () => false

  constructor(store: Store, maximumSweepLag: DurationMs) {
    this.#store = store
    this.#maximumSweepLag = maximumSweepLag
  }

  /** From here on it says that it takes no more requests: it is shutting down. */
  stopAccepting(): void {
    this.#isAccepting = false
  }

  /** Says who knows whether a step of the clock has stopped the sweep. */
  watchSweep(isHeld: () => boolean): void {
    this.#isSweepHeld = isHeld
  }

  /**
   * Whether it takes requests, the store answers and has the tables of this version, and deadlines are written down in time.
   *
   * A store that falls behind still answers right: reads settle. What is late is that anybody is told.
   */
  async check(): Promise<readonly ReadinessCheck[]> {
    const accepting: ReadinessCheck = this.#isAccepting
      ? { name: 'accepting', ok: true }
      : { name: 'accepting', ok: false, detail: 'the service is shutting down' }
    try {
      const lag = await sweepLag(this.#store)
      return [accepting, { name: 'store', ok: true }, this.#sweepCheck(lag)]
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return [accepting, { name: 'store', ok: false, detail: error.message }]
    }
  }

  #sweepCheck(lag: number): ReadinessCheck {
    if (this.#isSweepHeld()) {
      const detail =
        'the clock has stepped forward, and the sweep has stopped: set the clock right, or restart the service'
      return { name: 'sweep', ok: false, detail }
    }
    if (lag <= this.#maximumSweepLag) return { name: 'sweep', ok: true }
    const detail = `a deadline fell ${Math.floor(lag / 1000)} s ago and is not written down yet`
    return { name: 'sweep', ok: false, detail }
  }
}

/**
 * How long ago the oldest deadline fell that nobody has written down yet, milliseconds; 0 where there is none.
 *
 * It reads the newest of the store's tables, too, so that a store that lost its own is found out.
 */
export async function sweepLag(store: Store): Promise<number> {
  const [oldest, now] = await Promise.all([store.oldestDue(), store.now(), store.findItem('readiness', 'none')])
  return oldest === null ? 0 : Math.max(0, now - oldest)
}
