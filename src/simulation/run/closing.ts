import type { EpochMs } from '../../domain/instant.ts'
import type { SessionId } from '../../domain/session.ts'
import { lawfulRank } from './law.ts'
import type { Whose } from './oracle.ts'
import type { World } from './world.ts'

/**
 * A command that closes all sessions of a user, or of a client: what was open when it was asked is not once it is answered.
 *
 * It may be asked of several processes in turn, and what begins meanwhile may be left.
 */
export class Closing {
  readonly #world: World
  readonly #meant: readonly SessionId[]
  /** The latest instant that it read at: who was dead by then was not its to close. */
  #latest = Number.NEGATIVE_INFINITY

  /** @param except The session that stays. */
  constructor(world: World, whose: Whose, except: string | null = null) {
    this.#world = world
    this.#meant = world.oracle.openOf(whose).filter((id) => id !== except)
  }

  /** Told of each instant that the command read at. */
  readonly probe = (now: EpochMs): void => {
    this.#latest = Math.max(this.#latest, now)
  }

  /** Holds that nothing is left, once the command was answered. @param most The rank that may be left: 1 closed, 2 dormant. */
  hold(name: string, most: 1 | 2): void {
    const { oracle, journal } = this.#world
    const left = this.#meant.find((id) => lawfulRank(oracle.statusAt(id, this.#latest) ?? 'removed') > most)
    if (left === undefined) return
    journal.breach('acknowledged-is-kept', `${name} was answered, and ${left} is as open as when it was asked`)
  }
}
