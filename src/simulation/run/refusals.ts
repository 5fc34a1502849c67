/**
 * What is refused, held to what was committed and to the clock that it was judged by, as they were at the read that it was
 * decided on: the last one. A refusal too early locks somebody out, and no row shows it.
 */
import type { EpochMs } from '../../domain/instant.ts'
import type { SessionId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import { lawfulRank } from './law.ts'
import type { World } from './world.ts'

/** What a command on one session leaves it as, where that is one status. */
export const LEADS_TO = {
  touch: undefined,
  requireTask: 'pending',
  completeTasks: 'active',
  end: 'ended',
  remove: 'removed',
  revoke: 'revoked',
} as const satisfies Readonly<Record<string, Status | undefined>>

/** A command on one session. */
export type SessionCommand = keyof typeof LEADS_TO

/** Why a command changed nothing, where that is no reason. */
type Objection = string | null

/** The reasons that a command on a session may be refused for. */
export class SessionRefusals {
  readonly #world: World
  readonly #id: SessionId
  readonly #command: SessionCommand
  #status: Status | null = null
  #sinceActive = 0

  constructor(world: World, id: SessionId, command: SessionCommand) {
    this.#world = world
    this.#id = id
    this.#command = command
  }

  /** Told of each instant that the command read at. */
  readonly probe = (now: EpochMs): void => {
    const { oracle } = this.#world
    this.#status = oracle.statusAt(this.#id, now)
    this.#sinceActive = now - (oracle.sessions.get(this.#id)?.session.lastActiveAt ?? now)
  }

  /** Holds a refusal to be one. */
  hold(reason: string): void {
    breach(this.#world, `${this.#command} ${this.#id}`, reason, this.#objectionTo(reason))
  }

  #objectionTo(reason: string): Objection {
    const status = this.#status
    const { touchInterval } = this.#world.scenario.policy
    const is = `it is ${status ?? 'not there'}`
    if (reason === 'unknown-session') return status === null ? null : is
    if (status === null) return is
    const isLive = lawfulRank(status) === 3
    if (reason === 'throttled') {
      return isLive && this.#sinceActive < touchInterval ? null : `${is}, last active ${this.#sinceActive} ms before`
    }
    if (reason !== 'repeated') return reason === status && !isLive ? null : is
    // A touch finds nothing to do by a clock that is behind, and no other.
    if (this.#command === 'touch') return isLive && this.#sinceActive <= 0 ? null : is
    return status === LEADS_TO[this.#command] ? null : is
  }
}

/** Who signs in, where, and as which session. */
interface Asked {
  readonly userId: string
  readonly clientId?: string | undefined
  readonly sessionId: string
}

/** The reasons that a sign-in may be refused for. */
export class SignInRefusals {
  readonly #world: World
  readonly #asked: Asked
  /** What there was of its client, of the live sessions there, and of its user's live ones elsewhere. */
  #seen = { here: 0, liveHere: 0, liveElsewhere: 0, isSignedIn: false }

  constructor(world: World, asked: Asked) {
    this.#world = world
    this.#asked = asked
  }

  /** Told of each instant that the sign-in read at. */
  readonly probe = (now: EpochMs): void => {
    const { oracle } = this.#world
    const { userId, clientId, sessionId } = this.#asked
    const isLive = (id: SessionId) => lawfulRank(oracle.statusAt(id, now) ?? 'removed') === 3
    const here = clientId === undefined ? [] : oracle.sessionsOf(clientId)
    this.#seen = {
      here: here.length,
      liveHere: here.filter(isLive).length,
      liveElsewhere: oracle.openOf({ userId }).filter((id) => isLive(id) && !here.includes(id)).length,
      isSignedIn: isLive(sessionId as SessionId),
    }
  }

  /** Holds a refusal to be one. */
  hold(reason: string): void {
    const { userId, clientId = 'a new client', sessionId } = this.#asked
    breach(this.#world, `sign-in of ${userId} on ${clientId} as ${sessionId}`, reason, this.#objectionTo(reason))
  }

  #objectionTo(reason: string): Objection {
    const { sessionMode, onConflict, maximumSessionsPerUser: maximum, onOverflow } = this.#world.scenario.policy
    const { here, liveHere, liveElsewhere, isSignedIn } = this.#seen
    const isKnown = this.#world.oracle.sessions.has(this.#asked.sessionId as SessionId)
    switch (reason) {
      case 'repeated':
        return isSignedIn ? null : 'it is not signed in'
      case 'id-taken':
        return isKnown && !isSignedIn ? null : `its id is ${isKnown ? 'its own' : "nobody's"}`
      case 'unknown-client':
        return here === 0 ? null : `the client has ${here} sessions`
      case 'session-exists':
        return sessionMode === 'single' && onConflict === 'reject' && liveHere > 0 ? null : `${liveHere} are live there`
      case 'too-many-sessions':
        return maximum !== null && onOverflow === 'reject' && liveElsewhere >= maximum
          ? null
          : `${liveElsewhere} are live elsewhere, of ${maximum} at most`
      default:
        return 'that is no reason'
    }
  }
}

function breach({ journal }: World, what: string, reason: string, objection: Objection): void {
  if (objection !== null) journal.breach('refused-for-a-reason', `${what} was refused as ${reason}, and ${objection}`)
}
