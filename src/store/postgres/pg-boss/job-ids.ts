/** What ids are made of, drawn from the server in the transaction that writes them. */
export interface IdSeed {
  /** When the transaction began, epoch milliseconds. */
  readonly at: number
  /** A random UUID. */
  readonly random: string
}

/** Draws a seed. */
export const SEED = `SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS at, gen_random_uuid()::text AS random`

/** How many ids there are of one seed. */
const MAXIMUM = 2 ** 26

/**
 * Ids that sort in the order they are made, and behind those of earlier transactions: version 7 UUIDs that count where
 * they may. The engine takes jobs that were written by one statement in the order of their ids.
 *
 * @see RFC 9562, sections 5.7 and 6.2
 */
export class JobIds {
  readonly #time: string
  readonly #random: string
  #count = 0

  constructor({ at, random }: IdSeed) {
    this.#time = at.toString(16).padStart(12, '0')
    this.#random = random.slice(-12)
  }

  next(): string {
    if (this.#count === MAXIMUM) throw new RangeError(`no more than ${MAXIMUM} jobs are written at once`)
    const high = (this.#count >> 14).toString(16).padStart(3, '0')
    // The variant's two bits, and fourteen of the count.
    const low = (0x8000 | (this.#count & 0x3fff)).toString(16)
    this.#count += 1
    return `${this.#time.slice(0, 8)}-${this.#time.slice(8)}-7${high}-${low}-${this.#random}`
  }
}
