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
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const status = reply.statusCode
    metrics.request(request.method, route, status, reply.elapsedTime)
    if (isSilent) return done()
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
    done()
  })
}

const IDS = { session_id: 'session', client_id: 'client', user_id: 'user' } as const

function idsIn({ params }: FastifyRequest, spell: IdSpelling): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const name of Object.keys(IDS) as (keyof typeof IDS)[]) {
    const id = (params as Readonly<Record<string, string>>)[name]
    if (id !== undefined) ids[IDS[name]] = spell(id)
  }
  return ids
}
