import type { ClientId } from '../domain/session.ts'
import type { Transition } from '../domain/transition.ts'
import { signOutClient } from '../lifecycle/client.ts'
import { changeOf } from '../store/client-change.ts'
import type { Asking } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'
import { runCommand, unchanged } from './run-command.ts'

/** What became of a client's sign-out. */
export type SignOutOutcome =
  | { readonly changed: true; readonly transitions: readonly Transition[] }
  /** `repeated`: no session of the client was left to end, or to remove. */
  | { readonly changed: false; readonly reason: 'repeated' | 'unknown-client' }

/**
 * Ends every live session of a client, or removes every session from it: its user signed out of all of them.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export async function signOut(
  { store, policy }: Dependencies,
  clientId: ClientId,
  command: 'end' | 'remove',
  { askedBy }: Asking,
): Promise<SignOutOutcome> {
  return runCommand(store, { clientIds: [clientId], sessions: 'all' }, ({ clients: [client], now }) => {
    if (client === undefined) return unchanged<SignOutOutcome>({ changed: false, reason: 'unknown-client' })
    const outcome = signOutClient(client, command, now, { policy, askedBy })
    if (!outcome.changed) return unchanged<SignOutOutcome>({ changed: false, reason: 'repeated' })
    const { transitions } = outcome
    const changes = [changeOf(client, outcome.client, transitions, now)]
    return { result: { changed: true, transitions } as SignOutOutcome, changes }
  })
}
