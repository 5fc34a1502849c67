import { median } from '../measurement.ts'
import type { Case } from './cases.ts'
import { LENGTH } from './length.ts'
import { type Load, load } from './load.ts'
import type { RunningServer } from './servers.ts'

/** Tenure against bare Fastify, at one kind of request. */
export interface Duel {
  readonly name: string
  /** Medians of the rounds. */
  readonly tenure: Load
  readonly bare: Load
  /** Requests a second of Tenure for one of bare Fastify, in each round. */
  readonly ratios: readonly number[]
  /** Their median. */
  readonly ratio: number
  /** The same by the servers' processor time, which no generator holds up; `null` where the system does not say. */
  readonly processorRatio: number | null
  /** What both ratios are at least; `null` where nothing is held. */
  readonly target: number | null
  readonly holds: boolean
}

/** How many times a round of Tenure's a round of bare Fastify has: it takes about as long then. */
const BARE_REQUESTS = 3

/** Both take turns, round after round, every other one the other way round; a first round warms up. */
export async function duel(
  { tenure, bare }: { readonly tenure: RunningServer; readonly bare: RunningServer },
  { name, requests, oneIn, isOnce }: Case,
  target: number | null = null,
): Promise<Duel> {
  // The first request of a kind was made to have its answer.
  const fresh = requests.slice(1)
  const most = Math.floor(fresh.length / (LENGTH.rounds + 1))
  const amount = Math.min(Math.floor(LENGTH.requests / oneIn), isOnce ? most : Number.POSITIVE_INFINITY)
  const rounds: { readonly tenure: Load; readonly bare: Load }[] = []
  for (let round = 0; round <= LENGTH.rounds; round += 1) {
    const mine = isOnce ? fresh.slice(round * amount, (round + 1) * amount) : requests
    const loadTenure = () => load(tenure, mine, amount)
    const loadBare = () => load(bare, mine, amount * BARE_REQUESTS)
    const found =
      round % 2 === 0
        ? { tenure: await loadTenure(), bare: await loadBare() }
        : { bare: await loadBare(), tenure: await loadTenure() }
    if (round > 0) rounds.push(found)
  }
  return judged(name, rounds, target)
}

function judged(
  name: string,
  rounds: readonly { readonly tenure: Load; readonly bare: Load }[],
  target: number | null,
): Duel {
  const ratios = rounds.map((found) => found.tenure.requestsPerSecond / found.bare.requestsPerSecond)
  const ratio = median(ratios)
  const processors = rounds.flatMap((found) => {
    const [own, other] = [found.tenure.processor, found.bare.processor]
    return own === null || other === null || own === 0 ? [] : [other / own]
  })
  const processorRatio = processors.length === 0 ? null : median(processors)
  const holds = target === null || (ratio >= target && (processorRatio ?? target) >= target)
  const [tenure, bare] = [medians(rounds.map((found) => found.tenure)), medians(rounds.map((found) => found.bare))]
  return { name, tenure, bare, ratios, ratio, processorRatio, target, holds }
}

function medians(loads: readonly Load[]): Load {
  const processors = loads.flatMap(({ processor }) => (processor === null ? [] : [processor]))
  return {
    requestsPerSecond: median(loads.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50: median(loads.map(({ p50 }) => p50)),
    p99: median(loads.map(({ p99 }) => p99)),
    processor: processors.length === 0 ? null : median(processors),
  }
}
