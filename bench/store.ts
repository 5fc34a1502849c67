/**
 * `npm run bench:store`: what the stores and the service are quoted with, each as a ratio within one run.
 *
 * Prints tables and writes bench/store-results.json and bench/store-results.md; how much is stored is in
 * bench/store/sizes.ts. Ends with 1 where a target is missed.
 */
import { readFileSync } from 'node:fs'
import type { Comparison } from './measurement.ts'
import { MACHINE, spell, tableOf, writeResult } from './report.ts'
import { compareCallers } from './store/callers.ts'
import { compareCommands } from './store/commands.ts'
import { postgresGround } from './store/commands-postgres.ts'
import { sqliteGround } from './store/commands-sqlite.ts'
import { compareCookies } from './store/cookie.ts'
import { compareImport } from './store/import.ts'
import { postgresImportGround } from './store/import-postgres.ts'
import { sqliteImportGround } from './store/import-sqlite.ts'
import { type Memory, measureMemory } from './store/memory.ts'
import { PostgresDatabases } from './store/postgres-databases.ts'
import { SIZES } from './store/sizes.ts'
import { SqliteFiles } from './store/sqlite-files.ts'
import { type Fleet, fleetOf, withUsersInOrder } from './store/stored-fleet.ts'
import { compareGrowth, compareSweep } from './store/sweep.ts'
import { postgresSweepGround } from './store/sweep-postgres.ts'
import { sqliteSweepGround } from './store/sweep-sqlite.ts'
import { compareVerify } from './store/verify.ts'

const results: Comparison[] = []
const memory: Memory[] = []
const many = fleetOf(SIZES.sessions)
const due = fleetOf(SIZES.due)
/** Fleets among which a thousand are due: each ten times the one before, and the largest. */
const growing = [10_000, 100_000].filter((size) => size < due.size).map((size) => fleetOf(size))

await using databases = await PostgresDatabases.start()
const about = [
  MACHINE,
  `SQLite ${process.versions.sqlite} (journal_mode WAL, synchronous NORMAL)`,
  await databases.describe(),
  `pg ${versionOf('pg')}, Better Auth ${versionOf('better-auth')}`,
]
console.log(about.join('\n'))

await onSqlite(async (files) => tell(await compareVerify(files, many)))
await onSqlite(async (files) => tell(await compareCookies(files, many)))
await onSqlite(async (files) => tell(await compareCommands(sqliteGround(files, commandsOf(2000)), many.size)))
tell(await compareCallers(databases, many))
tell(await compareCommands(postgresGround(databases, commandsOf(400)), many.size))

await onSqlite(async (files) => {
  const filled = files.filled(due)
  memory.push(...measureMemory(files, filled, due))
  tell(await compareSweep(sqliteSweepGround(files, filled), due, null))
  const stored = growing.map((fleet) => ({ fleet, ground: sqliteSweepGround(files, files.filled(fleet)) }))
  tell(await compareGrowth([...stored, { fleet: due, ground: sqliteSweepGround(files, filled) }]))
})
await onSqlite(async (files) => {
  const groundOf = (fleet: Fleet) => sqliteSweepGround(files, files.filled(fleet), 'SQLite, users in order')
  const inOrder = [...growing, due].map(withUsersInOrder)
  tell(await compareGrowth(inOrder.map((fleet) => ({ fleet, ground: groundOf(fleet) }))))
})
await onPostgres(due, async (filled) => {
  tell(await compareSweep(postgresSweepGround(databases, filled), due, 2))
  const groundOf = async (fleet: Fleet) => postgresSweepGround(databases, await databases.filled(fleet))
  const stored = await Promise.all(growing.map(async (fleet) => ({ fleet, ground: await groundOf(fleet) })))
  tell(await compareGrowth([...stored, { fleet: due, ground: postgresSweepGround(databases, filled) }]))
})
await onSqlite(async (files) => {
  await using ground = sqliteImportGround(files)
  tell(await compareImport(ground, SIZES.imported))
})
{
  await using ground = await postgresImportGround(databases)
  tell(await compareImport(ground, SIZES.importedPostgres))
}

const table = tableOf(results)
const memories = memory.map(({ what, open, most }) => `| ${what} | ${megabytes(open)} | ${megabytes(most)} |`)
const memoryTable = `| a process of its own | once open | at most |\n|---|---|---|\n${memories.join('\n')}\n`
console.log(`\n${table}\n${memoryTable}`)
const figures = { machine: MACHINE, versions: about.slice(1), sizes: SIZES, results, memory }
writeResult('store-results.json', `${JSON.stringify(figures, null, 2)}\n`)
const head = '<!-- Written by npm run bench:store. -->\n# Benchmarks of the stores and the service'
writeResult('store-results.md', `${head}\n\n${about.join('  \n')}\n\n${table}\n## Resident memory\n\n${memoryTable}`)
if (!results.every(({ holds }) => holds)) process.exitCode = 1

/** Keeps figures, and says them as they come. */
function tell(comparisons: readonly Comparison[]): void {
  results.push(...comparisons)
  for (const { name, subject, baseline, ratio, holds } of comparisons) {
    const times = `${spell(subject.nanoseconds)} against ${spell(baseline.nanoseconds)} (${baseline.what})`
    console.error(`${name}: ${times}, ${ratio.toFixed(2)}x${holds ? '' : ', MISSED'}`)
  }
}

/** Has files for one part only, so that they make room for the next. */
async function onSqlite(work: (files: SqliteFiles) => Promise<void>): Promise<void> {
  using files = new SqliteFiles()
  await work(files)
}

async function onPostgres(fleet: Fleet, work: (filled: string) => Promise<void>): Promise<void> {
  const filled = await databases.filled(fleet)
  await work(filled)
  await databases.drop(filled)
}

/** How many commands a round has, so that each of a fleet's sessions is commanded once at most. */
function commandsOf(most: number): number {
  return Math.min(most, Math.floor(many.size / 20))
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function versionOf(name: string): string {
  const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
