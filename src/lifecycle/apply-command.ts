import type { CommandOptions, CommandOutcome, SessionCommand } from '../domain/command.ts'
import { pastDeadlines, recordActivity } from '../domain/deadlines.ts'
import type { EpochMs } from '../domain/instant.ts'
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import type { Session } from '../domain/session.ts'
import type { Transition } from '../domain/transition.ts'
import { takeSteps } from './settle-session.ts'
import { TRANSITION_TABLE } from './transition-table.ts'

/**
 * Settles a session at an instant, then gives it a command.
 *
 * A status that does not accept the command keeps it out: `changed` is false and `reason` says why. Nothing is thrown.
 * A touch advances `lastActiveAt` and `updatedAt`, never back, and slides deadlines as the policy allows; it makes no
 * transition.
 *
 * @param session Any object with a session's members; others are kept, in their order.
 * @param now Instant of the command, epoch milliseconds, from the injected clock.
 */
export function applyCommand<S extends Session>(
  session: S,
  command: SessionCommand,
  now: EpochMs,
  { policy = defaultPolicy, askedBy }: CommandOptions = {},
): CommandOutcome<S> {
  const entry = TRANSITION_TABLE[session.status]?.[command][pastDeadlines(session, now)]
  if (entry === undefined) return { changed: false, reason: session.status, session, transitions: [] }
  const { session: stepped, transitions } = takeSteps(session, entry.steps, now, askedBy)
  switch (entry.verdict) {
    case 'repeated':
      return { changed: false, reason: 'repeated', session: stepped, transitions }
    case 'refused':
      return { changed: false, reason: entry.status, session: stepped, transitions }
    case 'accepted':
      if (command !== 'touch') return { changed: true, session: stepped, transitions }
      return touched(stepped, transitions, now, policy)
    default:
      return entry.verdict satisfies never
  }
}

function touched<S extends Session>(
  session: S,
  transitions: readonly Transition[],
  now: EpochMs,
  policy: Policy,
): CommandOutcome<S> {
  const active = recordActivity(session, now, policy)
  // A touch by a clock that has stepped back finds everything later already.
  const unmoved =
    active.lastActiveAt === session.lastActiveAt &&
    active.updatedAt === session.updatedAt &&
    active.expireAt === session.expireAt &&
    active.abandonAt === session.abandonAt
  return unmoved
    ? { changed: false, reason: 'repeated', session, transitions }
    : { changed: true, session: active, transitions }
}
