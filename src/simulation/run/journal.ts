import { sha256 } from '../../service/digest.ts'
import type { Agenda } from './agenda.ts'

/** A promise of Tenure's that did not hold. */
export interface Violation {
  /** Which: stable, kebab-case; see {@link INVARIANTS}. */
  readonly invariant: Invariant
  readonly message: string
  /** When it showed, by the true time, epoch milliseconds. */
  readonly at: number
}

/** What is held to, all along. */
export const INVARIANTS = {
  'dead-at-deadline':
    'A read says what status and deadlines say at the reading clock: at a deadline a session is not alive.',
  'dead-for-ever': 'No write raises the rank of a status, or extends a deadline that has fallen.',
  'settled-first': 'A write takes the deadlines that have fallen first, each at its own instant, in their order.',
  'time-goes-on': 'No write moves a timestamp back, and none a deadline earlier.',
  'deadline-of-policy':
    'Activity leaves the deadlines that the policy gives, and no write another: never past the maximum lifetime.',
  'limits-of-policy': 'A sign-in leaves no more live sessions than the policy lets a client and a user have.',
  'one-version-a-write': 'Each write of a session counts its version on by exactly one.',
  'one-row-a-transition':
    'Each change of a status has its row in the ledger, and each row follows from the one before.',
  'refused-for-a-reason':
    'What is refused is refused for what the rows and the clock that it was judged by say: nobody is locked out early.',
  'acknowledged-is-kept': 'What was answered as done is done, and stays so.',
  'asked-once-done-once': 'A command that is given again, for its answer was lost, takes effect once at most.',
  'purged-when-over': 'Only what closed at least the retention ago is purged.',
  'rows-as-written': 'The rows of the store are those that were committed.',
  'ledger-replays': 'Replaying the ledger gives the rows: an audit finds no difference.',
  'told-in-order': 'The events of a session are told in the order they happened.',
  'told-once-at-least': 'Every transition is told, and nothing that did not happen.',
  'told-in-time': 'Once faults have stopped, every event is told within a bounded time.',
  'queued-once': 'A webhook is queued once for each endpoint that wants it, however many processes relay it.',
  'given-up-at-last': 'A webhook is given up once each attempt of its schedule has been made, and not before.',
  'delivered-in-order':
    'The webhooks of a session arrive in the order of its events, but for those that were given up.',
  'delivered-as-it-is':
    'A webhook tells of what happened, in the same bytes each time, and is signed with the key of its endpoint.',
  'delivered-in-time':
    'Once faults have stopped, and what was given up is redriven, every webhook arrives within a bounded time, and nothing is left in its queue.',
  'swept-in-time': 'Once faults have stopped, every deadline that fell is written down within a bounded time.',
  'purged-in-time': 'Once faults have stopped, what is to be purged is purged within a bounded time.',
  'replica-agrees':
    'Who applies the events by their versions, in whatever order they came, has the statuses of the store.',
  'no-other-error':
    'Nothing fails but what a fault makes fail, and that with an error that says that it may be tried again.',
} as const satisfies Readonly<Record<string, string>>

/** The name of one of them. */
export type Invariant = keyof typeof INVARIANTS

/** How many lines of the trace are kept to be shown. */
const KEPT = 60
/** How many are hashed at once. */
const HASHED = 256

/** What happened in a run: a trace that is hashed as it grows, what was met and how often, and what did not hold. */
export class Journal {
  /** The first that did not hold. */
  broken: Violation | null = null
  readonly met = new Map<string, number>()
  readonly #agenda: Agenda
  readonly #start: number
  #hash = ''
  readonly #onLine: ((line: string) => void) | undefined
  readonly #lines: string[] = []
  #hashed = 0
  #count = 0

  /** @param onLine Told of each line, as it is made. */
  constructor(agenda: Agenda, onLine?: (line: string) => void) {
    this.#agenda = agenda
    this.#onLine = onLine
    this.#start = agenda.now
  }

  /** How many lines there are. */
  get length(): number {
    return this.#count
  }

  /** A line of the trace: milliseconds since the start, and what happened. */
  note(text: string): void {
    this.#count += 1
    const line = `${this.#agenda.now - this.#start} ${text}`
    this.#lines.push(line)
    this.#onLine?.(line)
    if (this.#lines.length - this.#hashed >= HASHED) this.#digest()
  }

  /** Counts that something was met. */
  meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1)
  }

  /** Takes down that something does not hold. Only the first counts: what follows may follow from it. */
  breach(invariant: Invariant, message: string): void {
    if (this.broken !== null) return
    this.note(`BROKEN ${invariant}: ${message}`)
    this.broken = { invariant, message, at: this.#agenda.now }
  }

  /** The last lines of the trace. */
  tail(): readonly string[] {
    return this.#lines.slice(-KEPT)
  }

  /** What the trace hashes to, in hexadecimal: SHA-256 of each block of lines behind the hash of those before it. */
  digest(): string {
    this.#digest()
    return this.#hash
  }

  #digest(): void {
    const fresh = this.#lines.slice(this.#hashed)
    if (fresh.length > 0) this.#hash = sha256(`${this.#hash}\n${fresh.join('\n')}`)
    this.#lines.splice(0, Math.max(0, this.#lines.length - KEPT))
    this.#hashed = this.#lines.length
  }
}
