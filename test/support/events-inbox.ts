/** The endpoint that webhooks are sent to: writes down each that arrives, and answers in every way that an endpoint can. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { Chance } from './crash-chance.ts'

/** A webhook as it arrived. */
export interface WebhookArrival {
  /** What its headers call it. */
  readonly id: string
  readonly body: string
  /** Whether the endpoint's own secret signed it. */
  readonly isSigned: boolean
  /** Whether its sender may hold it for delivered: what was not taken has to come again. */
  readonly isTaken: boolean
}

/** How an arrival is answered: `late` once its sender has given up, `cut` in the middle, `flood` without an end. */
type Answer = 'taken' | 'failure' | 'hang' | 'redirect' | 'close' | 'cut' | 'late' | 'flood' | 'busy'

/** What is not taken, each as often as every other. A flood of 200 is an answer of 200. */
const MISBEHAVIOURS: readonly Answer[] = ['failure', 'hang', 'redirect', 'close', 'cut', 'late', 'flood', 'busy']

/** One arrival in so many is answered by each of them. */
const EACH_OF = 60

/** Where redirects lead to, which nobody is to follow. */
const ELSEWHERE = '/elsewhere'

const POURED = Buffer.alloc(65_536, ' ')

/** An endpoint behind a path of the receiver's. */
export class WebhookInbox {
  /** In the order they arrived. */
  readonly arrivals: WebhookArrival[] = []
  /** The ids of what was taken. */
  readonly taken = new Set<string>()
  /** How many followed a redirect. */
  strays = 0
  readonly #chance: Chance
  readonly #late: number
  #webhook: Webhook | null = null
  #isFaulty = true

  /** @param late How long an answer is waited for that comes too late, milliseconds. */
  constructor(chance: Chance, late: number) {
    this.#chance = chance
    this.#late = late
  }

  /** Holds signatures to a secret from now on. */
  trust(secret: string): void {
    this.#webhook = new Webhook(secret)
  }

  /** Takes whatever comes from now on. */
  calm(): void {
    this.#isFaulty = false
  }

  async receive(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    if (request.url === ELSEWHERE) this.strays += 1
    const id = String(request.headers['webhook-id'])
    const answer = (this.#isFaulty ? MISBEHAVIOURS[this.#chance.below(EACH_OF)] : undefined) ?? 'taken'
    // The sender may have stood still meanwhile, and have read an answer that came late as the first thing it did.
    const isTaken = answer === 'taken' || answer === 'flood' || answer === 'late'
    this.arrivals.push({ id, body, isSigned: this.#isSigned(request.headers, body), isTaken })
    if (isTaken) this.taken.add(id)
    await this.#answer(answer, response)
  }

  #isSigned(headers: IncomingHttpHeaders, body: string): boolean {
    try {
      this.#webhook?.verify(body, headers as Record<string, string>)
      return this.#webhook !== null
    } catch {
      return false
    }
  }

  async #answer(answer: Answer, response: ServerResponse): Promise<void> {
    switch (answer) {
      case 'hang':
        return
      case 'close':
        response.destroy()
        return
      case 'cut':
        response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy())
        return
      case 'flood':
        pour(response)
        return
      case 'late':
        await wait(this.#late)
        break
      default:
        break
    }
    const [status, headers] = STATUSES[answer]
    response.writeHead(status, headers).end()
  }
}

const STATUSES = {
  taken: [204, {}],
  late: [200, {}],
  failure: [500, {}],
  redirect: [307, { location: ELSEWHERE }],
  busy: [503, { 'retry-after': '1' }],
} as const

/** Writes until the other side has had enough. */
function pour(response: ServerResponse): void {
  const more = () => {
    if (!response.destroyed) response.write(POURED)
  }
  response
    .writeHead(200)
    .on('drain', more)
    .on('error', () => {})
  more()
}
