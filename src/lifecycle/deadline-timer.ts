import { fromCallback } from 'xstate'
import type { DeadlineTimerEvent, DeadlineTimerInput } from '../../machines/session.machine.ts'
import type { Clock, TimerHandle } from '../domain/clock.ts'

/**
 * How long a timer waits before it asks the clock again: far below the 2^31 - 1 ms that Node waits for at most, for a
 * wall clock may step forward while it waits.
 */
const LONGEST_DELAY = 60 * 60 * 1000

/**
 * A timer for live actors that waits for a deadline by the injected clock.
 *
 * It waits an hour at a time and asks the clock each time one has passed, so a deadline years away is waited for, and a
 * clock that steps back or forward is noticed. Its input is the deadline and nothing else, so an actor restored
 * from a persisted snapshot waits for what is left of it, and one restored too late is told at once.
 *
 * @param clock Injected; also where the instant in the event comes from.
 * @param type What to send when the deadline is past.
 */
export function deadlineTimer(clock: Clock, type: DeadlineTimerEvent['type']) {
  return fromCallback<DeadlineTimerEvent, DeadlineTimerInput>(({ input, sendBack }) => {
    let handle: TimerHandle
    const arm = () => {
      const left = Math.max(0, input.deadline - clock.now())
      handle = clock.setTimeout(wake, Math.min(left, LONGEST_DELAY))
    }
    const wake = () => {
      const now = clock.now()
      if (now >= input.deadline) sendBack({ type, now })
      else arm()
    }
    arm()
    return () => clock.clearTimeout(handle)
  })
}
