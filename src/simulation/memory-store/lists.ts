import { statusAt } from '../../lifecycle/settle-session.ts'
import type { CreationKey, Paging, Rows, SessionQuery, StoredSession } from '../../store/port.ts'

/** The page of a list that is in its order. */
export function pageOf<T>(all: readonly T[], isBehind: (row: T) => boolean, paging: Paging<unknown>): Rows<T> {
  const { limit, offset = 0, after, isCounted = true } = paging
  const rows = (after === undefined ? all : all.filter(isBehind)).slice(offset, offset + limit)
  return { rows, total: isCounted ? all.length : rows.length }
}

/** The same of a list that is newest first. */
export function newestFirst<T extends CreationKey>(all: readonly T[], paging: Paging<CreationKey>): Rows<T> {
  const { after } = paging
  const isBehind = (row: T) => after !== undefined && byAge(after, row) < 0
  return pageOf([...all].sort(byAge), isBehind, paging)
}

/** Whether a session is among those that a query asks for. */
export function isAsked(session: StoredSession, { userId, clientId, status, asOf }: SessionQuery): boolean {
  return (
    (userId === undefined || session.userId === userId) &&
    (clientId === undefined || session.clientId === clientId) &&
    (status === undefined || status.includes(statusAt(session, asOf)))
  )
}

/** By creation, then by the bytes of the id, as databases have it. */
function byAge(a: CreationKey, b: CreationKey): number {
  return b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id))
}
