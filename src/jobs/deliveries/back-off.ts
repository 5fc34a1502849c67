/**
 * How an endpoint that fails is left alone as a whole: a million sessions wait for it, and each would be tried by itself.
 *
 *   sound    -- a delivery fails    --> failing  one attempt at a time: it may be that delivery only
 *   failing  -- one fails again     --> failing  with a pause before the next, twice as long each time
 *   failing  -- one succeeds        --> sound
 *
 * What was sent before a failure was known, and fails too, tells nothing more.
 */
export class BackOff {
  #failures = 0
  /** By a time that never steps, milliseconds. */
  #pausedUntil = 0

  /** Counts up with each failure that told something: what an attempt is begun with, and judged by. */
  get round(): number {
    return this.#failures
  }

  /** Whether attempts are made one at a time. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  /** How long nothing is to be sent from an instant on, milliseconds; 0 or less where it may be. */
  pauseAt(elapsed: number): number {
    return this.#pausedUntil - elapsed
  }

  succeeded(): void {
    this.#failures = 0
    this.#pausedUntil = 0
  }

  /**
   * @param round What the attempt was begun with.
   * @param retryAfter How long the receiver asked to be left alone, milliseconds.
   */
  failed(round: number, elapsed: number, retryAfter: number): void {
    let pause = retryAfter
    if (round === this.#failures) {
      this.#failures += 1
      if (this.#failures > 1) pause = Math.max(pause, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 2)))
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, elapsed + pause)
  }
}

/** How long the first pause of an endpoint is, milliseconds; each next one is twice as long. */
const FIRST_PAUSE = 1000

/** How long an endpoint is left alone at most, milliseconds. */
export const LONGEST_PAUSE = 300_000
