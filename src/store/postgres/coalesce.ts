import { StoreError } from '../../domain/errors.ts'

/** How many are sent in one batch, and how many batches are under way at once. */
export interface Limits {
  readonly size: number
  readonly inFlight: number
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Puts questions together that are asked at about the same time, so that they go out as one.
 *
 * The first waits for the turn of the event loop to end, and for no timer. While as many batches as may be are under
 * way, questions gather: the batches grow with the load, and are of one where there is none.
 */
export class Coalescer<Item, Answer> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Answer[]>
  readonly #limits: Limits
  #waiting: Waiting<Item, Answer>[] = []
  #inFlight = 0
  #isScheduled = false

  /** @param run Answers a batch, an answer an item in their order. Where it fails, all of them do. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Answer[]>, limits: Limits) {
    this.#run = run
    this.#limits = limits
  }

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight === this.#limits.inFlight) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      while (this.#waiting.length > 0 && this.#inFlight < this.#limits.inFlight) this.#send()
    })
  }

  #send(): void {
    const batch = this.#waiting.splice(0, this.#limits.size)
    this.#inFlight += 1
    void this.#answer(batch).then(() => {
      this.#inFlight -= 1
      if (this.#waiting.length > 0) this.#schedule()
    })
  }

  async #answer(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#run(batch.map(({ item }) => item))
      for (const [place, { resolve }] of batch.entries()) resolve(answers[place] as Answer)
    } catch (error) {
      for (const { reject } of batch) reject(ownOf(error))
    }
  }
}

/** An error for one caller: what one does to it, such as to add a cause, is nothing to the others. */
function ownOf(error: unknown): unknown {
  return error instanceof StoreError ? new StoreError(error.code, error.message, { cause: error.cause }) : error
}
