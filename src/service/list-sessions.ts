import { isStatus, type Status } from '../domain/status.ts'
import type { Dependencies } from './dependencies.ts'
import { creationKey, isCreationKey, type Page, type PageRequest, pageOf, pagingOf } from './list-page.ts'
import { type SessionRecord, settledRecord } from './records.ts'

/** Which sessions to list; all of them where nothing is named. */
export interface SessionFilter extends PageRequest {
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  /** One status or several, as they are now, whatever is stored. */
  readonly status?: Status | readonly Status[] | undefined
}

/**
 * Sessions as they are now, newest first, ties by the greater id.
 *
 * @throws {TypeError} For a limit, an offset, an `after` or a status that is none.
 * @throws {StoreError} When the store fails.
 */
export async function listSessions(
  { store }: Pick<Dependencies, 'store'>,
  { userId, clientId, status, ...page }: SessionFilter,
): Promise<Page<SessionRecord>> {
  const paging = pagingOf(page, isCreationKey)
  // Each once: a statement has as many parameters as it asks for statuses.
  const statuses = status === undefined ? undefined : [...new Set([status].flat())]
  if (statuses?.some((each) => !isStatus(each))) throw new TypeError('a status to list is none of the eight')
  const asOf = await store.now()
  const { rows, total } = await store.listSessions({ userId, clientId, status: statuses, asOf, ...paging })
  const items = rows.map((session) => settledRecord(session, asOf))
  return pageOf(items, total, rows.length === paging.limit, creationKey)
}
