import type { EpochMs } from '../domain/instant.ts'
import { settleClient } from '../lifecycle/client.ts'
import { settleSession } from '../lifecycle/settle-session.ts'
import type { StoredClient, StoredSession } from '../store/port.ts'
import { sha256 } from './digest.ts'

/**
 * Names what a session is at an instant: its version, and behind a dot how many of its deadlines have fallen that nobody has
 * written down yet. Two answers with one revision are the same.
 */
export function sessionRevision(session: StoredSession, now: EpochMs): string {
  return revision([session.version], settleSession(session, now).transitions.length)
}

/**
 * Names what a client is at an instant: its version, a digest of when it was updated and of its sessions' ids and versions,
 * and how many of their deadlines have fallen that nobody has written down yet. A touch shows in the digest where it does
 * not count as a write of the client, and so does a client that was purged and put in again.
 *
 * @param client With all of its sessions.
 */
export function clientRevision(client: StoredClient, now: EpochMs): string {
  const { updatedAt, sessions } = client
  const digest = sha256(JSON.stringify([updatedAt, ...sessions.map(({ id, version }) => [id, version])])).slice(0, 8)
  return revision([client.version, digest], settleClient(client, now).transitions.length)
}

function revision(parts: readonly (number | string)[], fallen: number): string {
  return (fallen === 0 ? parts : [...parts, fallen]).join('.')
}
