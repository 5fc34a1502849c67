import type { HttpContext } from '../context.ts'
import type { Endpoint } from '../endpoint.ts'

/** What the service says of itself. */
export function serviceEndpoints(
  { metrics, readiness }: HttpContext,
  description: () => { readonly document: object; readonly page: string },
): Endpoint[] {
  return [
    {
      method: 'GET',
      url: '/healthz',
      operationId: 'getHealth',
      summary: 'Whether the process is there',
      tag: 'Service',
      scope: 'none',
      isUnlimited: true,
      answer: { schema: 'health', description: 'It is.' },
      handle: async () => ({ status: 'ok' }),
    },
    {
      method: 'GET',
      url: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether it should be sent requests',
      description: '503 where the store does not answer, deadlines are written down too late, or it is shutting down.',
      tag: 'Service',
      scope: 'none',
      isUnlimited: true,
      answer: { schema: 'health', description: 'It should.' },
      handle: async (_request, reply) => {
        const checks = await readiness.check()
        const isReady = checks.every(({ ok }) => ok)
        return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unready', checks })
      },
    },
    {
      method: 'GET',
      url: '/metrics',
      operationId: 'getMetrics',
      summary: 'What it counts and measures of itself, for Prometheus',
      tag: 'Service',
      scope: 'read',
      isUnlimited: true,
      answer: { contentType: 'text/plain', description: 'Metrics in the text format.' },
      handle: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
    },
    {
      method: 'GET',
      url: '/openapi.json',
      operationId: 'getDescription',
      summary: 'This description, as OpenAPI 3.1',
      tag: 'Service',
      scope: 'none',
      answer: { contentType: 'application/json', description: 'The description.' },
      handle: async () => description().document,
    },
    {
      method: 'GET',
      url: '/docs',
      operationId: 'getDocs',
      summary: 'This description, to be read',
      tag: 'Service',
      scope: 'none',
      answer: { contentType: 'text/html', description: 'A page.' },
      handle: async (_request, reply) => {
        const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        const page = reply.header('content-security-policy', policy).header('x-content-type-options', 'nosniff')
        return page.type('text/html; charset=utf-8').send(description().page)
      },
    },
  ]
}
