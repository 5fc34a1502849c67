import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'

/** How ids stand in a log: as a digest that tells one from another, or as they are. */
export type IdSpelling = (id: string) => string

/**
 * Logs each request in one line when it is answered, and counts it.
 *
 * A line has the route's pattern and not the address, so that no token in a query, and no id in a path, comes into the log:
 * ids are spelled by themselves. No header and no body is ever logged.
 */
export function addRequestLog(app: FastifyInstance, metrics: Metrics, spell: IdSpelling): void {
  const isSilent = !['debug', 'info', 'trace'].includes(app.log.level)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const status = reply.statusCode
    metrics.request(request.method, route, status, reply.elapsedTime)
    if (isSilent) return
    const milliseconds = Math.round(reply.elapsedTime * 1000) / 1000
    const key = request.apiKey?.name ?? null
    const line = {
      trace: request.id,
      method: request.method,
      route,
      status,
      milliseconds,
      key,
      ...idsIn(request, spell),
    }
    app.log.info(line, 'request')
  })
}

const IDS: Readonly<Record<string, string>> = { session_id: 'session', client_id: 'client', user_id: 'user' }

function idsIn({ params }: FastifyRequest, spell: IdSpelling): Record<string, string> {
  const named = Object.entries((params ?? {}) as Record<string, string>).filter(([name]) => name in IDS)
  return Object.fromEntries(named.map(([name, id]) => [IDS[name] as string, spell(id)]))
}
