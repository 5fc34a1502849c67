import type { ClientCommand, ClientUnchanged } from '../domain/client-law.ts'
import type { SessionId } from '../domain/session.ts'
import type { Transition } from '../domain/transition.ts'
import { commandClient } from '../lifecycle/client.ts'
import { changeOf } from '../store/client-change.ts'
import type { Decision, View } from '../store/port.ts'
import type { Dependencies } from './dependencies.ts'
import { type SessionRecord, sessionOf, toSessionRecord } from './records.ts'
import { runCommand, unchanged } from './run-command.ts'

/** Who asked for a command. */
export interface Asking {
  /** Kept in the ledger: a user's id, a service's name; 1 to 255 characters without white space. */
  readonly askedBy?: string | undefined
}

/** What a command made of a session. Nothing was written where it changed nothing. */
export type SessionOutcome =
  | { readonly changed: true; readonly session: SessionRecord; readonly transitions: readonly Transition[] }
  | {
      readonly changed: false
      readonly reason: Exclude<ClientUnchanged, 'session-exists' | 'id-taken' | 'unknown-session'>
      readonly session: SessionRecord
    }
  | { readonly changed: false; readonly reason: 'unknown-session'; readonly session: null }

/** Gives a stored session a command: read, settle, apply, write, and its ledger rows with it. */
export async function commandSession(
  { store, policy }: Dependencies,
  id: SessionId,
  command: ClientCommand,
  { askedBy }: Asking,
): Promise<SessionOutcome> {
  return runCommand(store, { sessionIds: [id], sessions: 'open' }, ({ clients: [client], now }: View) => {
    if (client === undefined) return unchanged({ changed: false, reason: 'unknown-session', session: null })
    const outcome = commandClient(client, id, command, now, { policy, askedBy })
    if (!outcome.changed) {
      const session = toSessionRecord(sessionOf(outcome.client, id))
      return unchanged({ changed: false, reason: outcome.reason, session } as SessionOutcome)
    }
    const change = changeOf(client, outcome.client, outcome.transitions, now)
    const session = toSessionRecord(sessionOf(change.after, id))
    const result = { changed: true, session, transitions: outcome.transitions } as const
    return { result, changes: [change] } satisfies Decision<SessionOutcome>
  })
}
