import { measure } from 'mitata'

/** One thing measured against another in the same run. */
export interface Comparison {
  readonly name: string
  /** What is measured, and what it is measured against. */
  readonly subject: Timing
  readonly baseline: Timing
  /** How many times the baseline's time the subject takes; or, where less time is the point, the other way round. */
  readonly ratio: number
  readonly target: string
  readonly holds: boolean
}

/** A time, and of what. */
export interface Timing {
  readonly what: string
  /** Median, in nanoseconds. */
  readonly nanoseconds: number
}

/** Something to time: what it is, and a call of it. */
export interface Contestant {
  readonly what: string
  readonly call: () => unknown
}

/** Rounds of a comparison, and how long each contestant runs in one. */
const ROUNDS = 9
const ROUND_NANOSECONDS = 120_000_000

/** The subject takes at most so many times what the baseline takes; infinitely many where there is no target. */
export async function within(name: string, limit: number, subject: Contestant, baseline: Contestant) {
  const times = await contest(subject, baseline)
  const target = limit === Number.POSITIVE_INFINITY ? '' : `at most ${limit}x`
  return { name, ...times, target, holds: times.ratio <= limit } satisfies Comparison
}

/** The subject takes at most one so-manyth of what the baseline takes. */
export async function faster(name: string, factor: number, subject: Contestant, baseline: Contestant) {
  const { ratio, ...times } = await contest(subject, baseline)
  const target = `at least ${factor}x faster`
  return { name, ...times, ratio: 1 / ratio, target, holds: 1 / ratio >= factor } satisfies Comparison
}

/** Times two calls in turn, so that a machine that slows down slows both; the ratio is the median of the rounds'. */
async function contest(subject: Contestant, baseline: Contestant) {
  const rounds: { subject: number; baseline: number }[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const times = { subject: await time(subject.call), baseline: await time(baseline.call) }
    // The first round warms up.
    if (round > 0) rounds.push(times)
  }
  return {
    subject: { what: subject.what, nanoseconds: median(rounds.map((times) => times.subject)) },
    baseline: { what: baseline.what, nanoseconds: median(rounds.map((times) => times.baseline)) },
    ratio: median(rounds.map((times) => times.subject / times.baseline)),
  }
}

async function time(call: () => unknown): Promise<number> {
  const { p50 } = await measure(call, { min_cpu_time: ROUND_NANOSECONDS, min_samples: 3 })
  return p50
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}
