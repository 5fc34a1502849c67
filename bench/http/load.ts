import { createHistogram } from 'node:perf_hooks'
import autocannon from 'autocannon'
import { processorSeconds } from './cores.ts'
import type { RunningServer } from './servers.ts'

/** A request of a load. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** JSON. */
  readonly body?: string
}

/** What a load found. */
export interface Load {
  readonly requestsPerSecond: number
  /** Milliseconds from a request to its answer, of one request in two and of 99 in a hundred. */
  readonly p50: number
  readonly p99: number
  /** Processor time of the server for a request, microseconds; `null` where the system does not say. */
  readonly processor: number | null
}

/** How many connections ask at once, each anew once it is answered. */
export const CONNECTIONS = 64

/**
 * Asks a server so many requests, going round through the given ones.
 *
 * This process does not sleep meanwhile: in a virtual machine waking a core costs tens of microseconds, which whoever wakes it
 * pays. A server that leaves the generator time to sleep would pay that for each of its answers.
 *
 * @throws {Error} Where an answer is no success.
 */
export async function load(server: RunningServer, requests: readonly LoadRequest[], amount: number): Promise<Load> {
  const latencies = createHistogram()
  let isOver = false
  let answeredAt = 0
  const stayAwake = () => {
    if (!isOver) setImmediate(stayAwake)
  }
  const slices = slicesOf(requests, server.key)
  const before = processorSeconds(server.pid)
  const begun = performance.now()
  const options = {
    url: server.url,
    connections: CONNECTIONS,
    amount,
    setupClient: (client: autocannon.Client) => client.setRequests(slices.shift() ?? []),
  }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, found) => (error ? reject(error) : resolve(found)))
    run.on('response', (_client, _status, _bytes, milliseconds) => {
      latencies.record(Math.max(1, Math.round(milliseconds * 1000)))
      answeredAt = performance.now()
      if (latencies.count === amount) isOver = true
    })
    stayAwake()
  })
  isOver = true
  const after = processorSeconds(server.pid)
  if (result.errors > 0 || result.non2xx > 0 || latencies.count !== amount) {
    throw new Error(`of ${amount} requests ${latencies.count} were answered, ${result.non2xx} with no success`)
  }
  return {
    requestsPerSecond: amount / ((answeredAt - begun) / 1000),
    p50: latencies.percentile(50) / 1000,
    p99: latencies.percentile(99) / 1000,
    processor: before === null || after === null ? null : ((after - before) * 1e6) / amount,
  }
}

/** The requests that each connection goes round through: others than its neighbours'. */
function slicesOf(requests: readonly LoadRequest[], key: string): autocannon.Request[][] {
  const authorization = `Bearer ${key}`
  const slices = Array.from({ length: CONNECTIONS }, () => [] as autocannon.Request[])
  for (const [index, { method, path, body }] of requests.entries()) {
    const request =
      body === undefined
        ? { method, path, headers: { authorization } }
        : { method, path, body, headers: { authorization, 'content-type': 'application/json' } }
    slices[index % CONNECTIONS]?.push(request)
  }
  return slices
}
