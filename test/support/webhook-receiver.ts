/** Who webhooks are sent to: keeps what arrives, and answers as a test says. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { text } from 'node:stream/consumers'

/** A webhook as it arrived. */
export interface ReceivedWebhook {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How a receiver answers: a status, or whatever it does with the connection. */
export type Answering = number | ((request: IncomingMessage, response: ServerResponse) => void)

/** A receiver that listens at a port of the loopback. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: ReceivedWebhook[] = []
  /** How many connections were made to it. */
  connections = 0
  answer: Answering = 204
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request).catch(() => '')
      this.received.push({ path: request.url ?? '', headers: request.headers, body })
      if (typeof this.answer === 'number') response.writeHead(this.answer).end()
      else this.answer(request, response)
      for (const wake of [...this.#waiting]) wake()
    })
    this.#server.on('connection', () => {
      this.connections += 1
    })
  }

  static async listening(host = '127.0.0.1'): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    receiver.#server.listen(0, host)
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the receiver does not listen')
    return address.port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  /** Waits until so many webhooks have arrived in all. */
  async hasReceived(count: number): Promise<void> {
    while (this.received.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      await promise
      this.#waiting.delete(resolve)
    }
  }

  /** The ids of the events that arrived, in the order they did. */
  get ids(): readonly string[] {
    return this.received.map(({ headers }) => String(headers['svix-id']))
  }

  /** Closes the connections that are idle, as a receiver does after a while. */
  closeIdle(): void {
    this.#server.closeIdleConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
