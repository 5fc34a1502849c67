/**
 * Virtual time: what is to happen, by the instant it happens at, and a loop that goes from one to the next.
 *
 *   firing   -- everything that it set off has come to rest --> the next instant
 *   settling -- somebody still works                        --> settling
 *
 * Whatever works between two instants is made of promises, so the event loop's own turns tell when it is at rest: behind
 * one turn no promise is left to be answered. A pass over many clients gives up its turn between batches and goes on by
 * itself; who begins one says so, and is waited for until a whole turn brings nothing new.
 */
import { scheduler } from 'node:timers/promises'

/** Something that is to happen. */
export interface Appointment {
  readonly at: number
  readonly order: number
  fire: (() => void) | null
}

/** What is to happen, and when, by the one true time. */
export class Agenda {
  /** The true instant it is, epoch milliseconds. */
  now: number
  /** How many passes are under way that give up their turn between batches. */
  passes = 0
  /** Changes with everything that somebody does: while a pass is under way it tells whether all is at rest. */
  stirred = 0
  #orders = 0
  /** A binary heap: the next is the first. */
  readonly #heap: Appointment[] = []

  /** @param start Epoch milliseconds. */
  constructor(start: number) {
    this.now = start
  }

  /** Has something happen at an instant, or at once where that lies behind. Of one instant, what was set first is first. */
  at(instant: number, fire: () => void): Appointment {
    this.#orders += 1
    const appointment = { at: Math.max(this.now, instant), order: this.#orders, fire }
    this.#push(appointment)
    return appointment
  }

  /** Waits for so long, milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return this.until(this.now + milliseconds)
  }

  /** Waits for an instant. */
  until(instant: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.at(instant, resolve)
    return promise
  }

  /** Lets everything happen up to an instant, itself included, or until it is told to stop. */
  async run(end: number, isOver: () => boolean): Promise<void> {
    await this.#settle()
    for (let next = this.#heap[0]; next !== undefined && next.at <= end && !isOver(); next = this.#heap[0]) {
      this.#pop()
      if (next.fire === null) continue
      this.now = next.at
      next.fire()
      await this.#settle()
    }
    if (!isOver()) this.now = Math.max(this.now, end)
  }

  async #settle(): Promise<void> {
    await scheduler.yield()
    for (let seen = -1; this.passes > 0 && seen !== this.stirred; ) {
      seen = this.stirred
      await scheduler.yield()
    }
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(appointment)
    while (place > 0) {
      const parent = (place - 1) >>> 1
      if (!isBefore(appointment, heap[parent] as Appointment)) break
      heap[place] = heap[parent] as Appointment
      place = parent
    }
    heap[place] = appointment
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Appointment
    if (heap.length === 0) return
    let place = 0
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as Appointment)) child += 1
      if (!isBefore(heap[child] as Appointment, last)) break
      heap[place] = heap[child] as Appointment
      place = child
    }
    heap[place] = last
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
