/** A real store with a gate before its calls, so that a test decides who reads and who writes when. */
import type { Store } from '../../src/store/port.ts'

/** The calls that commands are made of. */
const GATED = new Set([
  'read',
  'commit',
  'change',
  'changeDue',
  'findSessions',
  'findPurged',
  'findOpenOfUser',
  'findDue',
  'findClosed',
] as const)

export type GatedCall = typeof GATED extends Set<infer Call> ? Call : never

/** Lets a call through, now or later; or answers in its place. */
export type Gate = (call: GatedCall, run: () => Promise<unknown>) => Promise<unknown>

/** The same store, but each call that commands are made of goes through a gate. */
export function gatedStore(store: Store, gate: Gate): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const isGated = GATED.has(name as GatedCall)
      return (...parameters: readonly unknown[]) => {
        const run = (): Promise<unknown> => Reflect.apply(member, target, parameters)
        return isGated ? gate(name as GatedCall, run) : run()
      }
    },
  })
}

/**
 * Lets the calls of several parties through in a given order: each turn is one call, from its beginning to its end.
 *
 * Who has no turn left waits until everybody's turns are over, and then goes freely.
 */
export class Turnstile {
  #order: readonly string[]
  readonly #waiting: (() => void)[] = []

  /** @param order Whose turn it is, one after the other. */
  constructor(order: readonly string[]) {
    this.#order = order
  }

  /** A gate for the calls of one party. */
  gateOf(party: string): Gate {
    return async (_, run) => {
      while (this.#order.length > 0 && this.#order[0] !== party) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      const isTurn = this.#order[0] === party
      try {
        return await run()
      } finally {
        if (isTurn) this.#continue(this.#order.slice(1))
      }
    }
  }

  /** A party is done: turns that it has left are nobody's. */
  leave(party: string): void {
    this.#continue(this.#order.filter((each) => each !== party))
  }

  #continue(order: readonly string[]): void {
    this.#order = order
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Every order in which two parties can take so many turns each. */
export function ordersOf(a: number, b: number): readonly (readonly string[])[] {
  if (a === 0 && b === 0) return [[]]
  const first = a === 0 ? [] : ordersOf(a - 1, b).map((rest) => ['a', ...rest])
  const second = b === 0 ? [] : ordersOf(a, b - 1).map((rest) => ['b', ...rest])
  return [...first, ...second]
}
