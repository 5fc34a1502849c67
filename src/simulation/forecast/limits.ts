import type { EpochMs } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Fate, Rule } from './fate.ts'

/** A session that may be one too many: when it was created, and how it ends otherwise. */
export interface Contender {
  readonly id: string
  readonly createdAt: EpochMs
  readonly fate: Fate
}

/** How many sessions may be live together on one client; `null` for any number, or where a sign-in is refused instead. */
export function roomOnClient({ sessionMode, onConflict }: Policy): number | null {
  return sessionMode === 'single' && onConflict === 'replace' ? 1 : null
}

/** How many sessions a user may have live together; `null` for any number, or where a sign-in is refused instead. */
export function roomOfUser({ maximumSessionsPerUser, onOverflow }: Policy): number | null {
  return onOverflow === 'replace-oldest' ? maximumSessionsPerUser : null
}

/**
 * The fates of sessions that share a client or a user, where only so many of them may be live: the newest are kept, as
 * their sign-ins would have kept them, and the others end at once.
 *
 * @param at The instant at which the policy is applied. A session that has ended by then takes no room.
 * @returns In the order they were given.
 */
export function withinRoom(contenders: readonly Contender[], room: number, rule: Rule, at: EpochMs): Fate[] {
  const fates = contenders.map(({ fate }) => fate)
  const live = [...contenders.keys()].filter((index) => (fates[index] as Fate).endsAt > at)
  if (live.length <= room) return fates
  const byNewest = live.sort((a, b) => newerFirst(contenders[a] as Contender, contenders[b] as Contender))
  for (const index of byNewest.slice(room)) fates[index] = { ...(fates[index] as Fate), endsAt: at, rule }
  return fates
}

/** Of sessions created at one instant, the greater id is newer. */
function newerFirst(a: Contender, b: Contender): number {
  return b.createdAt - a.createdAt || (a.id > b.id ? -1 : 1)
}
