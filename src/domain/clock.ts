import type { EpochMs } from './instant.ts'

/** What a clock's `setTimeout` answers, to be handed back to its `clearTimeout`. */
export type TimerHandle = unknown

/**
 * The one source of time, injected wherever time is read or waited for.
 *
 * The three members are also what an XState actor asks of its `clock` option.
 */
export interface Clock {
  /** The instant it is, epoch milliseconds. May step back, as wall clocks do. */
  now(): EpochMs
  /** Calls `fire` once, `delay` milliseconds from now. At most 2^31 - 1: Node fires longer ones at once. */
  setTimeout(fire: () => void, delay: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
}

/** The machine's wall clock. The only place in Tenure where time comes from outside. */
export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  setTimeout: (fire, delay) => setTimeout(fire, delay),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}
