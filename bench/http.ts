/**
 * `npm run bench:http`: Tenure over HTTP against bare Fastify that answers the same JSON from memory, in one run.
 *
 * Prints a table and writes bench/http-results.json and bench/http-results.md. How much is stored is in bench/store/sizes.ts,
 * how long it takes in bench/http/length.ts. Ends with 1 where the target is missed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { answersOf, type Case, expectSame, otherCases, readCase } from './http/cases.ts'
import { moveToGeneratorCore } from './http/cores.ts'
import { type Duel, duel } from './http/duel.ts'
import { LENGTH } from './http/length.ts'
import { type RunningServer, startBare, startTenure } from './http/servers.ts'
import { importRest, signedInOf, someSessions } from './http/stored.ts'
import { NOTE, tableOf } from './http/table.ts'
import { MACHINE, writeResult } from './report.ts'
import { PostgresDatabases } from './store/postgres-databases.ts'
import { SIZES } from './store/sizes.ts'
import { SqliteFiles } from './store/sqlite-files.ts'

/** How much of bare Fastify's throughput a read of a session has at least. */
const READ_TARGET = 0.6

const duels: Duel[] = []
using files = new SqliteFiles()
// Before this process moves: its processes may run on either core.
await using databases = await PostgresDatabases.start()
const about = [
  MACHINE,
  `SQLite ${process.versions.sqlite} (journal_mode WAL, synchronous NORMAL)`,
  await databases.describe(),
  `Fastify ${versionOf('fastify')}, autocannon ${versionOf('autocannon')}, pg ${versionOf('pg')}`,
  `${SIZES.sessions.toLocaleString('en')} sessions, one in ten of them imported with a document`,
]
console.log(about.join('\n'))
const signedIn = signedInOf(SIZES.sessions)
const [sqlite, postgres] = [`sqlite:${files.filled(signedIn)}`, await databases.filled(signedIn)]
for (const store of [sqlite, postgres]) await importRest(store, SIZES.sessions)
moveToGeneratorCore()

await contend(sqlite, async (tenure, sessions) => {
  const [read, others] = [readCase(sessions), await otherCases(tenure, sessions)]
  return [{ ...read, name: `${read.name}, SQLite`, target: READ_TARGET }, ...others.map(onSqlite)]
})
await contend(postgres, async (_tenure, sessions) => {
  const read = readCase(sessions)
  return [{ ...read, name: `${read.name}, PostgreSQL`, target: null }]
})

const table = tableOf(duels)
console.log(`\n${table}\n${NOTE}`)
const figures = { machine: MACHINE, versions: about.slice(1), sizes: { sessions: SIZES.sessions, ...LENGTH }, duels }
writeResult('http-results.json', `${JSON.stringify(figures, null, 2)}\n`)
const head = '<!-- Written by npm run bench:http. -->\n# Benchmarks of the service over HTTP'
writeResult('http-results.md', `${head}\n\n${about.join('  \n')}\n\n${table}\n${NOTE}\n`)
if (!duels.every(({ holds }) => holds)) process.exitCode = 1

/** A kind of request, and how much of bare Fastify's throughput it is held to. */
type Held = Case & { readonly target: number | null }

/** Runs the kinds of request that are made up for a store, one after the other. */
async function contend(
  store: string,
  casesOf: (tenure: RunningServer, sessions: Awaited<ReturnType<typeof someSessions>>) => Promise<Held[]>,
): Promise<void> {
  const sessions = await someSessions(store, SIZES.sessions, SIZES.sessions)
  await using tenure = await startTenure(store, files.path())
  const cases = await casesOf(tenure, sessions)
  const lines: string[] = []
  for (const each of cases) lines.push(await answersOf(tenure, each))
  const answers = files.path()
  writeFileSync(answers, `${lines.join('\n')}\n`)
  await using bare = await startBare(answers)
  for (const each of cases) {
    await expectSame(tenure, bare, each)
    const found = await duel({ tenure, bare }, each, each.target)
    duels.push(found)
    console.error(`${found.name}: ${found.ratio.toFixed(2)} of bare Fastify${found.holds ? '' : ', MISSED'}`)
  }
}

function onSqlite(each: Case): Held {
  return { ...each, name: `${each.name}, SQLite`, target: null }
}

function versionOf(name: string): string {
  const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
