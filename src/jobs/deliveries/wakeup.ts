import type { Clock } from '../../domain/clock.ts'

/** Lets one that sleeps be woken. */
export class Wakeup {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #mark = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Changes with every waking: to be taken before one looks, so that what comes meanwhile is not slept over. */
  get mark(): number {
    return this.#mark
  }

  wake(): void {
    this.#mark += 1
    for (const resolve of [...this.#waiting]) resolve()
  }

  /** Waits to be woken since a mark, for so long at most, milliseconds. */
  async wait(mark: number, atMost: number): Promise<void> {
    if (mark !== this.#mark) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    const timer = this.#clock.setTimeout(resolve, Math.max(1, atMost))
    await promise
    this.#clock.clearTimeout(timer)
    this.#waiting.delete(resolve)
  }
}
