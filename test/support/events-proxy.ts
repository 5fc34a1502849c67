/** A proxy before a database's server that treats every connection badly: cuts, resets, delays and refuses. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Passes everything on until it is told otherwise. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #delay = 0
  #isRefusing = false

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((driver) => this.#pass(driver))
  }

  /** @param url Of the database that it stands before. */
  static async before(url: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(url))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The same database, by way of the proxy. */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the proxy does not listen')
    return Object.assign(new URL(this.#target), { hostname: '127.0.0.1', port: String(address.port) }).href
  }

  /** Ends every connection, in order or, where that is asked, by a reset. */
  cut(how: 'end' | 'reset'): void {
    for (const socket of this.#sockets) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroy()
    }
  }

  /** Has every piece, either way, take so long from now on, milliseconds. */
  delay(milliseconds: number): void {
    this.#delay = milliseconds
  }

  /** Cuts what there is, and takes no new connection until it is calm. */
  refuse(): void {
    this.#isRefusing = true
    this.cut('end')
  }

  /** Passes everything on again. */
  calm(): void {
    this.#delay = 0
    this.#isRefusing = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut('end')
    await closed
  }

  #pass(driver: Socket): void {
    if (this.#isRefusing) {
      driver.resetAndDestroy()
      return
    }
    const server = connect({ port: Number(this.#target.port), host: this.#target.hostname, noDelay: true })
    driver.setNoDelay()
    this.#join(driver, server)
    this.#join(server, driver)
  }

  /** Passes on what one says to the other, in order, and ends both with either. */
  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    const line = new DelayLine(to)
    from
      .on('error', () => {})
      .on('close', () => {
        this.#sockets.delete(from)
        line.drop()
        to.destroy()
      })
      .on('data', (piece) => line.pass(piece, this.#delay))
  }
}

/** What is on its way to a socket. No piece overtakes another, whatever their delays are and however late a timer is. */
class DelayLine {
  readonly #to: Socket
  readonly #pieces: { readonly piece: Buffer; readonly due: number }[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(to: Socket) {
    this.#to = to
  }

  pass(piece: Buffer, delay: number): void {
    this.#pieces.push({ piece, due: performance.now() + delay })
    if (this.#timer === null) this.#deliver()
  }

  drop(): void {
    this.#pieces.length = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #deliver(): void {
    this.#timer = null
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      const wait = first.due - performance.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#deliver(), wait)
        return
      }
      this.#pieces.shift()
      if (this.#to.writable) this.#to.write(first.piece)
    }
  }
}
