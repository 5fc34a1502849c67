/**
 * The time of a service whose clock is virtual: it stands still until it is told to move, and on the way everything that falls
 * due is done at its own instant, webhooks and what they lead to included.
 */
import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { type EpochMs, parseInstant } from '../../domain/instant.ts'
import type { MovableClock } from '../../http/context.ts'
import { ManualClock } from '../../simulation/manual-clock.ts'

/** What has to rest before a virtual clock moves. */
export interface Restless {
  /** Sees what others did since: they do not share the clock, and wake nobody. */
  look(): Promise<void>
  /** Waits until what is under way outside the process is done: the answers of webhooks' receivers. */
  settled(): Promise<void>
}

/** A virtual clock, and what has to rest before it moves on. */
export class VirtualTime implements MovableClock {
  readonly clock: ManualClock
  #restless: Restless = { look: async () => {}, settled: async () => {} }
  /** The last move that was asked for. */
  #moved: Promise<unknown> = Promise.resolve()

  /** @param start The instant that it begins at, as text; the wall clock's present where it is `null`. */
  constructor(start: string | null, wall: Clock) {
    this.clock = new ManualClock(start === null ? wall.now() : parseInstant(start, wall.now()))
  }

  /** Says what is looked at once before each move, and waited for wherever the clock stops. */
  settleBy(restless: Restless): void {
    this.#restless = restless
  }

  async advance(duration: DurationMs): Promise<EpochMs> {
    return this.#move(() => this.clock.run(duration, { settled: this.#restless.settled }))
  }

  async set(instant: EpochMs): Promise<EpochMs> {
    return this.#move(() => this.clock.runTo(instant, { settled: this.#restless.settled }))
  }

  /** Moves one after the other. */
  async #move(move: () => Promise<void>): Promise<EpochMs> {
    const moved = this.#moved.then(async () => {
      await this.#restless.look()
      await move()
      return this.clock.now()
    })
    this.#moved = moved.catch(() => {})
    return moved
  }
}
