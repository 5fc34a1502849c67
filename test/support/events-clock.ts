import type { Clock } from '../../src/domain/clock.ts'
import type { EpochMs } from '../../src/domain/instant.ts'

/** How a process's clock is wrong. */
export interface Drift {
  /** How far it is ahead, milliseconds; behind where negative. */
  readonly offset: number
  /** How many milliseconds go by on it in each, timers included: what takes half a minute is over in a second, at 30. */
  readonly speed: number
  /** When it began to go at that speed, epoch milliseconds: the same for all clocks of one trial. */
  readonly epoch: number
}

/** The machine's clock, as a process has it whose own is wrong. */
export function driftingClock({ offset, speed, epoch }: Drift): Clock {
  return {
    now: () => Math.floor(epoch + (Date.now() - epoch) * speed + offset) as EpochMs,
    elapsed: () => performance.now() * speed,
    setTimeout: (fire, delay) => setTimeout(fire, delay / speed),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  }
}
