/** Two commands at once over two stores on one database, in every order that their reads and writes can take. */
import assert from 'node:assert/strict'
import { audit } from '../../src/service/audit.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store } from '../../src/store/port.ts'
import { type GatedCall, gatedStore, ordersOf, Turnstile } from './gated-store.ts'
import { countedRandomness, type ServicePolicy, START, servicePolicy } from './services.ts'
import { allOf } from './stored.ts'
import type { StoreKind } from './stores.ts'

const READS_AND_WRITES: ReadonlySet<GatedCall> = new Set(['read', 'commit', 'change'])

/** One run of a race. */
export interface Lane {
  /** Tenure without a gate, for what happens before and after. */
  readonly tenure: Tenure
  /** An id of this run's own. */
  id(name: string): string
  /** The clocks of the two processes; `tenure` goes by the first. */
  readonly clocks: readonly [ManualClock, ManualClock]
}

export interface Race<Setup> {
  readonly policy?: ServicePolicy
  /** How many calls that are gated each party makes at most, before the other has finished; 2 each. */
  readonly turns?: readonly [number, number]
  /** Whether what is looked up before the rows are read is gated too, and not only reads and writes. */
  readonly gatesLookups?: boolean
  setUp(lane: Lane): Promise<Setup>
  /** What the two parties ask, each of its own process. */
  readonly parties: readonly [Party<Setup>, Party<Setup>]
  /** What came of it, as text; it begins with the outcomes. */
  tell(lane: Lane, setup: Setup): Promise<string>
}

type Party<Setup> = (tenure: Tenure, setup: Setup, lane: Lane) => Promise<object>

/** Runs a race in every order, audits what is left, and answers everything that came of it, each once. */
export async function runRace<Setup>(kind: StoreKind, race: Race<Setup>): Promise<ReadonlySet<string>> {
  const clocks = [new ManualClock(START), new ManualClock(START)] as const
  await using opened = await kind.open(clocks[0])
  const stores = [opened.store, await opened.again({ clock: clocks[1] })] as const
  const options = { policy: servicePolicy({ touchInterval: 0, ...race.policy }), randomness: countedRandomness() }
  const tenure = await openTenure({ store: stores[0], ...options })
  const told = new Set<string>()
  for (const [run, order] of ordersOf(...(race.turns ?? [2, 2])).entries()) {
    for (const clock of clocks) clock.advanceTo(START)
    const lane = { tenure, clocks, id: (name: string) => `${name}-${run}` }
    const setup = await race.setUp(lane)
    const turnstile = new Turnstile(order)
    const outcomes = await Promise.all(
      (['a', 'b'] as const).map(async (name, index) => {
        const gate = turnstile.gateOf(name)
        const isGated = (call: GatedCall) => race.gatesLookups === true || READS_AND_WRITES.has(call)
        const store = gatedStore(stores[index] as Store, (call, run) => (isGated(call) ? gate(call, run) : run()))
        const party = race.parties[index] as Party<Setup>
        return party(await openTenure({ store, ...options }), setup, lane).finally(() => turnstile.leave(name))
      }),
    )
    told.add(`${outcomes.map(outcomeOf).join(', ')}; ${await race.tell(lane, setup)}`)
  }
  assert.deepEqual(await allOf(audit({ store: opened.store })), [])
  return told
}

/** An outcome in a word. */
function outcomeOf(outcome: object): string {
  if ('revoked' in outcome) return `revoked ${outcome.revoked}`
  if ('settled' in outcome) return `settled ${outcome.settled}`
  if ('changed' in outcome && outcome.changed === false && 'reason' in outcome) return String(outcome.reason)
  return 'changed'
}
