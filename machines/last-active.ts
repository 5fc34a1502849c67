/**
 * The last active session of a client: who comes next when it stops being live.
 */
import { type EpochMs, later } from '../src/domain/instant.ts'
import type { Client, Session, SessionId } from '../src/domain/session.ts'
import { isLive } from '../src/domain/status.ts'
import type { Transition } from '../src/domain/transition.ts'

/** One transition of a walk through a client's deadlines. */
export interface Move {
  readonly transition: Transition
  /** The session's place in the snapshot. */
  readonly index: number
}

const STILL_LIVE = Number.POSITIVE_INFINITY
const NEVER_LIVE = -1

/** The order of a walk: by instant, and of one instant `expireAt` before `abandonAt`. */
export function inTime(a: Transition, b: Transition): number {
  return a.at - b.at || Number(a.cause === 'abandon-deadline') - Number(b.cause === 'abandon-deadline')
}

/**
 * Follows the last active session through the deadlines of a walk: each time it stops being live, the next takes its
 * place at that instant, which may itself stop later in the same walk. It ends, for each heir is live past the instant
 * it inherits at, so every stop is later than the one before.
 */
export function passOn<C extends Client>(settled: C, before: Client, moves: readonly Move[]): C {
  const liveUntil = before.sessions.map(({ status }) => (isLive(status) ? STILL_LIVE : NEVER_LIVE))
  for (const { transition, index } of moves) {
    if (transition.from !== null && isLive(transition.from)) liveUntil[index] = transition.at
  }
  let { lastActiveSessionId, updatedAt } = settled
  while (lastActiveSessionId !== null) {
    const stop = lastStop(before.sessions, liveUntil, lastActiveSessionId)
    if (stop === STILL_LIVE || stop === NEVER_LIVE) break
    const isLiveThen = (_: Session, index: number) => (liveUntil[index] ?? NEVER_LIVE) > stop
    lastActiveSessionId = heir(before.sessions.filter(isLiveThen), stop as EpochMs)
    updatedAt = later(updatedAt, stop as EpochMs)
  }
  return { ...settled, lastActiveSessionId, updatedAt }
}

/** When the last session of an id stops being live. */
function lastStop(sessions: readonly Session[], liveUntil: readonly number[], id: SessionId): number {
  let stop = NEVER_LIVE
  for (const [index, session] of sessions.entries()) {
    if (session.id === id) stop = Math.max(stop, liveUntil[index] ?? NEVER_LIVE)
  }
  return stop
}

/** Of live sessions created by an instant, the one active last; of equals, the greatest id by code unit. */
export function heir(live: readonly Session[], instant: EpochMs): SessionId | null {
  let next: Session | null = null
  for (const session of live) {
    if (session.createdAt > instant) continue
    const isNext =
      next === null ||
      session.lastActiveAt > next.lastActiveAt ||
      (session.lastActiveAt === next.lastActiveAt && session.id > next.id)
    if (isNext) next = session
  }
  return next?.id ?? null
}
