/** What a heap orders its values by. */
interface Timed {
  readonly at: number
  readonly order: number
}

/** Values by an instant and, of one instant, by the order they came in: the earliest is first. */
export class Heap<T extends Timed> {
  readonly #values: T[] = []

  get size(): number {
    return this.#values.length
  }

  /** The earliest; `undefined` where there is none. */
  first(): T | undefined {
    return this.#values[0]
  }

  add(value: T): void {
    const values = this.#values
    let place = values.length
    values.push(value)
    while (place > 0) {
      const parent = (place - 1) >>> 1
      if (!isBefore(value, values[parent] as T)) break
      values[place] = values[parent] as T
      place = parent
    }
    values[place] = value
  }

  /** Takes the earliest out. */
  take(): T | undefined {
    const values = this.#values
    const [first] = values
    const last = values.pop()
    if (last === undefined || values.length === 0) return first
    let place = 0
    for (let child = 1; child < values.length; child = 2 * place + 1) {
      const right = values[child + 1]
      if (right !== undefined && isBefore(right, values[child] as T)) child += 1
      if (!isBefore(values[child] as T, last)) break
      values[place] = values[child] as T
      place = child
    }
    values[place] = last
    return first
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
