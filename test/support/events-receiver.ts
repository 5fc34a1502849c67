/** Who is told of events: writes down each that arrives, and does not always take it. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import type { SessionEvent } from '../../src/service/events/event.ts'
import type { Chance } from './crash-chance.ts'
import { WebhookInbox } from './events-inbox.ts'

/** An event as it arrived. */
export interface Arrival extends Omit<SessionEvent, 'session'> {
  /** The status of the session that came with it; `null` where none came. */
  readonly status: string | null
  /** Whether it was taken: what was not has to come again. */
  readonly isTaken: boolean
}

/** How long an attempt to deliver a webhook to it may take, milliseconds of the machine. */
export const ATTEMPT = 300

/** A receiver that listens. */
export class Receiver implements AsyncDisposable {
  /** Every event that arrived, in the order they did. */
  readonly arrivals: Arrival[] = []
  /** The ids of what was taken. */
  readonly taken = new Set<string>()
  /** The endpoint of webhooks, at {@link webhookUrl}. */
  readonly inbox: WebhookInbox
  readonly #server: Server
  readonly #chance: Chance
  #isFaulty = true

  private constructor(chance: Chance) {
    this.#chance = chance
    this.inbox = new WebhookInbox(chance, ATTEMPT * 1.5)
    this.#server = createServer(async (request, response) => {
      try {
        const body = await text(request)
        if (request.url !== '/') return await this.inbox.receive(request, response, body)
        const event = JSON.parse(body) as Omit<Arrival, 'isTaken'>
        const answer = this.#answer()
        this.arrivals.push({ ...event, isTaken: answer === 204 })
        if (answer === 204) this.taken.add(event.id)
        if (answer === 'nothing') response.destroy()
        else response.writeHead(answer).end()
      } catch {
        // Who posted it was killed over it.
        response.destroy()
      }
    })
  }

  static async listening(chance: Chance): Promise<Receiver> {
    const receiver = new Receiver(chance)
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the receiver does not listen')
    return `http://127.0.0.1:${address.port}/`
  }

  get webhookUrl(): string {
    return `${this.url}webhook`
  }

  /** Takes whatever comes from now on. */
  calm(): void {
    this.inbox.calm()
    this.#isFaulty = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(): 204 | 500 | 'nothing' {
    const dice = this.#isFaulty ? this.#chance.below(60) : 0
    if (dice === 1) return 500
    return dice === 2 ? 'nothing' : 204
  }
}
