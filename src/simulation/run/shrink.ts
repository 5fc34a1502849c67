import { FAULT_KINDS, type FaultKind } from '../faults/fault-kinds.ts'
import { withoutFaults } from '../faults/faults.ts'
import { type SimulationOutcome, simulate } from './simulate.ts'
import type { Scenario } from './world.ts'

/** A failure made smaller: what is left of the scenario, and how it fails. */
export interface Shrunk {
  readonly scenario: Scenario
  readonly outcome: SimulationOutcome
  /** The kinds of faults that it fails without. */
  readonly without: readonly FaultKind[]
  /** How many runs it took. */
  readonly runs: number
}

/** How many runs are spent on making a failure smaller. */
const MOST_RUNS = 60

const MINUTE = 60_000

/** Whether no more runs are to be begun. */
type IsOver = () => boolean

/**
 * Makes a scenario that breaks an invariant smaller for as long as it breaks the same one: less time, fewer clients, fewer
 * kinds of faults. Every client and every process draws from a stream of its own, so what is left does what it did before.
 *
 * @param isOver Asked before each run; where it says so, what was found until then is answered.
 */
export async function shrink(
  scenario: Scenario,
  outcome: SimulationOutcome,
  isOver: IsOver = () => false,
): Promise<Shrunk> {
  const search = new Search(scenario, outcome, isOver)
  for (let before = -1; before !== search.kept && !search.isOver; ) {
    before = search.kept
    await search.shorten()
    await search.thin()
    await search.soothe()
  }
  return search
}

class Search implements Shrunk {
  scenario: Scenario
  outcome: SimulationOutcome
  runs = 0
  /** How many smaller scenarios were found to fail. */
  kept = 0
  readonly without: FaultKind[] = []
  readonly #invariant: string | undefined
  readonly #isOver: IsOver

  constructor(scenario: Scenario, outcome: SimulationOutcome, isOver: IsOver) {
    this.#isOver = isOver
    this.scenario = scenario
    this.outcome = outcome
    this.#invariant = outcome.broken?.invariant
  }

  get isOver(): boolean {
    return this.runs >= MOST_RUNS || this.#isOver()
  }

  /** Less time: no more than until it showed, then ever less. */
  async shorten(): Promise<void> {
    const { workload, span } = this.scenario
    const shown = (this.outcome.broken?.at ?? 0) - workload.start
    if (shown < span) await this.#try({ span: Math.ceil(shown / MINUTE) * MINUTE })
    for (const share of [0.25, 0.5, 0.75, 0.9]) {
      const shorter = Math.round((this.scenario.span * share) / MINUTE) * MINUTE
      if (shorter >= MINUTE && shorter < this.scenario.span && (await this.#try({ span: shorter }))) return
    }
  }

  /**
   * Fewer clients: a part of them alone, or all but a part, by ever smaller parts.
   *
   * @see A. Zeller, R. Hildebrandt: Simplifying and Isolating Failure-Inducing Input (2002)
   */
  async thin(): Promise<void> {
    let { only: places = Array.from({ length: this.scenario.clients }, (_, place) => place + 1) } = this.scenario
    for (let parts = 2; places.length > 1 && parts <= 2 * places.length && !this.isOver; ) {
      const size = Math.ceil(places.length / parts)
      const found = await this.#firstOf(places, size)
      if (found === null) parts *= 2
      else {
        places = found
        parts = 2
      }
    }
  }

  async #firstOf(places: readonly number[], size: number): Promise<readonly number[] | null> {
    for (let begin = 0; begin < places.length && !this.isOver; begin += size) {
      const part = places.slice(begin, begin + size)
      const rest = places.filter((place) => !part.includes(place))
      for (const only of [part, rest]) {
        if (only.length === 0 || only.length === places.length) continue
        if (await this.#try({ only, clients: Math.max(...only) })) return only
      }
    }
    return null
  }

  /** Fewer kinds of faults. */
  async soothe(): Promise<void> {
    for (const kind of Object.keys(FAULT_KINDS) as FaultKind[]) {
      if (this.scenario.faults[FAULT_KINDS[kind]] === 0) continue
      if (await this.#try({ faults: withoutFaults(this.scenario.faults, [kind]) })) this.without.push(kind)
    }
  }

  async #try(change: Partial<Scenario>): Promise<boolean> {
    if (this.isOver) return false
    this.runs += 1
    const smaller = { ...this.scenario, ...change }
    const outcome = await simulate(smaller)
    if (outcome.broken?.invariant !== this.#invariant) return false
    this.scenario = smaller
    this.outcome = outcome
    this.kept += 1
    return true
  }
}
