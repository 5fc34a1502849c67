/** How long a run is. From the environment, for one that is shorter than the one that is quoted. */
export interface Length {
  /** Rounds that count, behind one that warms up. `TENURE_BENCH_HTTP_ROUNDS`. */
  readonly rounds: number
  /** Requests that the service answers in a round of reads; the dearer ones are fewer. `TENURE_BENCH_HTTP_REQUESTS`. */
  readonly requests: number
}

/** The length of this run. */
export const LENGTH: Length = {
  rounds: lengthOf('TENURE_BENCH_HTTP_ROUNDS', 5, 1),
  requests: lengthOf('TENURE_BENCH_HTTP_REQUESTS', 40_000, 1000),
}

function lengthOf(variable: string, otherwise: number, least: number): number {
  const length = Number(process.env[variable] ?? otherwise)
  if (!Number.isSafeInteger(length) || length < least)
    throw new TypeError(`${variable} is a whole number from ${least}`)
  return length
}
