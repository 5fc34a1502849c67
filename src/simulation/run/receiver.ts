/**
 * Who has a webhook endpoint: keeps what arrives, and holds it to what was committed.
 *
 * The webhooks of a session arrive in the order of its events. One that was given up is passed by those behind it, and may
 * arrive at any time after.
 */
import type { SessionId } from '../../domain/session.ts'
import type { Status } from '../../domain/status.ts'
import { readWebhookMessage, type WebhookMessage } from '../../events/webhooks/message.ts'
import { type EventType, eventType } from '../../service/events/event.ts'
import type { ClientChange } from '../../store/port.ts'
import type { Job } from '../../store/queue.ts'
import type { Journal } from './journal.ts'
import { rowName, rowOf, rowsOf } from './ledger-rows.ts'

/** What became of a webhook that is due. */
type Fate = 'open' | 'given up' | 'arrived'

/** What a receiver is due of a session, in order, and what became of each. */
interface Thread {
  readonly rows: number[]
  readonly fates: Fate[]
  /** How many of the first have arrived, or were given up: what is looked at begins here. */
  passed: number
}

/** What a webhook says of its event. */
interface Told {
  readonly id: string
  readonly session_id: SessionId
  readonly to: Status
  readonly version: number
}

/** A webhook that is due, and where it stands among those of its session. */
interface Found {
  readonly thread: Thread
  readonly place: number
  readonly told: Told
}

/** What a receiver knows of its endpoint. */
export interface ReceiverParts {
  readonly name: string
  /** The events that it is due; all where it is `null`. */
  readonly types: readonly EventType[] | null
  /** What its webhooks are signed with. */
  readonly key: Uint8Array
  /** How many attempts are made of each before it is given up. */
  readonly attempts: number
}

/** Takes webhooks. */
export class Receiver {
  readonly #name: string
  readonly #types: readonly EventType[] | null
  readonly #key: Uint8Array
  readonly #attempts: number
  readonly #journal: Journal
  readonly #threads = new Map<SessionId, Thread>()
  readonly #bodies = new Map<string, string>()
  readonly #queued = new Set<string>()

  constructor({ name, types, key, attempts }: ReceiverParts, journal: Journal) {
    this.#name = name
    this.#types = types
    this.#key = key
    this.#attempts = attempts
    this.#journal = journal
  }

  /** Told of what was written. */
  committed(changes: readonly ClientChange[]): void {
    for (const { transition, row } of rowsOf(changes)) {
      if (this.#types !== null && !this.#types.includes(eventType(transition))) continue
      const thread = this.#threads.get(transition.sessionId) ?? { rows: [], fates: [], passed: 0 }
      thread.rows.push(row)
      thread.fates.push('open')
      this.#threads.set(transition.sessionId, thread)
    }
  }

  /** Told of a job that was put into its queue. */
  queued(data: string): void {
    const found = this.#find(readWebhookMessage(data))
    if (found === null) {
      this.#journal.breach('delivered-as-it-is', `what was queued for ${this.#name} is no webhook that it is due`)
      return
    }
    const { id } = found.told
    if (this.#queued.has(id)) this.#journal.breach('queued-once', `${id} was queued again for ${this.#name}`)
    this.#queued.add(id)
  }

  /** Told of a job that was given up. */
  buried({ data, attempt }: Job): void {
    const found = this.#find(readWebhookMessage(data))
    if (found === null) return
    const { thread, place, told } = found
    this.#journal.meet('webhook given up')
    if (attempt < this.#attempts) {
      const tried = `at attempt ${attempt} of ${this.#attempts}`
      this.#journal.breach('given-up-at-last', `${nameOf(told)} was given up for ${this.#name} ${tried}`)
    }
    if (thread.fates[place] === 'open') thread.fates[place] = 'given up'
  }

  /** Takes a webhook that arrives, with the keys that it was signed with. */
  take(message: WebhookMessage, keys: readonly Uint8Array[]): void {
    const found = this.#find(message)
    this.#journal.meet('webhook')
    this.#journal.note(`${found === null ? message.id : nameOf(found.told)} arrives at ${this.#name}`)
    if (found === null) {
      this.#journal.breach('delivered-as-it-is', `${message.id} arrived at ${this.#name}, which is not due it`)
      return
    }
    if (!keys.some((key) => Buffer.compare(key, this.#key) === 0)) {
      this.#journal.breach('delivered-as-it-is', `${message.id} was not signed with the key of ${this.#name}`)
    }
    if ((this.#bodies.get(message.id) ?? message.body) !== message.body) {
      this.#journal.breach('delivered-as-it-is', `${message.id} came again to ${this.#name} in other bytes`)
    }
    this.#bodies.set(message.id, message.body)
    const { thread, place } = found
    const fate = thread.fates[place]
    if (fate === 'arrived') this.#journal.meet('webhook again')
    thread.fates[place] = 'arrived'
    while (thread.passed < thread.rows.length && thread.fates[thread.passed] !== 'open') thread.passed += 1
    if (thread.passed < place) {
      const early = `${rowName(thread.rows[place] as number)} before ${rowName(thread.rows[thread.passed] as number)}`
      this.#journal.breach('delivered-in-order', `${this.#name} was sent of a session ${early}`)
    }
  }

  /** Holds that everything has arrived. */
  checkAll(): void {
    for (const [id, { rows, fates }] of this.#threads) {
      const place = fates.findIndex((fate) => fate !== 'arrived')
      if (place === -1) continue
      const what = `${id} ${rowName(rows[place] as number)}`
      this.#journal.breach('delivered-in-time', `${what} has not arrived at ${this.#name}: it is ${fates[place]}`)
    }
  }

  #find(message: WebhookMessage | null): Found | null {
    if (message === null) return null
    const told = JSON.parse(message.body) as Told
    const thread = this.#threads.get(told.session_id)
    const place = thread?.rows.indexOf(rowOf(told, told.version)) ?? -1
    return thread === undefined || place === -1 || told.id !== message.id ? null : { thread, place, told }
  }
}

function nameOf({ session_id: id, version, to }: Told): string {
  return `${id} v${version} ${to}`
}
