import type { Dependencies } from './dependencies.ts'
import { creationKey, isCreationKey, type Page, type PageRequest, pageOf, pagingOf } from './list-page.ts'
import { type ClientRecord, clientRecord } from './records.ts'

/** Which clients to list; all of them where nothing is named. */
export interface ClientFilter extends PageRequest {
  /** Those that hold a session of this user, whatever its status. */
  readonly userId?: string | undefined
}

/**
 * Clients as they are now, newest first, ties by the greater id.
 *
 * @throws {TypeError} For a limit, an offset or an `after` that is none.
 * @throws {StoreError} When the store fails.
 */
export async function listClients(
  { store, policy }: Dependencies,
  { userId, ...page }: ClientFilter,
): Promise<Page<ClientRecord>> {
  const paging = pagingOf(page, isCreationKey)
  const { rows, total } = await store.listClients({ userId, ...paging })
  const { clients, now } = await store.read({ clientIds: rows, sessions: 'all', documents: true })
  const byId = new Map(clients.map((client) => [client.id, client]))
  const items = rows.flatMap((id) => {
    const client = byId.get(id)
    return client === undefined ? [] : [clientRecord(client, now, policy)]
  })
  return pageOf(items, total, rows.length === paging.limit, creationKey)
}
