import type { StoredClient, StoredSession } from '../../store/port.ts'
import type { Report } from './differences.ts'

/** The snapshot that is kept of a client or a session, where there is one, can be read and is of that one. */
export function checkDocument({ id, document }: StoredClient | StoredSession, report: Report): void {
  if (document === null || document === undefined) return
  const named = idIn(document.text)
  if (named !== id) report('document-damaged', id, named)
}

function idIn(text: string): string | null {
  try {
    const document: unknown = JSON.parse(text)
    const id = typeof document === 'object' && document !== null && 'id' in document ? document.id : null
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}
