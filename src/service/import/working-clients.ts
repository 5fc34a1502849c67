import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import type { Transition } from '../../domain/transition.ts'
import { changeOf } from '../../store/client-change.ts'
import type { ClientChange, StoredClient, View } from '../../store/port.ts'

interface Working {
  /** As it is stored; `null` for a client that is new. */
  readonly before: StoredClient | null
  readonly client: StoredClient
  readonly transitions: readonly Transition[]
}

/** The clients of a batch, as the documents of it leave them one after the other. */
export class WorkingClients {
  readonly #stored = new Map<ClientId, StoredClient>()
  readonly #working = new Map<ClientId, Working>()
  readonly #holders = new Map<SessionId, ClientId>()

  /** @param stored The clients of the batch that are stored, and those that hold sessions of it. */
  constructor(stored: readonly StoredClient[]) {
    for (const client of stored) {
      this.#stored.set(client.id, client)
      this.#hold(client)
    }
  }

  /** A client as the documents so far have left it; `null` where there is none. */
  get(id: ClientId): StoredClient | null {
    return this.#working.get(id)?.client ?? this.#stored.get(id) ?? null
  }

  /** The client that holds a session, by what is stored and the documents so far. */
  holderOf(id: SessionId): ClientId | undefined {
    return this.#holders.get(id)
  }

  /** Puts a client where it was, as a document has left it. */
  set(client: StoredClient, transitions: readonly Transition[]): void {
    const working = this.#working.get(client.id)
    const before = working === undefined ? (this.#stored.get(client.id) ?? null) : working.before
    const all = working === undefined ? transitions : [...working.transitions, ...transitions]
    this.#working.set(client.id, { before, client, transitions: all })
    this.#hold(client)
  }

  /** What all documents together change. */
  changesAt(now: EpochMs): ClientChange[] {
    return [...this.#working.values()].map(({ before, client, transitions }) =>
      changeOf(before, client, transitions, now),
    )
  }

  #hold({ id, sessions }: StoredClient): void {
    for (const session of sessions) this.#holders.set(session.id, id)
  }
}

/** Whether a client or a session that an earlier view has is missing in a later one. */
export function hasLost(earlier: View, later: View): boolean {
  const held = new Set(later.clients.flatMap(({ id, sessions }) => [id, ...sessions.map((session) => session.id)]))
  return earlier.clients.some(({ id, sessions }) => !held.has(id) || sessions.some((session) => !held.has(session.id)))
}
