import type { EpochMs } from './instant.ts'

/** What a clock's `setTimeout` answers, to be handed back to its `clearTimeout`. */
export type TimerHandle = unknown

/** The longest delay of a timer, milliseconds: Node fires longer ones at once. */
export const LONGEST_DELAY = 2 ** 31 - 1

/**
 * The one source of time, injected wherever time is read or waited for.
 *
 * An XState actor asks the same two timers, and `now`, of its `clock` option.
 */
export interface Clock {
  /** The instant it is, epoch milliseconds. May step back, as wall clocks do. */
  now(): EpochMs
  /** How long it has been since some beginning, milliseconds. Never steps: by it a step of {@link Clock.now} shows. */
  elapsed(): number
  /** Calls `fire` once, `delay` milliseconds from now. At most 2^31 - 1: Node fires longer ones at once. */
  setTimeout(fire: () => void, delay: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
}

/** The machine's wall clock. The only place in Tenure where time comes from outside. */
export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  elapsed: () => performance.now(),
  setTimeout: (fire, delay) => setTimeout(fire, delay),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}
