/** Rounds of a crash test: workers load a store, are killed, and what they leave is held to what they were told. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../src/domain/clock.ts'
import type { TenureOptions } from '../../src/service/open-tenure.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type Chance, seeded } from './crash-chance.ts'
import { Journal } from './crash-journal.ts'
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

/** Runs the rounds, one after the other on one store, and answers how many commands were told and transitions written. */
export async function crashRounds(load: Load): Promise<{ readonly told: number; readonly entries: number }> {
  const chance = seeded(load.seed)
  const journal = new Journal()
  let entries = 0
  for (let round = 1; round <= load.rounds; round += 1) {
    const repeat = journal.unanswered.flatMap(({ asked, signIn }) => (signIn === undefined ? [] : [{ asked, signIn }]))
    await crash(load, round, repeat, journal, chance)
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
  const workers = ['a', 'b'].map((letter, index) => {
    const half = repeat.filter((_, place) => place % 2 === index)
    const name = `${letter}${round}`
    const where = { store, sqlite, postgres, journal: load.file(`journal-${name}`) }
    return new RunningWorker({ ...where, name, seed: chance.below(2 ** 31), callers: 4, repeat: half })
  })
  try {
    // One time in four they are killed as they open the store, or before.
    if (chance.below(4) > 0) await Promise.all(workers.map(({ ready }) => ready))
    else await Promise.race(workers.map(({ ready }) => ready))
    await load.meanwhile?.(chance)
    await wait(50 + chance.below(250))
    workers[0]?.kill()
    if (chance.below(2) === 0) await wait(chance.below(100))
  } finally {
    for (const worker of workers) worker.kill()
    await Promise.all(workers.map(({ killed }) => killed))
    for (const { journal: file } of workers) if (existsSync(file)) journal.read(await readFile(file, 'utf8'))
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

const WORKER = new URL('crash-worker.ts', import.meta.url).pathname

/** A worker's process. */
class RunningWorker {
  readonly journal: string
  /** Fulfilled when it has opened the store, or is dead. */
  readonly ready: Promise<void>
  /** Fulfilled when it is dead; rejected where it was not killed. */
  readonly killed: Promise<void>
  readonly #process: ChildProcess

  constructor(work: Work) {
    this.journal = work.journal
    const args = ['--import', import.meta.resolve('tsx'), WORKER, JSON.stringify(work)]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    this.ready = begun.promise
    this.killed = ended.promise
    // Who waits for it comes later.
    this.killed.catch(() => {})
    this.#process.stdout?.once('data', () => begun.resolve()).resume()
    this.#process.once('error', ended.reject)
    this.#process.once('close', (code, signal) => {
      begun.resolve()
      if (signal === 'SIGKILL') ended.resolve()
      else ended.reject(new Error(`a worker ended by itself, with ${code ?? signal}: what it said is above`))
    })
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}
