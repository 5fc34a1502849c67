import { IS_PINNED } from './cores.ts'
import type { Duel } from './duel.ts'
import { CONNECTIONS, type Load } from './load.ts'

/** What has to be known to read the table. */
export const NOTE = [
  `${CONNECTIONS} connections, each asking anew once it is answered; medians of the rounds, in which both servers took turns.`,
  IS_PINNED ? 'Servers on one core, the load generator on another.' : 'Servers and the load generator share the cores.',
  'Tenure as it is served: NODE_ENV=production, one key, metrics, a log line for each request, to a file; no rate limit.',
  'Fastify with its defaults: no log, no key, no store, the same JSON from objects in memory.',
  'Processor time is the server’s own for a request: where the generator holds a server up, it tells them apart.',
].join('\n')

/** Duels as a Markdown table, a line each. */
export function tableOf(duels: readonly Duel[]): string {
  const lines = duels.map(({ name, tenure, bare, ratio, ratios, processorRatio, target, holds }) => {
    const span = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    const byProcessor = processorRatio === null ? '' : processorRatio.toFixed(2)
    const verdict = target === null ? '' : `at least ${target}: ${holds ? 'holds' : 'MISSED'}`
    return `| ${name} | ${cells(tenure)} | ${cells(bare)} | ${ratio.toFixed(2)} (${span}) | ${byProcessor} | ${verdict} |`
  })
  const own = 'Tenure | p50 | p99 | processor'
  const head = `| what | ${own} | bare Fastify | p50 | p99 | processor | ratio (of rounds) | by processor time | target |`
  return `${head}\n|---|---|---|---|---|---|---|---|---|---|---|---|\n${lines.join('\n')}\n`
}

function cells({ requestsPerSecond, p50, p99, processor }: Load): string {
  const speed = `${Math.round(requestsPerSecond).toLocaleString('en')}/s`
  const time = processor === null ? '' : `${processor.toFixed(0)} µs`
  return `${speed} | ${p50.toFixed(2)} ms | ${p99.toFixed(2)} ms | ${time}`
}
