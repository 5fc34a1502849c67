import type { EpochMs } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { ClientId, Session, UserId } from '../../domain/session.ts'
import { type Fate, policyFate, storedFate } from './fate.ts'
import { roomOfUser, roomOnClient, withinRoom } from './limits.ts'
import type { SessionForecast } from './session-forecast.ts'
import { Tally } from './tally.ts'
import type { Window } from './window.ts'

/** How many have as many live sessions as a policy allows or more, so that it refuses the next; and how many have more. */
export interface Refused {
  readonly full: number
  readonly over: number
}

/** One of the two that a forecast compares: a policy, or what is stored. */
export class Side {
  readonly tally: Tally
  /** How many sessions a user may have; `null` where that ends none. */
  readonly roomOfUser: number | null
  readonly #policy: Policy | null
  readonly #at: EpochMs
  readonly #roomOnClient: number | null
  /** Live sessions a client and a user, where the policy refuses a sign-in for there being so many. */
  readonly #liveOnClients: Map<ClientId, number> | null
  readonly #liveOfUsers: Map<UserId, number> | null

  /** @param policy `null`: the deadlines that are stored. */
  constructor(policy: Policy | null, window: Window) {
    this.tally = new Tally(window)
    this.#policy = policy
    this.#at = window.at
    this.#roomOnClient = policy === null ? null : roomOnClient(policy)
    this.roomOfUser = policy === null ? null : roomOfUser(policy)
    this.#liveOnClients = policy?.sessionMode === 'single' && policy.onConflict === 'reject' ? new Map() : null
    this.#liveOfUsers = policy?.onOverflow === 'reject' && policy.maximumSessionsPerUser !== null ? new Map() : null
  }

  /** How the live sessions of one client end, in their order, whatever other sessions their users have. */
  fatesOf(sessions: readonly Session[]): readonly Fate[] {
    const policy = this.#policy
    if (policy === null) return sessions.map(storedFate)
    const fates = sessions.map((session) => policyFate(session, policy, this.#at))
    if (this.#roomOnClient === null || fates.length <= this.#roomOnClient) return fates
    const contenders = sessions.map(({ id, createdAt }, index) => ({ id, createdAt, fate: fates[index] as Fate }))
    return withinRoom(contenders, this.#roomOnClient, 'sessionMode', this.#at)
  }

  /** Counts a session, once its fate is what every room has left it. */
  add(fate: Fate, session: SessionForecast): void {
    this.tally.add(fate, session)
    if (fate.endsAt <= this.#at) return
    addOne(this.#liveOnClients, session.clientId)
    addOne(this.#liveOfUsers, session.userId)
  }

  /** Clients that have a live session, where the policy has room for one and refuses the next sign-in there. */
  clientsRefused(): Refused {
    return refusedOf(this.#liveOnClients, 1)
  }

  /** Users who have as many live sessions as the policy allows, where it refuses one more. */
  usersRefused(): Refused {
    return refusedOf(this.#liveOfUsers, this.#policy?.maximumSessionsPerUser ?? Number.POSITIVE_INFINITY)
  }
}

function addOne<Id>(counts: Map<Id, number> | null, id: Id): void {
  counts?.set(id, (counts.get(id) ?? 0) + 1)
}

function refusedOf(counts: ReadonlyMap<string, number> | null, room: number): Refused {
  let [full, over] = [0, 0]
  for (const live of counts?.values() ?? []) {
    if (live >= room) full += 1
    if (live > room) over += 1
  }
  return { full, over }
}
