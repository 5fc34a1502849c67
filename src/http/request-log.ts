import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'

/** How ids stand in a log: as a digest that tells one from another, or as they are. */
export type IdSpelling = (id: string) => string

/**
 * Logs each request in one line when it is answered, and counts it.
 *
 * A line has the route's pattern and not the address, so that no token in a query, and no id in a path, comes into the log:
 * ids are spelled by themselves. No header and no body is ever logged.
 */
export function addRequestLog(app: FastifyInstance, log: RequestLog): void {
  app.addHook('onResponse', (request, reply, done) => {
    log(request, reply)
    done()
  })
}

/** Logs and counts a request that was answered. */
export type RequestLog = (request: FastifyRequest, reply: FastifyReply) => void

/** Makes what logs and counts. */
export function requestLogOf(app: FastifyInstance, metrics: Metrics, spell: IdSpelling): RequestLog {
  const isSilent = !['debug', 'info', 'trace'].includes(app.log.level)
  return (request, reply) => {
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
  }
}

const IDS = { session_id: 'session', client_id: 'client', user_id: 'user' } as const

function idsIn({ params }: FastifyRequest, spell: IdSpelling): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const name of Object.keys(IDS) as (keyof typeof IDS)[]) {
    const id = (params as Readonly<Record<string, string>> | undefined)?.[name]
    if (id !== undefined) ids[IDS[name]] = spell(id)
  }
  return ids
}
