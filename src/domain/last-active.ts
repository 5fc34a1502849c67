/**
 * The last active session of a client: who comes next when it stops being live.
 */
import { type EpochMs, later } from './instant.ts'
import type { Client, Session, SessionId } from './session.ts'
import { isLive } from './status.ts'
import type { Transition } from './transition.ts'

/** One transition of a walk through a client's deadlines. */
export interface Move {
  readonly transition: Transition
  /** The session's place in the snapshot. */
  readonly index: number
}

/** The order of a walk: by instant, and of one instant `expireAt` before `abandonAt`. */
export function inTime(a: Transition, b: Transition): number {
  return a.at - b.at || Number(a.cause === 'abandon-deadline') - Number(b.cause === 'abandon-deadline')
}

/** Of live sessions created by an instant, the one active last; of equals, the greatest id by code unit. */
export function successor(live: readonly Session[], instant: EpochMs): SessionId | null {
  let next: Session | null = null
  for (const session of live) {
    if (session.createdAt <= instant && (next === null || byActivity(session, next) < 0)) next = session
  }
  return next?.id ?? null
}

/**
 * Follows the last active session through the deadlines of a walk: each time it stops being live, the next takes its
 * place at that instant, which may itself stop later in the same walk.
 *
 * It ends, for each successor is live past the instant it succeeds at, so every stop is later than the one before.
 */
export function followLastActive<C extends Client>(settled: C, before: Client, moves: readonly Move[]): C {
  const candidates = candidatesOf(before, moves)
  const stops = lastStops(candidates)
  let { lastActiveSessionId, updatedAt } = settled
  let waiting: Candidate[] | undefined
  while (lastActiveSessionId !== null) {
    const stop = stops.get(lastActiveSessionId)
    if (stop === undefined || stop === STILL_LIVE) break
    // Sorted once, and rid of who has stopped each time: a thousand sessions in a row are walked once, not squared.
    waiting ??= candidates.sort((a, b) => byActivity(a.session, b.session))
    waiting = skipStopped(waiting, stop)
    const isBegun = ({ session, until }: Candidate) => until > stop && session.createdAt <= stop
    lastActiveSessionId = waiting.find(isBegun)?.session.id ?? null
    updatedAt = later(updatedAt, stop)
  }
  return { ...settled, lastActiveSessionId, updatedAt }
}

/** A session that was live when the walk began, and the instant at which it stops. */
interface Candidate {
  readonly session: Session
  readonly until: EpochMs
}

const STILL_LIVE = Number.POSITIVE_INFINITY as EpochMs

function candidatesOf({ sessions }: Client, moves: readonly Move[]): Candidate[] {
  const stopsAt = new Map<number, EpochMs>()
  for (const { transition, index } of moves) {
    if (transition.from !== null && isLive(transition.from)) stopsAt.set(index, transition.at)
  }
  return sessions.flatMap((session, index) => {
    return isLive(session.status) ? [{ session, until: stopsAt.get(index) ?? STILL_LIVE }] : []
  })
}

/** When the last session of each id stops being live. */
function lastStops(candidates: readonly Candidate[]): Map<SessionId, EpochMs> {
  const stops = new Map<SessionId, EpochMs>()
  for (const { session, until } of candidates) stops.set(session.id, later(stops.get(session.id) ?? until, until))
  return stops
}

/** The candidates from the first on that is live past an instant; those before it never come back. */
function skipStopped(candidates: Candidate[], stop: EpochMs): Candidate[] {
  const first = candidates.findIndex(({ until }) => until > stop)
  return first <= 0 ? candidates : candidates.slice(first)
}

/** The order of succession: the latest activity first, then the greatest id. */
function byActivity(a: Session, b: Session): number {
  if (a.lastActiveAt !== b.lastActiveAt) return b.lastActiveAt - a.lastActiveAt
  if (a.id === b.id) return 0
  return a.id > b.id ? -1 : 1
}
