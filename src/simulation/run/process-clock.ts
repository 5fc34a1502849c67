import { type Clock, LONGEST_DELAY } from '../../domain/clock.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Agenda, Appointment } from './agenda.ts'

/** Has something happen in a process: later where it is paused, and never where it is dead. */
export type Wake = (fire: () => void) => void

/** A clock of one machine: it goes by the agenda's time, too fast or too slow, and may be set. */
export class ProcessClock {
  readonly #agenda: Agenda
  #rate: number
  #mark: { readonly at: number; readonly elapsed: number; readonly now: number }

  /** @param driftPpm How much faster it goes than time, in millionths; negative where it is slower. */
  constructor(agenda: Agenda, driftPpm: number) {
    this.#agenda = agenda
    this.#rate = 1 + driftPpm / 1e6
    this.#mark = { at: agenda.now, elapsed: 0, now: agenda.now }
  }

  /** The instant that it says, epoch milliseconds. */
  now(): EpochMs {
    // Rounded where it is read: a sum of rounded steps would drift by itself.
    return Math.floor(this.#mark.now + this.#passed()) as EpochMs
  }

  /** Sets it by so many milliseconds, either way, as an operator would: no time passes. */
  step(milliseconds: number): void {
    this.#mark = { at: this.#agenda.now, elapsed: this.#elapsed(), now: this.#mark.now + this.#passed() + milliseconds }
  }

  /** Sets it right, and has it go as fast as time does. */
  mend(): void {
    this.#mark = { at: this.#agenda.now, elapsed: this.#elapsed(), now: this.#agenda.now }
    this.#rate = 1
  }

  /** The clock as a process has it while it lives. */
  clockFor(wake: Wake): Clock {
    const agenda = this.#agenda
    return {
      now: () => this.now(),
      elapsed: () => this.#elapsed(),
      setTimeout: (fire, delay) => {
        // As Node has it: a longer one is over at once.
        const waits = delay >= 1 && delay <= LONGEST_DELAY ? delay : 1
        const passes = Math.ceil(waits / this.#rate)
        return agenda.at(agenda.now + passes, () => wake(fire))
      },
      clearTimeout: (handle) => {
        if (handle !== null) (handle as Appointment).fire = null
      },
    }
  }

  #passed(): number {
    return (this.#agenda.now - this.#mark.at) * this.#rate
  }

  #elapsed(): number {
    return this.#mark.elapsed + this.#passed()
  }
}
