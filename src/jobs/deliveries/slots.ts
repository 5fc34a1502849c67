/** How many deliveries may be under way at once, to all endpoints together. */
export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Takes so many at most, and answers how many. */
  take(count: number): number {
    const taken = Math.min(count, this.#free)
    this.#free -= taken
    return taken
  }

  /** Gives some back, and wakes who found none. */
  give(count: number): void {
    this.#free += count
    if (this.#free <= 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Has somebody woken once, when some are given back. */
  onFree(wake: () => void): void {
    this.#waiting.add(wake)
  }
}
