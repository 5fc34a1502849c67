import type { ClientId } from '../domain/session.ts'
import type { Dependencies } from './dependencies.ts'
import { type ClientRecord, clientRecord } from './records.ts'

/**
 * One client as it is now, and the sessions that it shows, newest last.
 *
 * `removed` sessions are not shown, nor are `revoked` ones in single-session mode; {@link listSessions} has them.
 *
 * @returns `null` where there is none of that id.
 * @throws {StoreError} When the store fails.
 */
export async function getClient({ store, policy }: Dependencies, id: ClientId): Promise<ClientRecord | null> {
  const { clients, now } = await store.read({ clientIds: [id], sessions: 'all', documents: true })
  const [client] = clients
  return client === undefined ? null : clientRecord(client, now, policy)
}
