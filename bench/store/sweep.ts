/** Sweeps, against bare statements that write down the same deadlines in transactions of the same size. */
import type { EpochMs } from '../../src/domain/instant.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Comparison } from '../measurement.ts'
import { atMost, type Contestant, compare, contest, INFORMATION } from './contest.ts'
import { type Fleet, instantOf } from './stored-fleet.ts'

/** How many sessions a sweep writes in one transaction, and so does a bare one. */
export const SWEEP_BATCH = 500

/** A bare sweep of so many sessions that are due at an instant; answers how many it wrote. */
export type BareSweep = (now: EpochMs, limit: number) => number | Promise<number>

/** A fleet stored several times over, once for each contestant. */
export interface SweepGround {
  readonly name: string
  /** A database of the fleet that nobody else uses. */
  copy(): Promise<string>
  /** Bare statements on a database of its own: with the rows of clients that a sweep writes too, or without. */
  bare(options: { readonly writesClients: boolean }): Promise<AsyncDisposable & { readonly sweep: BareSweep }>
}

/** Slices that a fleet is swept in, the first to warm up: contestants take turns at them. */
const SLICES = 10

/**
 * A sweep of a fleet that is due as a whole.
 *
 * Against an `UPDATE` with the ledger's rows, and against that with the rows of clients as well: a session that expires
 * is its client's last active one no more, and a sweep writes that too.
 */
export async function compareSweep(ground: SweepGround, fleet: Fleet, limit: number | null): Promise<Comparison[]> {
  const clock = new ManualClock(instantOf(fleet, fleet.size))
  await using tenure = await openTenure({ store: await ground.copy(), clock })
  await using lean = await ground.bare({ writesClients: false })
  await using whole = await ground.bare({ writesClients: true })
  const bySweep = (sweep: BareSweep) => async (calls: number) => expectAll(await sweep(clock.now(), calls), calls)
  const rounds = await contest(
    {
      tenure: {
        what: 'tenure.sweep',
        run: async (calls) => expectAll((await tenure.sweep({ limit: calls })).settled, calls),
      },
      lean: { what: 'bare update, and the ledger', run: bySweep(lean.sweep) },
      // Said for information: a fifth tells as much.
      whole: { what: 'bare updates of sessions and clients, and the ledger', run: bySweep(whole.sweep), oneIn: 5 },
    },
    { rounds: SLICES - 1, calls: Math.floor(fleet.size / SLICES) },
  )
  const name = `sweep of ${counted(fleet.size)} due sessions, ${ground.name}`
  return [
    compare(name, rounds, ['tenure', 'lean'], limit === null ? INFORMATION : atMost(limit)),
    compare(`${name}, the same rows`, rounds, ['tenure', 'whole'], INFORMATION),
  ]
}

/** Where a sweep's growth is seen: a fleet, and databases that hold it. */
export interface Stored {
  readonly fleet: Fleet
  readonly ground: SweepGround
}

/** How many sessions are due at a time where a sweep's growth is seen. */
const DUE = 1000

/**
 * A sweep of a thousand due sessions, among as many as are stored; the first is what the others are held against.
 *
 * So is a bare one, which shows how much of the growth is the database's: a row of a user has its place anywhere in the
 * ledger's index of users, and the more there are, the fewer rows share a page.
 */
export async function compareGrowth([least, ...others]: readonly Stored[]): Promise<Comparison[]> {
  if (least === undefined) return []
  await using closing = new AsyncDisposableStack()
  const contestants: Record<string, Contestant> = {}
  for (const { fleet, ground } of [least, ...others]) {
    const clock = new ManualClock(fleet.start)
    const tenure = closing.use(await openTenure({ store: await ground.copy(), clock }))
    const { sweep } = closing.use(await ground.bare({ writesClients: true }))
    const turns = [instants(fleet), instants(fleet)] as const
    contestants[`tenure ${fleet.size}`] = {
      what: `among ${counted(fleet.size)}`,
      run: async () => {
        clock.advanceTo(turns[0]())
        expectAll((await tenure.sweep({ limit: 2 * DUE })).settled, DUE)
      },
    }
    contestants[`bare ${fleet.size}`] = {
      what: `bare, among ${counted(fleet.size)}`,
      run: async () => expectAll(await sweep(turns[1](), 2 * DUE), DUE),
    }
  }
  const rounds = await contest(contestants, { rounds: least.fleet.size / DUE - 1, calls: 1 })
  return others.flatMap(({ fleet: { size }, ground: { name } }) => {
    const what = `1,000 due among ${counted(size)}, ${name}`
    const pair = (who: string) => [`${who} ${size}`, `${who} ${least.fleet.size}`] as const
    return [
      compare(`sweep of ${what}`, rounds, pair('tenure'), atMost(1.5)),
      compare(`bare sweep of ${what}`, rounds, pair('bare'), INFORMATION),
    ]
  })
}

/** Instants at each of which a thousand more of a fleet's sessions are due. */
function instants(fleet: Fleet): () => EpochMs {
  let due = 0
  return () => {
    due += DUE
    return instantOf(fleet, due)
  }
}

function counted(count: number): string {
  return count.toLocaleString('en')
}

function expectAll(settled: number, expected: number): void {
  if (settled !== expected) throw new Error(`${settled} sessions were swept, and ${expected} were due`)
}
