import type { Clock } from '../../domain/clock.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/port.ts'
import type { QueueOptions, Queues } from '../../store/queue.ts'
import { openMemoryStore } from '../memory-store/memory-store.ts'

/**
 * One database in memory that several processes have, each with its own clock: one call at a time, judged by the clock of
 * who asks.
 */
export class SharedDatabase {
  readonly #store: Store
  readonly #queues: Queues
  readonly #clocks: { current: Clock }
  #calls: Promise<unknown> = Promise.resolve()

  private constructor(store: Store, queues: Queues, clocks: { current: Clock }) {
    this.#store = store
    this.#queues = queues
    this.#clocks = clocks
  }

  static async open(kind: 'memory' | 'sqlite', clock: Clock, options: QueueOptions = {}): Promise<SharedDatabase> {
    const clocks = { current: clock }
    const asked: Clock = {
      now: () => clocks.current.now(),
      elapsed: () => clocks.current.elapsed(),
      setTimeout: (fire, delay) => clocks.current.setTimeout(fire, delay),
      clearTimeout: (handle) => clocks.current.clearTimeout(handle),
    }
    const store = kind === 'memory' ? openMemoryStore(asked) : await openStore('sqlite::memory:', asked)
    return new SharedDatabase(store, await store.openQueues(options), clocks)
  }

  /** Does a call when those before it are done, by this clock. */
  call<T>(clock: Clock, use: (store: Store, queues: Queues) => Promise<T>): Promise<T> {
    const done = this.#calls.then(() => {
      this.#clocks.current = clock
      return use(this.#store, this.#queues)
    })
    this.#calls = done.catch(() => {})
    return done
  }

  /** What only compares, and so waits for nothing. */
  isBehind(cursor: string, other: string): boolean {
    return this.#store.isBehind(cursor, other)
  }

  async close(): Promise<void> {
    await this.#queues.close()
    await this.#store.close()
  }
}
