import type { Store } from '../../src/store/port.ts'

/** A real store, with something happening before or instead of some of its calls: another writer, who is faster. */
export function interposedStore(store: Store, calls: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const call = Reflect.get(calls, name) ?? Reflect.get(target, name)
      return typeof call === 'function' ? call.bind(target) : call
    },
  })
}
