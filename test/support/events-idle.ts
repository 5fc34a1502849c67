/** A clock that stands still for as long as a store is asked anything, however long its server takes. */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store } from '../../src/store/port.ts'

/** For how many turns nothing is asked where nothing is going to be until the clock moves. */
const TURNS = 12

/** How far the clock moves at a time, milliseconds, and how often at most. */
const STEP = 500
const STEPS = 5000

/** What stores that it watches are asked. */
export class Idleness {
  readonly #clock: ManualClock
  #asked = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  /** The same store, and each call that is not answered yet is known here. */
  watch(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return async (...parameters: readonly unknown[]) => {
          this.#asked += 1
          try {
            return await Reflect.apply(member, target, parameters)
          } finally {
            this.#asked -= 1
          }
        }
      },
    })
  }

  /** Lets everything go on that can without the clock. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns += 1) {
      await setImmediate()
      if (this.#asked > 0) turns = -1
    }
  }

  /** Moves the clock until something holds. */
  async until(holds: () => boolean): Promise<void> {
    for (let steps = 0; ; steps += 1) {
      await this.settled()
      if (holds()) return
      assert.ok(steps < STEPS, 'it never came to hold')
      this.#clock.advanceBy(STEP)
    }
  }
}
