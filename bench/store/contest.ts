import { type Comparison, median } from '../measurement.ts'

/** What takes part: what it is, and so many calls of it, one after the other or all at once as it sees fit. */
export interface Contestant {
  readonly what: string
  readonly run: (calls: number) => unknown
  /** It makes one in so many of the calls, where each takes so much longer than the others'. */
  readonly oneIn?: number
}

/** How long a contest is. */
export interface Length {
  readonly rounds: number
  /** How many calls each contestant makes in a round. */
  readonly calls: number
  /** Done before each round, untimed. */
  readonly before?: () => void
}

/** What a ratio is held to. */
export interface Target {
  readonly text: string
  readonly holds: (ratio: number) => boolean
  /** Whether the ratio says how many times less time the subject takes, rather than how many times more. */
  readonly isGain: boolean
}

/** What each contestant took in each round, nanoseconds a call. */
export type Rounds<Name extends string> = Readonly<Record<Name, { readonly what: string; readonly times: number[] }>>

/** Slower than the baseline, by at most so much. */
export function atMost(limit: number): Target {
  return { text: `at most ${limit}x`, holds: (ratio) => ratio <= limit, isGain: false }
}

/** Faster than the baseline, by at least so much. */
export function atLeast(factor: number): Target {
  return { text: `at least ${factor}x faster`, holds: (ratio) => ratio >= factor, isGain: true }
}

/** Said, but held to nothing. */
export const INFORMATION: Target = { text: '', holds: () => true, isGain: false }

/** As {@link INFORMATION}, said as how many times faster. */
export const INFORMATION_GAIN: Target = { ...INFORMATION, isGain: true }

/**
 * Lets contestants run in turn, round after round, so that a machine that slows down slows all of them.
 *
 * Every other round goes backwards, so that nobody always runs behind the same one. A first round warms up.
 */
export async function contest<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  { rounds, calls, before = () => {} }: Length,
): Promise<Rounds<Name>> {
  const entries = Object.entries<Contestant>(contestants)
  const results = Object.fromEntries(entries.map(([name, { what }]) => [name, { what, times: [] as number[] }]))
  for (let round = 0; round <= rounds; round += 1) {
    before()
    for (const [name, { run, oneIn = 1 }] of round % 2 === 0 ? entries : entries.toReversed()) {
      const made = Math.ceil(calls / oneIn)
      const time = (await elapsed(() => run(made))) / made
      if (round > 0) results[name]?.times.push(time)
    }
  }
  return results as Rounds<Name>
}

/** Nanoseconds that something takes. */
async function elapsed(work: () => unknown): Promise<number> {
  const begun = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - begun)
}

/** Two of a contest's contestants as a comparison; the ratio is the median of the rounds'. */
export function compare<Name extends string>(
  name: string,
  rounds: Rounds<Name>,
  [subject, baseline]: readonly [Name, Name],
  target: Target,
): Comparison {
  const [mine, other] = [rounds[subject], rounds[baseline]]
  const more = median(mine.times.map((time, round) => time / (other.times[round] as number)))
  const ratio = target.isGain ? 1 / more : more
  return {
    name,
    subject: { what: mine.what, nanoseconds: median(mine.times) },
    baseline: { what: other.what, nanoseconds: median(other.times) },
    ratio,
    target: target.text,
    holds: target.holds(ratio),
  }
}

/** Calls an asynchronous function one call after the other. */
export function inTurn(call: () => Promise<unknown>): (calls: number) => Promise<void> {
  return async (calls) => {
    for (let made = 0; made < calls; made += 1) await call()
  }
}

/** Calls an asynchronous function from so many callers at once, each one call after the other. */
export function byCallers(callers: number, call: () => Promise<unknown>): (calls: number) => Promise<void> {
  return async (calls) => {
    let left = calls
    const caller = async () => {
      while (left > 0) {
        left -= 1
        await call()
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
  }
}
