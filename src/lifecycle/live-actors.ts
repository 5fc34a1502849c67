import { clientMachine } from '../../machines/client.machine.ts'
import { sessionMachine } from '../../machines/session.machine.ts'
import type { Clock } from '../domain/clock.ts'
import { deadlineTimer } from './deadline-timer.ts'

/**
 * The session machine with a timer that waits: `createActor(liveSession(clock), { input: { session, policy } })`.
 *
 * The actor emits `session.expired` and its like when they happen; `getPersistedSnapshot()` is plain JSON, and an
 * actor restored from it goes on waiting. Nothing durable should hang on one: rows and the sweep are for that.
 */
export function liveSession(clock: Clock): typeof sessionMachine {
  return sessionMachine.provide({ actors: { deadlineTimer: deadlineTimer(clock, 'session.settle') } })
}

/** The client machine with a timer that waits for the earliest deadline of its sessions; see {@link liveSession}. */
export function liveClient(clock: Clock): typeof clientMachine {
  return clientMachine.provide({ actors: { deadlineTimer: deadlineTimer(clock, 'client.settle') } })
}
