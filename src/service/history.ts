import type { LedgerEntry } from '../store/port.ts'
import type { Dependencies } from './dependencies.ts'
import { type Page, type PageRequest, pageOf, pagingOf } from './list-page.ts'

/** Whose history to read. Of several, all have to fit. */
export interface HistoryFilter extends PageRequest<number> {
  readonly sessionId?: string | undefined
  readonly clientId?: string | undefined
  readonly userId?: string | undefined
}

/**
 * The ledger of a session, a client or a user, in the order it was written: what was recorded, and not what the clock
 * has done since without anybody writing it down.
 *
 * It is there after the session was purged. Of several clients on PostgreSQL a row may come to be seen after one with a
 * higher number: whoever follows what happens reads the events, which skip none.
 *
 * @throws {TypeError} For a limit, an offset or an `after` that is none.
 * @throws {StoreError} When the store fails.
 */
export async function history(
  { store }: Pick<Dependencies, 'store'>,
  { sessionId, clientId, userId, ...page }: HistoryFilter,
): Promise<Page<LedgerEntry, number>> {
  const paging = pagingOf(page, Number.isSafeInteger)
  const { rows, total } = await store.listLedger({ sessionId, clientId, userId, ...paging })
  return pageOf(rows, total, rows.length === paging.limit, ({ sequence }) => sequence)
}
