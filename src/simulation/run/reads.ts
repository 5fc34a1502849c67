import type { EpochMs } from '../../domain/instant.ts'
import type { SessionId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import type { SessionRecord } from '../../service/records.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import { happens } from './chance.ts'
import type { Processes } from './processes.ts'
import type { World } from './world.ts'

/** Reads of sessions and clients, each held to what the oracle has at the moment and by the clock that it is judged by. */
export class Reads {
  readonly #world: World
  readonly #processes: Processes

  constructor(world: World, processes: Processes) {
    this.#world = world
    this.#processes = processes
  }

  /** Verifies a session, and answers whether it is live. */
  async verify(id: SessionId, randomness: SeededRandomness): Promise<boolean> {
    let expected: Status | null = null
    const verdict = await this.#processes.ask(
      `verify ${id}`,
      randomness,
      (tenure) => tenure.verify(id),
      (now) => {
        expected = this.#world.oracle.statusAt(id, now)
        this.#meetDeadline(id, now)
      },
    )
    if (verdict === null) return false
    const found = verdict.live ? verdict.status : verdict.reason
    this.#hold(id, found, expected ?? 'unknown-session')
    this.#world.journal.note(`verify ${id}: ${found}`)
    return verdict.live
  }

  /** Reads a client whole. */
  async client(id: string, randomness: SeededRandomness): Promise<void> {
    const { oracle, journal } = this.#world
    let judgedAt = 0 as EpochMs
    const expected = new Map<string, Status | null>()
    const client = await this.#processes.ask(
      `read ${id}`,
      randomness,
      async (tenure) => tenure.getClient(id),
      (now) => {
        judgedAt = now
        // What is shown is known only once it is answered; by then it may have moved on.
        for (const sessionId of oracle.sessionsOf(id)) expected.set(sessionId, oracle.statusAt(sessionId, now))
      },
    )
    if (client === null) return
    for (const { id: sessionId, status } of client.sessions)
      this.#hold(sessionId, status, expected.get(sessionId) ?? null)
    journal.note(`read ${id} at ${judgedAt}: ${client.sessions.length}`)
  }

  /**
   * Asks for some sessions again at the instant of their next deadline, and just before, by a clock that may be wrong.
   *
   * @param touch What somebody does who comes at the last moment.
   */
  lateOn(
    { id, expireAt, abandonAt }: SessionRecord,
    randomness: SeededRandomness,
    touch: () => Promise<unknown>,
  ): void {
    const { agenda, scenario, end } = this.#world
    if (!happens(randomness, scenario.workload.deadlineReads)) return
    const own = randomness.fork(`deadline of ${id} at ${agenda.now}`)
    const due = Math.min(expireAt, abandonAt) - this.#processes.skew(randomness)
    if (due >= end) return
    agenda.at(due - 1, () => (own.integer(2) === 0 ? touch() : this.verify(id, own)))
    agenda.at(due, () => this.verify(id, own))
  }

  #meetDeadline(id: SessionId, now: number): void {
    const session = this.#world.oracle.sessions.get(id)?.session
    if (session?.expireAt === now || session?.abandonAt === now) this.#world.journal.meet('read at a deadline')
  }

  #hold(id: string, found: string, expected: string | null): void {
    if (found === expected) return
    this.#world.journal.breach(
      'dead-at-deadline',
      `${id} was read as ${found}, and is ${expected} by what was committed`,
    )
  }
}
