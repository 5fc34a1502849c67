import type { Clock, TimerHandle } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { ClientChange, Store } from '../../store/port.ts'

/**
 * Wakes those who wait for events: at once for what this process writes, and for what others do within an interval.
 *
 * The store is asked only while somebody waits, and once for all of them.
 */
export class FeedSignal {
  readonly #store: Pick<Store, 'feedEnd'>
  readonly #clock: Clock
  /** How often the store is asked what others have written. */
  readonly interval: DurationMs
  readonly #waiting = new Set<() => void>()
  #timer: TimerHandle | null = null
  #end: string | null | undefined = undefined
  #isClosed = false
  #mark = 0

  constructor(store: Pick<Store, 'feedEnd'>, clock: Clock, interval: DurationMs) {
    this.#store = store
    this.#clock = clock
    this.interval = interval
  }

  /** Whether nobody is to wait any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Told of what was written here. */
  readonly written = (changes: readonly ClientChange[]): void => {
    if (changes.some(({ transitions }) => transitions.length > 0)) this.#wakeAll()
  }

  /** Changes with whatever may be new: to be taken before reading, so that what is written meanwhile is not slept over. */
  get mark(): number {
    return this.#mark
  }

  /**
   * Waits until there may be something new since a mark, for so long at most, milliseconds.
   *
   * @param ended Ends the wait of one that is stopped.
   */
  async wait(mark: number, atMost: number, ended?: AbortSignal): Promise<void> {
    if (this.#isClosed || atMost <= 0 || mark !== this.#mark || ended?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = () => resolve()
    this.#waiting.add(resolve)
    ended?.addEventListener('abort', end)
    const timer = this.#clock.setTimeout(resolve, Math.max(1, atMost))
    this.#watch()
    try {
      await promise
    } finally {
      this.#clock.clearTimeout(timer)
      this.#waiting.delete(resolve)
      ended?.removeEventListener('abort', end)
    }
  }

  /** Wakes everybody, and lets nobody wait any more. */
  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#wakeAll()
  }

  #wakeAll(): void {
    this.#mark += 1
    for (const wake of [...this.#waiting]) wake()
  }

  /** Looks at the store after an interval, and again for as long as somebody waits. */
  #watch(): void {
    if (this.#timer !== null || this.#isClosed) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#look().finally(() => {
        this.#timer = null
        if (this.#waiting.size > 0) this.#watch()
      })
    }, this.interval)
  }

  /** A store that fails is no news: whoever waits asks it in the end, and is told. */
  async #look(): Promise<void> {
    try {
      const end = await this.#store.feedEnd()
      // The first time nobody knows what there was before: whoever waits looks once in vain.
      if (end !== this.#end) this.#wakeAll()
      this.#end = end
    } catch {}
  }
}
