import * as law from '../domain/client-law.ts'
import type { CommandOptions, SessionCommand, SessionEngine } from '../domain/command.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Client, Session, SessionId } from '../domain/session.ts'
import { applyCommand } from './apply-command.ts'
import { settleSession } from './settle-session.ts'

/** The transition table as an engine: what the machine would answer, in nanoseconds. */
export const tableEngine: SessionEngine = { settle: settleSession, apply: applyCommand }

/**
 * Brings every session of a client up to what its deadlines say at an instant, all together in time order.
 *
 * Changes a session's `status` and `updatedAt`, the client's `lastActiveSessionId` and `updatedAt`, and nothing else.
 * Where the last active session stops being live, the session that is live then with the latest `lastActiveAt` takes
 * its place. Where nothing is due, the very object that was given comes back.
 *
 * @param client Any object with a client's members; others are kept, in their order.
 * @param now Instant to settle at, epoch milliseconds, from the injected clock.
 */
export function settleClient<C extends Client>(client: C, now: EpochMs): law.SettledClient<C> {
  return law.settleClient(tableEngine, client, now)
}

/**
 * Settles a client, then gives one of its sessions a command.
 *
 * A touch makes the session the last active one, and is throttled by the policy's `touchInterval`. A removal takes the
 * session out of `sessionIds`, and so does a revocation in single-session mode; the session itself stays held.
 */
export function commandClient<C extends Client>(
  client: C,
  sessionId: SessionId,
  command: law.ClientCommand,
  now: EpochMs,
  options?: CommandOptions,
): law.ClientOutcome<C> {
  return law.commandClient(tableEngine, client, sessionId, command, now, options)
}

/** Settles a client, then makes a live session its last active one, without recording activity. */
export function selectSession<C extends Client>(client: C, sessionId: SessionId, now: EpochMs): law.ClientOutcome<C> {
  return law.selectSession(tableEngine, client, sessionId, now)
}

/** Settles a client, then ends its live sessions (`end`), or takes every session out of it (`remove`). */
export function signOutClient<C extends Client>(
  client: C,
  command: 'end' | 'remove',
  now: EpochMs,
  options?: CommandOptions,
): law.ClientOutcome<C> {
  return law.signOutClient(tableEngine, client, command, now, options)
}

/** Settles a client, then gives a command to each of its sessions that is meant. `replace` makes way for one elsewhere. */
export function commandSessions<C extends Client>(
  client: C,
  isMeant: (session: Session) => boolean,
  command: Exclude<SessionCommand, 'touch'>,
  now: EpochMs,
  options?: CommandOptions,
): law.ClientOutcome<C> {
  return law.commandSessions(tableEngine, client, isMeant, command, now, options)
}

/**
 * Settles a client, then signs a user in on it.
 *
 * The same user's older sessions there become `replaced`; in single-session mode so do all other live ones, or the
 * sign-in is refused with `session-exists`. Deadlines come from the policy.
 */
export function signInClient<C extends Client>(
  client: C,
  arrival: law.NewSession,
  now: EpochMs,
  options?: CommandOptions,
): law.ClientOutcome<C> {
  return law.signInClient(tableEngine, client, arrival, now, options)
}
