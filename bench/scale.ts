/**
 * `npm run bench:scale`: what sessions take up in PostgreSQL, and what their number does to finding, writing and vacuuming.
 *
 * Prints tables and writes bench/scale-results.json and bench/scale-results.md. The largest fleet is of
 * `TENURE_BENCH_SCALE` sessions, a million where it is left out.
 */
import type { DurationMs } from '../src/domain/duration.ts'
import { defaultPolicy, type Policy } from '../src/domain/policy.ts'
import { systemRandomness } from '../src/domain/randomness.ts'
import { openTenure } from '../src/service/open-tenure.ts'
import { ManualClock } from '../src/simulation/manual-clock.ts'
import { openStore } from '../src/store/open-store.ts'
import { MACHINE, writeResult } from './report.ts'
import { type DueSearch, type Footprint, footprintsOf, searchDue, type Wear, wearOf } from './scale/footprint.ts'
import { barePostgres, PostgresDatabases } from './store/postgres-databases.ts'
import { type Fleet, fleetOf, hourAfter, instantOf, sessionIds } from './store/stored-fleet.ts'

/** A fleet, and what was found of it. */
interface Found {
  readonly sessions: number
  readonly footprints: readonly Footprint[]
  readonly due: DueSearch
  readonly touches: Wear
  /** Touches that move the deadline that is due next. */
  readonly sliding: Wear
  readonly sweep: Wear & { readonly seconds: number }
}

const LARGEST = Number(process.env['TENURE_BENCH_SCALE'] ?? 1_000_000)
/** How much of a fleet is touched, and how much is swept. */
const PART = 0.1
const BATCH = 500

/** Under which a touch of a fleet's session moves its `expireAt`. */
const HOUR = 3_600_000
const DAY = 24 * HOUR
const SLIDING: Policy = {
  ...defaultPolicy,
  maximumLifetime: (20 * DAY) as DurationMs,
  inactivityTimeout: (10 * DAY) as DurationMs,
}

await using databases = await PostgresDatabases.start()
const about = [MACHINE, await databases.describe()]
console.log(about.join('\n'))
const found: Found[] = []
for (const size of [LARGEST / 100, LARGEST / 10, LARGEST]) {
  found.push(await measure(fleetOf(size)))
  console.error(`${size} sessions: done`)
}

const sizes = found.map(({ sessions }) => sessions.toLocaleString('en'))
const head = `| | ${sizes.join(' | ')} |\n|---|${'---|'.repeat(sizes.length)}\n`
const names = found.at(-1)?.footprints.map(({ name }) => name) ?? []
const bytesOf = (name: string) =>
  found.map(({ footprints }) => footprints.find((each) => each.name === name)?.bytes.toFixed(0) ?? '')
const totals = found.map(({ footprints }) => footprints.reduce((sum, { bytes }) => sum + bytes, 0).toFixed(0))
const bytes = [...names.map((name) => line(`\`${name}\``, bytesOf(name))), line('together', totals)].join('')
const megabytesGrown = (of: (each: Found) => Wear) => found.map((each) => megabytes(of(each).grown))
const vacuums = (of: (each: Found) => Wear) => found.map((each) => `${of(each).vacuum.toFixed(0)} ms`)
const shares = (of: (each: Found) => Wear) => found.map((each) => percent(of(each).hot))
const wears: readonly (readonly [string, (each: Found) => Wear])[] = [
  ['a tenth touched', ({ touches }) => touches],
  ['a tenth touched, which slides `expireAt`', ({ sliding }) => sliding],
  ['a tenth swept', ({ sweep }) => sweep],
]
const work = [
  line(
    `finding ${BATCH} due: pages`,
    found.map(({ due }) => String(due.pages)),
  ),
  line(
    `finding ${BATCH} due: time`,
    found.map(({ due }) => `${due.milliseconds.toFixed(2)} ms`),
  ),
  line(
    'sessions swept a second',
    found.map(({ sessions, sweep }) => rate(sessions * PART, sweep.seconds)),
  ),
  ...wears.flatMap(([name, of]) => [
    line(`${name}: updates that leave the indexes alone`, shares(of)),
    line(`${name}: table and indexes grow by`, megabytesGrown(of)),
    line(`${name}: VACUUM`, vacuums(of)),
  ]),
].join('')
const tables = `## Bytes a session\n\n${head}${bytes}\n## Work\n\n${head}${work}`
console.log(`\n${tables}`)
writeResult('scale-results.json', `${JSON.stringify({ machine: MACHINE, versions: about.slice(1), found }, null, 2)}\n`)
const title = '<!-- Written by npm run bench:scale. -->\n# What sessions take up in PostgreSQL'
const note = 'Each session is on a client of its own and has one row in the ledger: its sign-in. None has a document.'
writeResult('scale-results.md', `${title}\n\n${about.join('  \n')}\n\n${note}\n\n${tables}`)

async function measure(fleet: Fleet): Promise<Found> {
  const url = await databases.filled(fleet)
  const client = await barePostgres(url)
  try {
    const footprints = await footprintsOf(client, fleet.size)
    const part = Math.floor(fleet.size * PART)
    const touches = await wearOf(client, () => touchSome(url, fleet, part, defaultPolicy))
    const due = await searchDue(client, instantOf(fleet, part), BATCH)
    let seconds = 0
    const swept = await wearOf(client, async () => {
      seconds = await sweepSome(url, fleet, part)
    })
    const sliding = await wearOf(client, () => touchSome(url, fleet, part, SLIDING))
    return { sessions: fleet.size, footprints, due, touches, sliding, sweep: { ...swept, seconds } }
  } finally {
    await client.end()
    await databases.drop(url)
  }
}

/** Touches sessions that lie all over the table, 64 at once. */
async function touchSome(url: string, fleet: Fleet, count: number, policy: Policy): Promise<void> {
  await using tenure = await openAt(url, hourAfter(fleet) + (policy === SLIDING ? 2 * HOUR : 0), policy)
  const next = sessionIds(fleet)
  let left = count
  const touch = async () => {
    while (left > 0) {
      left -= 1
      // Those that were swept before are not touched any more.
      await tenure.touch(next())
    }
  }
  await Promise.all(Array.from({ length: 64 }, touch))
}

/** Sweeps what is due, and says how many seconds that took. */
async function sweepSome(url: string, fleet: Fleet, count: number): Promise<number> {
  await using tenure = await openAt(url, instantOf(fleet, count), defaultPolicy)
  const begun = performance.now()
  const { settled } = await tenure.sweep({ limit: fleet.size })
  if (settled !== count) throw new Error(`${settled} sessions were swept, and ${count} were due`)
  return (performance.now() - begun) / 1000
}

async function openAt(url: string, instant: number, policy: Policy) {
  const clock = new ManualClock(instant)
  const store = await openStore(url, clock)
  return openTenure({ store, clock, policy, randomness: systemRandomness })
}

function line(name: string, cells: readonly string[]): string {
  return `| ${name} | ${cells.join(' | ')} |\n`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function megabytes(size: number): string {
  return `${(size / 1e6).toFixed(1)} MB`
}

function rate(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en')
}
