/**
 * `npm run bench:jobs`: sweeps with their events, processes that sweep together, how long it is from a deadline to a webhook and
 * to a reader, and how fast deliveries go that have waited.
 *
 * Prints tables and writes bench/jobs-results.json and bench/jobs-results.md. Ends with 1 where a target is missed.
 */
import { type Drained, measureBacklog } from './jobs/backlog.ts'
import { type FanOut, measureFanOut } from './jobs/fan-out.ts'
import { type Arrivals, measureLatency } from './jobs/latency.ts'
import { compareRelayed } from './jobs/relayed.ts'
import { measureSweepers, type Sweepers } from './jobs/sweepers.ts'
import type { Comparison } from './measurement.ts'
import { MACHINE, spell, tableOf, writeResult } from './report.ts'
import { PostgresDatabases } from './store/postgres-databases.ts'
import { SqliteFiles } from './store/sqlite-files.ts'
import { expiringFleet, type Fleet, fleetOf, instantOf } from './store/stored-fleet.ts'

/** How many sessions are due in a sweep, how many fall in a second where latency is measured, and for how many seconds. */
const DUE = Number(process.env['TENURE_BENCH_DUE'] ?? 100_000)
const PER_SECOND = 1000
const SECONDS = Number(process.env['TENURE_BENCH_SECONDS'] ?? 20)
/** How long a service has to be there before the first deadline, milliseconds. */
const LEAD = 10_000
/** What a webhook is to come within, of 99 in a hundred, on SQLite; milliseconds. */
const LATENCY_TARGET = 250
/** How many deliveries wait where a backlog is drained, how long it is at most, and what is to be delivered in a second. */
const BACKLOG = Number(process.env['TENURE_BENCH_BACKLOG'] ?? 100_000)
const DRAIN = Number(process.env['TENURE_BENCH_DRAIN_SECONDS'] ?? 30) * 1000
const DRAIN_TARGET = 200
const READERS = 100
const READ_PER_SECOND = 50

await using databases = await PostgresDatabases.start()
const about = [MACHINE, `SQLite ${process.versions.sqlite} (WAL, synchronous NORMAL)`, await databases.describe()]
console.log(about.join('\n'))
const results: Comparison[] = []
const due = fleetOf(DUE)
const log = process.platform === 'win32' ? 'NUL' : '/dev/null'

{
  using files = new SqliteFiles()
  const filled = files.filled(due)
  const copy = () => `sqlite:${files.copy(filled)}`
  results.push(...(await compareRelayed({ name: 'SQLite', copy }, due)))
}
const filled = await databases.filled(due)
results.push(...(await compareRelayed({ name: 'PostgreSQL', copy: () => databases.copy(filled) }, due)))
console.error(tableOf(results))
const sweepers = await measureSweepers(databases, filled, due, [1, 2, 4])
console.error(sweepersTable(sweepers))
await databases.drop(filled)

const latencies: (Arrivals & { readonly name: string; readonly target: number | null })[] = []
await onSqlite(expiringOf(PER_SECOND), async (store, fleet) => {
  latencies.push({ name: 'SQLite', target: LATENCY_TARGET, ...(await measureLatency(store, measuringOf(fleet))) })
})
await onPostgres(expiringOf(PER_SECOND), async (store, fleet) => {
  latencies.push({ name: 'PostgreSQL', target: null, ...(await measureLatency(store, measuringOf(fleet))) })
})
console.error(latencyTable())
const fanOuts: (FanOut & { readonly name: string })[] = []
await onSqlite(expiringOf(READ_PER_SECOND), async (store, fleet) => {
  const { sessions: events, ...rest } = measuringOf(fleet)
  fanOuts.push({ name: 'SQLite', ...(await measureFanOut(store, { ...rest, readers: READERS, events })) })
})

const drained: (Drained & { readonly name: string })[] = []
{
  using files = new SqliteFiles()
  const backlog = { waiting: BACKLOG, processes: 1, atMost: DRAIN, settle: async () => {} }
  drained.push({ name: 'SQLite', ...(await measureBacklog(`sqlite:${files.path()}`, backlog)) })
}
for (const processes of [1, 2]) {
  const url = await databases.filled()
  const backlog = { waiting: BACKLOG, processes, atMost: DRAIN, settle: () => databases.settle(url) }
  drained.push({ name: 'PostgreSQL', ...(await measureBacklog(url, backlog)) })
  await databases.drop(url)
}
console.error(drainedTable())

const tables = [
  `${tableOf(results)}\nA time is that of one session, of all that it takes until its event is queued.`,
  `## Processes that sweep together\n\n${sweepersTable(sweepers)}`,
  `## From a deadline to its webhook\n\n${PER_SECOND.toLocaleString('en')} deadlines a second for ${SECONDS} s, one endpoint, the receiver a process of its own.\n\n${latencyTable()}`,
  `## From a deadline to the readers of the stream\n\n${fanOutTable()}`,
  `## A backlog that is drained\n\nOne endpoint, each delivery of a session of its own, for ${DRAIN / 1000} s at most.\n\n${drainedTable()}`,
].join('\n\n')
console.log(`\n${tables}`)
const figures = { machine: MACHINE, versions: about.slice(1), results, sweepers, latencies, fanOuts, drained }
writeResult('jobs-results.json', `${JSON.stringify(figures, null, 2)}\n`)
const head = '<!-- Written by npm run bench:jobs. -->\n# Benchmarks of the jobs'
writeResult('jobs-results.md', `${head}\n\n${about.join('  \n')}\n\n${tables}\n`)
const isInTime = latencies.every(({ target, p99 }) => target === null || p99 <= target)
const isShared = (sweepers[1]?.perSecond ?? 0) > (sweepers[0]?.perSecond ?? 0)
const isDrained = drained.every(({ perSecond }) => perSecond >= DRAIN_TARGET)
if (!results.every(({ holds }) => holds) || !isInTime || !isShared || !isDrained) process.exitCode = 1

function expiringOf(perSecond: number): () => Fleet {
  return () => expiringFleet(perSecond * SECONDS, 1000 / perSecond, LEAD)
}

function measuringOf(fleet: Fleet) {
  return { sessions: fleet.size, begins: instantOf(fleet, 1), log, atMost: LEAD + 4 * SECONDS * 1000 }
}

async function onSqlite(make: () => Fleet, work: (store: string, fleet: Fleet) => Promise<void>): Promise<void> {
  using files = new SqliteFiles()
  const fleet = make()
  await work(`sqlite:${files.filled(fleet)}`, fleet)
}

async function onPostgres(make: () => Fleet, work: (store: string, fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = make()
  const url = await databases.filled(fleet)
  await work(url, fleet)
  await databases.drop(url)
}

function sweepersTable(rows: readonly Sweepers[]): string {
  const [first] = rows
  const lines = rows.map(({ processes, perSecond, shares }) => {
    const gain = (perSecond / (first?.perSecond ?? perSecond)).toFixed(2)
    const each = shares.map((share) => share.toLocaleString('en')).join(', ')
    return `| ${processes} | ${Math.round(perSecond).toLocaleString('en')} | ${gain}x | ${each} |`
  })
  return `| processes | sessions a second | against one | of which each settled |\n|---|---|---|---|\n${lines.join('\n')}`
}

function latencyTable(): string {
  const lines = latencies.map(({ name, taken, times, p50, p99, most, target }) => {
    const verdict = target === null ? '' : `p99 at most ${target} ms: ${p99 <= target ? 'holds' : 'MISSED'}`
    const counts = `${taken.toLocaleString('en')} | ${(times - taken).toLocaleString('en')}`
    return `| ${name} | ${counts} | ${p50} ms | ${p99} ms | ${most} ms | ${verdict} |`
  })
  const headings = '| store | webhooks | came again | p50 | p99 | at most | target |\n|---|---|---|---|---|---|---|'
  return `${headings}\n${lines.join('\n')}`
}

function fanOutTable(): string {
  const lines = fanOuts.map(({ name, readers, events, p50, p99, most }) => {
    return `| ${name} | ${readers} | ${events.toLocaleString('en')} | ${spell(p50 * 1e6)} | ${spell(p99 * 1e6)} | ${spell(most * 1e6)} |`
  })
  const headings = '| store | readers | events, each to all of them | p50 | p99 | at most |\n|---|---|---|---|---|---|'
  return `${headings}\n${lines.join('\n')}`
}

function drainedTable(): string {
  const lines = drained.map(({ name, processes, waiting, delivered, perSecond, taken, take }) => {
    const counts = `${waiting.toLocaleString('en')} | ${delivered.toLocaleString('en')}`
    const looks = `${taken.toFixed(1)} | ${spell(take * 1e6)}`
    const verdict = `at least ${DRAIN_TARGET}: ${perSecond >= DRAIN_TARGET ? 'holds' : 'MISSED'}`
    return `| ${name} | ${processes} | ${counts} | ${Math.round(perSecond).toLocaleString('en')} | ${looks} | ${verdict} |`
  })
  const headings =
    '| store | deliverers | waiting | delivered | a second | taken at once | a look | target, a second |\n|---|---|---|---|---|---|---|---|'
  return `${headings}\n${lines.join('\n')}`
}
