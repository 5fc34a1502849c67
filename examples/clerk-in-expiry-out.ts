/**
 * Clerk in, expiry out: Clerk's webhooks go to Tenure's `POST /v1/ingest/clerk`, and from Tenure comes what Clerk never says,
 * that a session expired, or was abandoned.
 *
 * In Clerk's dashboard the webhook's address is that of Tenure; this is the other end. The cursor is kept where it was given
 * out last, so that nothing is missed while nobody runs; what was under way when this ended comes again, with the same id.
 */
export interface SessionEnd {
  readonly id: string
  readonly type: 'session.expired' | 'session.abandoned'
  readonly session_id: string
  readonly user_id: string
  readonly at: number
}

/** Where the cursor is kept: a file, a row, a key. */
export interface CursorPlace {
  load(): Promise<string | null>
  save(cursor: string): Promise<void>
}

/** Calls a handler with each expiry and each abandonment, in order, until it is told to stop. */
export async function onSessionEnd(
  tenure: { readonly url: string; readonly key: string },
  place: CursorPlace,
  handle: (event: SessionEnd) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const headers = { authorization: `Bearer ${tenure.key}` }
  while (!signal.aborted) {
    try {
      const cursor = await place.load()
      const query = new URLSearchParams({ type: 'session.expired,session.abandoned', wait_seconds: '30' })
      if (cursor !== null) query.set('after', cursor)
      const response = await fetch(`${tenure.url}/v1/events?${query}`, { headers, signal })
      if (!response.ok) throw new Error(`Tenure answered ${response.status}`)
      const page = (await response.json()) as {
        readonly data: readonly { readonly cursor: string; readonly event: SessionEnd }[]
        readonly next: string | null
      }
      for (const { event, cursor: behind } of page.data) {
        await handle(event)
        await place.save(behind)
      }
      if (page.next !== null && page.next !== cursor) await place.save(page.next)
    } catch (error) {
      if (signal.aborted) return
      console.error('again in a second:', error)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}
