/** A proxy between a driver and its PostgreSQL server that cuts their connection at a moment of the test's choice. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** When to cut: before what the driver sends has reached the server, or before the server's answer reaches the driver. */
export type Cut = 'question' | 'answer'

/** "Ready for query", and no transaction is open: what was sent is done, and committed. */
const DONE = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** Passes everything on until it is told otherwise. */
export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #cut: { readonly at: Cut; readonly sign: string } | null = null
  /** How many connections it has cut. */
  cuts = 0

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((driver) => this.#pass(driver))
  }

  /** @param url Of the database that it stands before. */
  static async before(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(url))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** The same database, by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target)
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the proxy does not listen')
    url.hostname = '127.0.0.1'
    url.port = String(address.port)
    return url.href
  }

  /** Cuts the next connection over which the driver sends something with this sign in it, once. */
  cutNext(at: Cut, sign: string): void {
    this.#cut = { at, sign }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #pass(driver: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname)
    const end = () => {
      for (const socket of [driver, server]) {
        socket.destroy()
        this.#sockets.delete(socket)
      }
    }
    for (const socket of [driver, server]) {
      this.#sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    let isDoomed = false
    driver.on('data', (data) => {
      const cut = this.#cut
      if (cut !== null && data.includes(cut.sign)) {
        this.#cut = null
        this.cuts += 1
        isDoomed = true
        if (cut.at === 'question') return end()
      }
      server.write(data)
    })
    server.on('data', (data) => {
      if (!isDoomed) driver.write(data)
      else if (data.includes(DONE)) end()
    })
  }
}
