import type { EpochMs } from '../domain/instant.ts'
import { settleClient } from '../lifecycle/client.ts'
import { settleSession } from '../lifecycle/settle-session.ts'
import type { StoredClient, StoredSession } from '../store/port.ts'

/**
 * Names what a session is at an instant: its version, and behind a dot how many of its deadlines have fallen that nobody has
 * written down yet. Two answers with one revision are the same.
 */
export function sessionRevision(session: StoredSession, now: EpochMs): string {
  return revision([session.version], settleSession(session, now).transitions.length)
}

/**
 * Names what a client is at an instant: its version, the sum of its sessions' versions, and how many of their deadlines have
 * fallen that nobody has written down yet. A touch counts in the sum where it does not count as a write of the client.
 *
 * @param client With all of its sessions.
 */
export function clientRevision(client: StoredClient, now: EpochMs): string {
  const sum = client.sessions.reduce((total, { version }) => total + version, 0)
  return revision([client.version, sum], settleClient(client, now).transitions.length)
}

function revision(versions: readonly number[], fallen: number): string {
  return (fallen === 0 ? versions : [...versions, fallen]).join('.')
}
