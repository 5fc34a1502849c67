import { queueOf, type WebhookEndpoint } from '../service/webhooks/endpoint.ts'
import type { DeadJob, Queues } from '../store/queue.ts'

/** How many of the dead are read at once. */
const PAGE = 500

/** The dead of an endpoint, the longest dead first, a page at a time. */
export async function* deadPages(queues: Queues, endpoint: WebhookEndpoint): AsyncGenerator<readonly DeadJob[]> {
  for (let after: string | undefined; ; ) {
    const jobs = await queues.listDead(queueOf(endpoint), { limit: PAGE, after })
    yield jobs
    after = jobs.at(-1)?.id
    if (jobs.length < PAGE) return
  }
}

/** Those of these ids that are not among the dead of an endpoint. */
export async function notDead(
  queues: Queues,
  endpoint: WebhookEndpoint,
  ids: readonly string[],
): Promise<readonly string[]> {
  const missing = new Set(ids)
  if (missing.size === 0) return []
  for await (const jobs of deadPages(queues, endpoint)) {
    for (const { id } of jobs) missing.delete(id)
    if (missing.size === 0) break
  }
  return [...missing]
}
