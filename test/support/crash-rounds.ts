/** Rounds of a crash test: workers load a store, are killed, and what they leave is held to what they were told. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../src/domain/clock.ts'
import type { TenureOptions } from '../../src/service/open-tenure.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type Chance, seeded } from './crash-chance.ts'
import { Journal } from './crash-journal.ts'
import { DoomedProcess } from './crash-process.ts'
import { broken, halfWritten, twiceSignedIn } from './crash-verdict.ts'
import type { Work } from './crash-worker.ts'
import { dumpOf } from './stored.ts'

/** How many rounds a test has: the number given, or `TENURE_CRASH_ROUNDS` for a long run. */
export function roundsOr(usual: number): number {
  const given = process.env['TENURE_CRASH_ROUNDS']
  return given === undefined ? usual : Number(given)
}

/** What a crash test runs on. */
export interface Load extends Pick<TenureOptions, 'sqlite' | 'postgres'> {
  readonly store: string
  /** Where its workers may write. */
  readonly file: (name: string) => string
  readonly seed: number
  readonly rounds: number
  /** What else happens to the store while it is under load. */
  readonly meanwhile?: (chance: Chance) => Promise<void>
  /** Codes of errors that a command may have meanwhile; without, every command answers. */
  readonly mayFail?: readonly string[]
}

/** How many sign-ins without an answer the next workers are told of: it is a part of their command line. */
const MOST_REPEATED = 50

/** Runs the rounds, one after the other on one store, and answers how many commands were told and transitions written. */
export async function crashRounds(load: Load): Promise<{ readonly told: number; readonly entries: number }> {
  const chance = seeded(load.seed)
  const journal = new Journal()
  let entries = 0
  for (let round = 1; round <= load.rounds; round += 1) {
    const open = journal.unanswered.flatMap(({ asked, signIn }) => (signIn === undefined ? [] : [{ asked, signIn }]))
    await crash(load, round, open.slice(-MOST_REPEATED), journal, chance)
    entries = await judge(load, journal, `seed ${load.seed}, round ${round}`)
  }
  return { told: journal.told.size, entries }
}

/** Two workers at once, each killed at an instant of its own. */
async function crash(
  load: Load,
  round: number,
  repeat: Work['repeat'],
  journal: Journal,
  chance: Chance,
): Promise<void> {
  const { store, sqlite, postgres } = load
  // One time in four they are killed as they open the store, but in the last round, so that there is a load at all.
  const readyAfter = chance.below(4) === 0 && round < load.rounds ? 0 : 20
  const workers = ['a', 'b'].map((letter, index) => {
    const half = repeat.filter((_, place) => place % 2 === index)
    const name = `${letter}${round}`
    const path = load.file(`journal-${name}`)
    const where = { store, sqlite, postgres, journal: path, seed: chance.below(2 ** 31) }
    const work = {
      ...where,
      name,
      callers: 4,
      repeat: half,
      readyAfter,
      isPatient: load.mayFail !== undefined,
    } satisfies Work
    return { path, process: new DoomedProcess('crash-worker', [JSON.stringify(work)]) }
  })
  try {
    const ready = workers.map(({ process }) => process.ready)
    await (readyAfter === 0 ? Promise.race(ready) : Promise.all(ready))
    await load.meanwhile?.(chance)
    await wait(chance.below(250))
    workers[0]?.process.kill()
    if (chance.below(2) === 0) await wait(chance.below(100))
  } finally {
    await Promise.all(workers.map(({ process }) => process.kill()))
    for (const { path } of workers) if (existsSync(path)) journal.read(await readFile(path, 'utf8'))
  }
  for (const { failed, code, message } of journal.failed.splice(0)) {
    assert.ok(load.mayFail?.includes(code), `seed ${load.seed}: ${failed} failed, ${code} ${message}`)
  }
}

async function judge(load: Load, journal: Journal, where: string): Promise<number> {
  await using store = await openStore(load.store, systemClock, load)
  const dump = await dumpOf(store)
  const faults = [...(await halfWritten(store)), ...twiceSignedIn(dump), ...broken(journal, dump)]
  assert.deepEqual(faults, [], where)
  return dump.records.reduce((sum, record) => sum + record.entries.length, 0)
}
