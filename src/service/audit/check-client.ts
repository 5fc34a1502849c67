import { isLive } from '../../domain/status.ts'
import type { StoredClient } from '../../store/port.ts'
import { checkDocument } from './check-document.ts'
import type { Report } from './differences.ts'

/**
 * What a client's row says of its sessions.
 *
 * A snapshot may name any sessions, and a last active one that is not there, and stays as it came in: of a client that
 * was imported, or holds a session that was, only its document is looked at.
 */
export function checkClient(client: StoredClient, report: Report): void {
  checkDocument(client, report)
  if ([client, ...client.sessions].some(({ document }) => document)) return
  checkSessionIds(client, report)
  const { lastActiveSessionId: named, sessions } = client
  if (named === null || sessions.some(({ id, status }) => id === named && isLive(status))) return
  report('last-active-differs', [...sessions.filter(({ status }) => isLive(status)).map(({ id }) => id)], named)
}

/** Every session that is held is named once, but those that were removed and, in single-session mode, revoked. */
function checkSessionIds({ sessionIds, sessions }: StoredClient, report: Report): void {
  const named = new Set(sessionIds)
  const expected = sessions.filter(({ id, status }) => {
    // The mode is the policy's, and may have changed since.
    return status === 'revoked' ? named.has(id) : status !== 'removed'
  })
  const isAlike =
    expected.length === sessionIds.length &&
    named.size === sessionIds.length &&
    expected.every(({ id }) => named.has(id))
  if (!isAlike) report('session-ids-differ', [...expected.map(({ id }) => id)], sessionIds)
}
