import type { ClientId, SessionId } from '../../domain/session.ts'
import type { Finding } from '../../snapshot/findings.ts'
import { nameIn } from '../../snapshot/form.ts'
import type { StoredClient } from '../../store/port.ts'
import type { Snapshot } from './read-snapshot.ts'

/**
 * What of a snapshot cannot be true if what is stored is: a session that another client holds, and a user or a creation
 * that is not the one that is stored. Either rejects the snapshot.
 *
 * @param stored The client of the snapshot's id; `null` where there is none.
 * @param holderOf The client that holds a session.
 */
export function findConflicts(
  { id, client, documents }: Snapshot,
  stored: StoredClient | null,
  holderOf: (id: SessionId) => ClientId | undefined,
): Finding[] {
  const errors: Finding[] = []
  const { form } = documents.client
  const addOrigin = (path: string, member: string) => {
    const message = 'is not what is stored, and never changes'
    errors.push({ code: 'changed-origin', path: `${path}/${nameIn(form, member)}`, message })
  }
  if (stored !== null && stored.createdAt !== client.createdAt) addOrigin('', 'createdAt')
  for (const [index, session] of client.sessions.entries()) {
    const path = `/sessions/${index}`
    const holder = holderOf(session.id)
    if (holder === undefined) continue
    if (holder !== id) {
      errors.push({ code: 'session-of-another-client', path: `${path}/id`, message: 'is a session of another client' })
      continue
    }
    const known = stored?.sessions.find((each) => each.id === session.id)
    if (known === undefined) continue
    if (known.userId !== session.userId) addOrigin(path, 'userId')
    if (known.createdAt !== session.createdAt) addOrigin(path, 'createdAt')
  }
  return errors
}
