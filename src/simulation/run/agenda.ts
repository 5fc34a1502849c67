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
import { Heap } from '../heap.ts'

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
  /** When the last of what was put off happens. */
  putOffUntil: number
  #orders = 0
  readonly #appointments = new Heap<Appointment>()

  /** @param start Epoch milliseconds. */
  constructor(start: number) {
    this.now = start
    this.putOffUntil = start
  }

  /** Has something happen at an instant, or at once where that lies behind. Of one instant, what was set first is first. */
  at(instant: number, fire: () => void): Appointment {
    this.#orders += 1
    const appointment = { at: Math.max(this.now, instant), order: this.#orders, fire }
    this.#appointments.add(appointment)
    return appointment
  }

  /** Has something happen so long after it ought to, milliseconds: who waits for the end of all that is wrong waits for it. */
  putOff(milliseconds: number, fire: () => void): void {
    const { at } = this.at(this.now + milliseconds, fire)
    this.putOffUntil = Math.max(this.putOffUntil, at)
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
    for (
      let next = this.#appointments.first();
      next !== undefined && next.at <= end && !isOver();
      next = this.#appointments.first()
    ) {
      this.#appointments.take()
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
}
