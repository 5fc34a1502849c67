/** Loads something again and again: once for all who ask while it is under way. */
export class Reloading {
  readonly #load: () => Promise<void>
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(load: () => Promise<void>) {
    this.#load = load
  }

  /** Loads, or waits for the load that is under way. */
  join(): Promise<void> {
    this.#running ??= this.#load().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /**
   * Waits for a load that begins from now on: one that is under way may have read before what is looked for was written.
   */
  anew(): Promise<void> {
    if (this.#running === null) return this.join()
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null
        return this.join()
      })
    return this.#next
  }
}
