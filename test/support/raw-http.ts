/** HTTP by hand over a socket: for what no client would send, and for how much a server bears of it. */
import { connect, type Socket } from 'node:net'
import type { HttpService } from '../../src/http/open-http.ts'

/** How long a test waits for what it expects, milliseconds, before it fails. */
const PATIENCE = 5_000

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** A request's text, with a Host; its headers and body as they are given, and a Content-Length where there is a body. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): string {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ host: 'tenure.test', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** Sends a text on a connection of its own, and reads one answer. */
export async function exchange(url: string, text: string | Buffer, options: AnswerOptions = {}): Promise<RawAnswer> {
  using connection = await RawConnection.to(url)
  connection.write(text)
  return await connection.answer(options)
}

/** How an answer is read. */
export interface AnswerOptions {
  /** Whether it has no body whatever its head says, as HEAD's has not. */
  readonly isHead?: boolean
  readonly patience?: number
}

/** A connection that does only what it is told: it neither reads the server's end of it as a reason to end, nor tries again. */
export class RawConnection implements Disposable {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #isEnded = false
  readonly #waiting = new Set<() => void>()

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    const end = () => {
      this.#isEnded = true
      this.#wake()
    }
    for (const event of ['end', 'close', 'error'] as const) socket.on(event, end)
  }

  static async to(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawConnection(socket)
  }

  /** Whether the server has ended it. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** What has come and was not read as an answer. */
  get rest(): string {
    return this.#received.toString()
  }

  /** Sends; what the server does not take any more is nobody's fault here. */
  write(text: string | Buffer): void {
    if (this.socket.writable) this.socket.write(text)
  }

  /** The next answer, whole. @throws {Error} Where the connection ends, or patience does, before it has come. */
  async answer({ isHead = false, patience }: AnswerOptions = {}): Promise<RawAnswer> {
    const parsed = await this.#until(
      () => parsedAnswer(this.#received, isHead, this.#isEnded) ?? (this.#isEnded ? 'ended' : null),
      patience,
    )
    if (parsed === 'ended') throw new Error(`the connection ended without a whole answer: ${JSON.stringify(this.rest)}`)
    this.#received = this.#received.subarray(parsed.length)
    return parsed.answer
  }

  /** Waits until the server ends the connection. */
  async ended(patience?: number): Promise<void> {
    await this.#until(() => (this.#isEnded ? true : null), patience)
  }

  /** Waits until so much has come that nobody has read. */
  async received(bytes: number): Promise<void> {
    await this.#until(() => (this.#received.length >= bytes ? true : null))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  async #until<T>(look: () => T | null, patience = PATIENCE): Promise<T> {
    const over = Date.now() + patience
    for (;;) {
      const found = look()
      if (found !== null) return found
      const left = over - Date.now()
      if (left <= 0) throw new Error(`nothing came of it in ${patience} ms; so far: ${JSON.stringify(this.rest)}`)
      await this.#change(left)
    }
  }

  #change(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, patience)
      this.#waiting.add(wake)
    })
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, patience = PATIENCE): Promise<boolean> {
  const over = Date.now() + patience
  while (Date.now() < over) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return holds()
}

/** How many connections a service has open. */
export function connectionsOf({ app }: Pick<HttpService, 'app'>): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}

/** The first answer in what came; `null` where it is not whole yet. */
function parsedAnswer(
  received: Buffer,
  isHead: boolean,
  isEnded: boolean,
): { readonly answer: RawAnswer; readonly length: number } | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(first.split(' ')[1])
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = bodyIn(received.subarray(end + 4), headers, isHead || status === 304 || status === 204, isEnded)
  if (body === null) return null
  return { answer: { status, headers, text: body.text }, length: end + 4 + body.length }
}

function bodyIn(
  rest: Buffer,
  headers: Readonly<Record<string, string>>,
  isBare: boolean,
  isEnded: boolean,
): { readonly text: string; readonly length: number } | null {
  if (isBare) return { text: '', length: 0 }
  if (headers['transfer-encoding'] === 'chunked') return chunksIn(rest)
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length'])
  if (length === null) return isEnded ? { text: rest.toString(), length: rest.length } : null
  return rest.length < length ? null : { text: rest.subarray(0, length).toString(), length }
}

function chunksIn(rest: Buffer): { readonly text: string; readonly length: number } | null {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return null
    const size = Number.parseInt(rest.subarray(at, line).toString('latin1'), 16)
    if (Number.isNaN(size)) throw new Error('what came is no chunk')
    const end = line + 2 + size
    if (rest.length < end + 2) return null
    if (size === 0) return { text: Buffer.concat(chunks).toString(), length: end + 2 }
    chunks.push(rest.subarray(line + 2, end))
    at = end + 2
  }
}
