import type { ClientId } from '../domain/session.ts'
import type { Dependencies } from './dependencies.ts'
import { type ClientRecord, clientRecord } from './records.ts'
import { clientRevision } from './revision.ts'

/**
 * One client as it is now, and the sessions that it shows, newest last.
 *
 * `removed` sessions are not shown, nor are `revoked` ones in single-session mode; {@link listSessions} has them.
 *
 * @returns `null` where there is none of that id.
 * @throws {StoreError} When the store fails.
 */
export async function getClient(dependencies: Dependencies, id: ClientId): Promise<ClientRecord | null> {
  return (await readClientRecord(dependencies, id))?.client ?? null
}

/** As {@link getClient}, with what names that answer. */
export async function readClientRecord(
  { store, policy }: Dependencies,
  id: ClientId,
): Promise<{ readonly client: ClientRecord; readonly revision: string } | null> {
  const { clients, now } = await store.read({ clientIds: [id], sessions: 'all', documents: true })
  const [client] = clients
  if (client === undefined) return null
  return { client: clientRecord(client, now, policy), revision: clientRevision(client, now) }
}
