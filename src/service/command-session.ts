import type { ClientCommand, ClientUnchanged } from '../domain/client-law.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { SessionId } from '../domain/session.ts'
import { recordTouch, type Transition } from '../domain/transition.ts'
import { commandClient } from '../lifecycle/client.ts'
import { changeOf } from '../store/client-change.ts'
import type { Decision, StoredClient, View } from '../store/port.ts'
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
  { store, policy, recordTouches = false }: Dependencies,
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
    const touches = command === 'touch' && recordTouches ? touchesOf(client, outcome.client, id, now, askedBy) : []
    const change = changeOf(client, outcome.client, [...outcome.transitions, ...touches], now)
    const session = toSessionRecord(sessionOf(change.after, id))
    const result = { changed: true, session, transitions: outcome.transitions } as const
    return { result, changes: [change] } satisfies Decision<SessionOutcome>
  })
}

/**
 * The ledger row of a touch, where it wrote the session. One that came by a clock behind may only make it the last active
 * one: then the session has no new version that a row could stand for.
 */
function touchesOf(
  before: StoredClient,
  after: StoredClient,
  id: SessionId,
  now: EpochMs,
  askedBy: string | undefined,
): readonly Transition[] {
  const session = sessionOf(before, id)
  return session === sessionOf(after, id) ? [] : [recordTouch(session, now, askedBy)]
}
