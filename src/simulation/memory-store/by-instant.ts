import { Heap } from '../heap.ts'

interface Entry<Id> {
  readonly id: Id
  readonly at: number
  readonly order: number
}

/** Ids by an instant that each has or has not: as an index of a database does, the earliest first. */
export class ByInstant<Id> {
  readonly #instants = new Map<Id, number>()
  /** Entries that are no longer so are thrown away when they are come across. */
  readonly #heap = new Heap<Entry<Id>>()
  #orders = 0

  /** @param at Epoch milliseconds; `null` for none. */
  set(id: Id, at: number | null): void {
    if (at === null) this.#instants.delete(id)
    else if (this.#instants.get(id) !== at) {
      this.#instants.set(id, at)
      this.#orders += 1
      this.#heap.add({ id, at, order: this.#orders })
    }
  }

  delete(id: Id): void {
    this.#instants.delete(id)
  }

  get(id: Id): number | null {
    return this.#instants.get(id) ?? null
  }

  /** The earliest instant; `null` where there is none. */
  earliest(): number | null {
    return this.#first()?.at ?? null
  }

  /** Ids by an instant, at most so many. */
  upTo(instant: number, limit: number): readonly Id[] {
    const taken: Entry<Id>[] = []
    const ids = new Set<Id>()
    for (
      let first = this.#first();
      first !== undefined && first.at <= instant && ids.size < limit;
      first = this.#first()
    ) {
      this.#heap.take()
      // An instant that came back has two entries; one is enough.
      if (!ids.has(first.id)) taken.push(first)
      ids.add(first.id)
    }
    for (const entry of taken) this.#heap.add(entry)
    return [...ids]
  }

  #first(): Entry<Id> | undefined {
    for (let first = this.#heap.first(); first !== undefined; first = this.#heap.first()) {
      if (this.#instants.get(first.id) === first.at) return first
      this.#heap.take()
    }
    return undefined
  }
}
