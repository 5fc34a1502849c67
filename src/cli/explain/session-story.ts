import { nextDeadline } from '../../domain/deadlines.ts'
import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import { relativeTime } from '../../domain/relative-time.ts'
import type { Session } from '../../domain/session.ts'
import { groupOf, isLive, isStatus, type Status, type StatusGroup } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import { settleSession } from '../../lifecycle/settle-session.ts'
import { printable } from '../columns.ts'
import type { Paint } from '../paint.ts'

/** A status's group; `unknown` for one that is none of the eight, kept as it came. */
export type StoryGroup = StatusGroup | 'unknown'

/** The colour of each group; what none of them says of itself, its words do. */
export const STORY_COLOURS = {
  live: 'green',
  dormant: 'yellow',
  closed: 'dim',
  unknown: 'magenta',
} as const satisfies Record<StoryGroup, Paint>

/** What there is to say of a session at an instant, in words. */
export interface SessionStory {
  readonly status: string
  readonly group: StoryGroup
  /** Since when it is what it is, and why: clauses, the first of them the most telling. */
  readonly why: readonly string[]
  /** The next deadline that can still change it, how far off and when; `over` where there is none. */
  readonly next: string
}

/**
 * Tells what a session is at an instant, since when and why, and what comes next.
 *
 * @param stored The session as it came in, not settled.
 * @param now Instant to judge at, epoch milliseconds.
 * @param tasks What is left to do before a pending session becomes active.
 */
export function tellSession(stored: Session, now: EpochMs, tasks: readonly string[] = []): SessionStory {
  const { session, transitions } = settleSession(stored, now)
  const group = storyGroupOf(session.status)
  const last = transitions.at(-1)
  return {
    status: printable(session.status),
    group,
    why: last === undefined ? whyStored(stored, group, now, tasks) : whyMoved(stored, transitions, last, now),
    next: nextOf(session, group, now),
  }
}

/** The group of a status that may be none of the eight. */
export function storyGroupOf(status: Status): StoryGroup {
  return isStatus(status) ? groupOf(status) : 'unknown'
}

/** Why a deadline changed what is stored. */
function whyMoved(stored: Session, moves: readonly Transition[], { at, cause }: Transition, now: EpochMs): string[] {
  const was = `stored as ${stored.status}`
  const [first, second] = moves
  if (first !== undefined && second !== undefined) {
    return [`expired ${when(first.at, now)}`, `then abandoned ${when(second.at, now)}`, was]
  }
  if (cause === 'expire-deadline') return [`its expireAt fell ${when(at, now)}`, was]
  if (!isLive(stored.status)) return [`its abandonAt fell ${when(at, now)}`, was]
  return [`its abandonAt fell ${when(at, now)}`, 'that came before expireAt, so it was abandoned while live', was]
}

/** Why what is stored still holds. */
function whyStored(stored: Session, group: StoryGroup, now: EpochMs, tasks: readonly string[]): string[] {
  const { status, createdAt, lastActiveAt, expireAt, updatedAt } = stored
  const changed = `last changed ${when(updatedAt, now)}`
  switch (group) {
    case 'live': {
      const since = [`created ${when(createdAt, now)}`, `last active ${relativeTime(lastActiveAt, now)}`]
      if (status !== 'pending') return since
      return [...since, tasks.length === 0 ? 'its sign-in is unfinished' : `left to do: ${tasks.join(', ')}`]
    }
    case 'dormant':
      if (expireAt <= now) return [`its expireAt fell ${when(expireAt, now)}`, `stored as ${status}`]
      return [`stored as ${status} ahead of its expireAt, ${formatInstant(expireAt)}`, changed]
    case 'closed':
      return [`stored as ${status}`, changed]
    case 'unknown':
      return ['stored with a status that Tenure does not know, and leaves alone', changed]
    default:
      return group satisfies never
  }
}

function nextOf(session: Session, group: StoryGroup, now: EpochMs): string {
  if (group === 'unknown') return 'not known'
  const due = nextDeadline(session)
  if (due === null) return 'over'
  return `${fateOf(session)} ${relativeTime(due, now)}, ${formatInstant(due)}`
}

function fateOf({ status, expireAt, abandonAt }: Session): string {
  if (!isLive(status) || abandonAt < expireAt) return 'abandoned'
  return expireAt === abandonAt ? 'expires and is abandoned' : 'expires'
}

function when(instant: EpochMs, now: EpochMs): string {
  return `${formatInstant(instant)}, ${relativeTime(instant, now)}`
}
