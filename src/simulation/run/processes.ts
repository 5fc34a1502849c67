import type { Tenure } from '../../service/tenure.ts'
import type { Probe } from '../faults/faulty-call.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import { around } from './chance.ts'
import { isExpected, Life } from './life.ts'
import { ProcessClock } from './process-clock.ts'
import type { World } from './world.ts'

const DAY = 86_400_000

/** How often a call is given again where nobody knows what became of it, and how long after, milliseconds. */
const TRIES = 4
const RETRY = 800

/** One process, through all its lives, on a machine that has a clock. */
class SimulatedProcess {
  life: Life | null = null
  readonly clock: ProcessClock
  readonly randomness: SeededRandomness
  readonly #world: World
  readonly #name: string
  #lives = 0

  constructor(world: World, place: number) {
    this.#name = `process ${place}`
    this.#world = world
    this.randomness = world.randomness.fork(this.#name)
    const { driftPpm } = world.scenario.faults
    const drift = (2 * this.randomness.float() - 1) * driftPpm
    if (driftPpm > 0) world.journal.meet('fault drift')
    this.clock = new ProcessClock(world.agenda, drift)
  }

  start(): void {
    const { agenda, scenario, journal } = this.#world
    this.#lives += 1
    const life = new Life(this.#world, `${this.#name}.${this.#lives}`, this.clock, () => {
      this.life = null
      const downtime = this.#world.isFaulty ? around(this.randomness, scenario.faults.downtime) : 1
      // Where another start was faster, as when everything is mended, there is nothing to start.
      agenda.at(agenda.now + downtime, () => {
        if (this.life === null) this.start()
      })
    })
    this.life = life
    journal.note(`${life.name} starts`)
    life.start().catch((error: unknown) => journal.breach('no-other-error', `a start: ${error}`))
  }
}

/** The processes of the service, what goes wrong with them, and the way to them. */
export class Processes {
  readonly #world: World
  readonly #processes: readonly SimulatedProcess[]

  constructor(world: World) {
    this.#world = world
    const { processes } = world.scenario.workload
    this.#processes = Array.from({ length: processes }, (_, place) => new SimulatedProcess(world, place + 1))
  }

  /** Starts every process, and lets clocks and machines go wrong from then on. */
  start(): void {
    const { stepsPerDay, step, pausesPerDay, pause } = this.#world.scenario.faults
    for (const machine of this.#processes) {
      machine.start()
      const { randomness, clock } = machine
      this.#nowAndThen(machine, stepsPerDay, () => {
        const by = around(randomness, step) * (randomness.float() < 0.5 ? -1 : 1)
        this.#note('step', `${machine.life?.name} by ${by}`)
        clock.step(by)
      })
      this.#nowAndThen(machine, pausesPerDay, () => {
        const length = around(randomness, pause)
        this.#note('pause', `${machine.life?.name} for ${length}`)
        machine.life?.pause(length)
      })
    }
  }

  /** Sets every clock right, starts whatever is down, and has go on what stands still. From here on nothing goes wrong. */
  mend(): void {
    this.#world.isFaulty = false
    this.#world.journal.note('faults stop')
    for (const machine of this.#processes) {
      machine.clock.mend()
      if (machine.life === null) machine.start()
      else machine.life.resume()
    }
  }

  /** Has every process stay with the events. */
  watchToTheEnd(): void {
    for (const { life } of this.#processes) life?.watchToTheEnd()
  }

  /**
   * Asks one of the processes, and another where that fails and what became of it is not known.
   *
   * @param probe Told of each instant at which the store read what the call goes by; the last is the one that counts.
   * @returns `null` where it was given up.
   */
  async ask<T>(
    who: string,
    randomness: SeededRandomness,
    use: (tenure: Tenure) => Promise<T>,
    probe: Probe | null = null,
  ): Promise<T | null> {
    const { agenda, journal } = this.#world
    for (let tries = 0; tries < TRIES; tries += 1) {
      const up = this.#processes.filter(({ life }) => life?.isUp)
      const life = up.length === 0 ? null : randomness.pick(up).life
      if (life !== null) {
        let isOver = false
        // A read that a process had on its way when it died is none of those of the next.
        const probeThis: Probe = (now) => {
          if (!isOver) probe?.(now)
        }
        try {
          return await life.ask(use, probeThis)
        } catch (error) {
          isOver = true
          if (!isExpected(error)) journal.breach('no-other-error', `${who}: ${(error as Error)?.stack ?? error}`)
          journal.meet('command without an answer')
        }
      }
      await agenda.sleep(around(randomness, RETRY))
    }
    journal.note(`${who} gives up`)
    return null
  }

  /** How far ahead of the true time a process's clock is, milliseconds: one of them, by chance. */
  skew(randomness: SeededRandomness): number {
    return randomness.pick(this.#processes).clock.now() - this.#world.agenda.now
  }

  #nowAndThen({ randomness }: SimulatedProcess, perDay: number, happen: () => void): void {
    if (perDay <= 0) return
    const { agenda } = this.#world
    const next = () =>
      agenda.at(agenda.now + around(randomness, DAY / perDay), () => {
        if (!this.#world.isFaulty) return
        happen()
        next()
      })
    next()
  }

  #note(kind: 'step' | 'pause', what: string): void {
    this.#world.journal.meet(`fault ${kind}`)
    this.#world.journal.note(`${kind} of ${what}`)
  }
}
