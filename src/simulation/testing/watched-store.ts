import type { Store } from '../../store/port.ts'
import { quiet } from '../quiet.ts'

/** A store whose calls are counted while they are under way. */
export interface WatchedStore {
  /** Behaves like the one that was given. */
  readonly store: Store
  /** Waits until no call is under way, nor any that those which were led to at once. */
  idle(): Promise<void>
}

/**
 * Watches a store: a call to a server is nothing that the event loop shows, and all that a job waits for.
 *
 * @param closing Called, and waited for, before the store closes.
 */
export function watchStore(store: Store, closing: () => Promise<void>): WatchedStore {
  const underWay = new Set<Promise<unknown>>()
  const watch = (answer: unknown) => {
    if (!(answer instanceof Promise)) return answer
    const end = () => underWay.delete(over)
    const over: Promise<unknown> = answer.then(end, end)
    underWay.add(over)
    return answer
  }
  const close = async () => {
    await closing()
    await store.close()
  }
  const calls = new Map<string | symbol, unknown>([
    ['close', close],
    [Symbol.asyncDispose, close],
  ])
  const watched = new Proxy(store, {
    get(target, name) {
      const call = calls.get(name) ?? Reflect.get(target, name)
      if (typeof call !== 'function' || calls.has(name)) return call
      const watching = (...args: unknown[]) => watch(Reflect.apply(call, target, args))
      calls.set(name, watching)
      return watching
    },
  })
  return { store: watched, idle: () => untilNone(underWay) }
}

async function untilNone(underWay: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (underWay.size > 0) {
    await Promise.all(underWay)
    await quiet()
  }
}
