import type { EpochMs } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Session, UserId } from '../../domain/session.ts'
import { type Fate, policyFate, storedFate } from './fate.ts'
import { roomOfUser, roomOnClient, withinRoom } from './limits.ts'
import { Tally } from './tally.ts'
import type { Window } from './window.ts'

/** One of the two that a forecast compares: a policy, or what is stored. */
export class Side {
  readonly tally: Tally
  /** How many sessions a user may have; `null` where that ends none. */
  readonly roomOfUser: number | null
  /** Clients on which more sessions are live than the policy allows, where it refuses the next sign-in and ends none. */
  clientsOverLimit = 0
  readonly #policy: Policy | null
  readonly #at: EpochMs
  readonly #roomOnClient: number | null
  /** Live sessions a user, where the policy refuses one more. */
  readonly #liveOfUsers = new Map<UserId, number>()

  /** @param policy `null`: the deadlines that are stored. */
  constructor(policy: Policy | null, window: Window) {
    this.tally = new Tally(window)
    this.#policy = policy
    this.#at = window.at
    this.#roomOnClient = policy === null ? null : roomOnClient(policy)
    this.roomOfUser = policy === null ? null : roomOfUser(policy)
  }

  /** How the live sessions of one client end, in their order, whatever other sessions their users have. */
  fatesOf(sessions: readonly Session[]): readonly Fate[] {
    const policy = this.#policy
    if (policy === null) return sessions.map(storedFate)
    const fates = sessions.map((session) => policyFate(session, policy, this.#at))
    this.#countOverLimits(policy, sessions, fates)
    if (this.#roomOnClient === null || fates.length <= this.#roomOnClient) return fates
    const contenders = sessions.map(({ id, createdAt }, index) => ({ id, createdAt, fate: fates[index] as Fate }))
    return withinRoom(contenders, this.#roomOnClient, 'sessionMode', this.#at)
  }

  /** Users with more live sessions than the policy allows, where it refuses the next sign-in and ends none. */
  usersOverLimit(): number {
    const maximum = this.#policy?.maximumSessionsPerUser ?? Number.POSITIVE_INFINITY
    let over = 0
    for (const live of this.#liveOfUsers.values()) if (live > maximum) over += 1
    return over
  }

  #countOverLimits({ onConflict, onOverflow }: Policy, sessions: readonly Session[], fates: readonly Fate[]): void {
    if (onConflict !== 'reject' && onOverflow !== 'reject') return
    const live = sessions.filter((_, index) => (fates[index] as Fate).endsAt > this.#at)
    if (onConflict === 'reject' && live.length > 1) this.clientsOverLimit += 1
    if (onOverflow !== 'reject') return
    for (const { userId } of live) this.#liveOfUsers.set(userId, (this.#liveOfUsers.get(userId) ?? 0) + 1)
  }
}
