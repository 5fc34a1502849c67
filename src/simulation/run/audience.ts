/**
 * Who is told of events: a register of what was told in which order, and, behind an unreliable line, a replica that applies
 * each event by its version, whenever and however often it comes.
 */
import type { SessionId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import type { SessionEvent } from '../../service/events/event.ts'
import type { ClientChange } from '../../store/port.ts'
import type { Journal } from './journal.ts'
import { lawfulRank } from './law.ts'
import { rowName, rowOf, rowsOf } from './ledger-rows.ts'

/** What the ledger has of a session, each row as one number, and how many of them were told. */
interface Thread {
  readonly rows: number[]
  told: number
}

/** A status as the replica has it, and of which version. */
interface Seen {
  readonly status: Status
  readonly version: number
}

/** Holds what is told to what was committed. */
export class Audience {
  /** How many events were told, again or for the first time. */
  told = 0
  readonly #threads = new Map<SessionId, Thread>()
  readonly #replica = new Map<SessionId, Seen>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Told of what was written. */
  committed(changes: readonly ClientChange[]): void {
    for (const { transition, row } of rowsOf(changes)) {
      const thread = this.#threads.get(transition.sessionId) ?? { rows: [], told: 0 }
      thread.rows.push(row)
      this.#threads.set(transition.sessionId, thread)
    }
  }

  /** Takes an event as it comes out of a subscription. */
  take(event: SessionEvent): void {
    this.told += 1
    const thread = this.#threads.get(event.sessionId)
    const row = rowOf(event, event.version)
    const place = thread?.rows.indexOf(row) ?? -1
    if (thread === undefined || place === -1) {
      this.#journal.breach('told-once-at-least', `${event.sessionId} ${event.type} was told, and has not happened`)
    } else if (place > thread.told) {
      this.#journal.breach('told-in-order', `${event.sessionId} ${event.type} was told before what came before it`)
    } else if (place === thread.told) thread.told += 1
    else this.#journal.meet('event told again')
  }

  /** Applies an event that has come over the line. */
  apply({ sessionId, to, version }: SessionEvent): void {
    const seen = this.#replica.get(sessionId)
    const isNews = seen === undefined || version > seen.version
    // One write may pass both deadlines, and end in a command: what is less alive is later.
    const isLater = seen?.version === version && lawfulRank(to) < lawfulRank(seen.status)
    if (isNews || isLater) this.#replica.set(sessionId, { status: to, version })
    else if (version < seen.version) this.#journal.meet('event overtaken')
  }

  /** Holds that everything was told, and that the replica has come to what the store has. */
  checkAll(statusOf: (id: SessionId) => Status | undefined): void {
    for (const [id, { rows, told }] of this.#threads) {
      if (told < rows.length) {
        this.#journal.breach('told-in-time', `${id} ${rowName(rows[told] as number)} was never told`)
      }
      const seen = this.#replica.get(id)?.status
      const stored = statusOf(id)
      if (seen !== stored)
        this.#journal.breach('replica-agrees', `${id} is ${seen} by its events, and ${stored} in the store`)
    }
  }
}
