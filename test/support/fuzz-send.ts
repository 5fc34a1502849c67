/** Sends a fuzz's requests: by way of the router, over sockets that are kept alive, or byte by byte. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { FuzzRequest } from './fuzz-requests.ts'
import type { OpenedHttp } from './http-service.ts'

/** What came back. */
export interface FuzzAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly milliseconds: number
}

/** How a request goes. */
export type Way = 'router' | 'socket'

/** What sends. Disposing hangs up. */
export class FuzzSender implements Disposable {
  readonly #opened: OpenedHttp
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })

  constructor(opened: OpenedHttp) {
    this.#opened = opened
  }

  /** Sends a request and answers what came back. @throws {Error} Where nothing came back. */
  async send(request: FuzzRequest, way: Way): Promise<FuzzAnswer> {
    const from = performance.now()
    const answer = way === 'socket' ? await this.#bySocket(request) : await this.#byRouter(request)
    return { ...answer, milliseconds: performance.now() - from }
  }

  async #byRouter({ method, target, headers, payload }: FuzzRequest): Promise<Omit<FuzzAnswer, 'milliseconds'>> {
    const url = target.startsWith('/') ? target : `/${target}`
    const sent = { method: method as 'GET', url, headers, ...(payload === null ? {} : { payload }) }
    const { statusCode: status, headers: answered, rawPayload } = await this.#opened.service.app.inject(sent)
    return { status, headers: answered as IncomingHttpHeaders, text: textOf(rawPayload) }
  }

  #bySocket({ method, target, headers, payload }: FuzzRequest): Promise<Omit<FuzzAnswer, 'milliseconds'>> {
    const { hostname, port } = new URL(this.#opened.url)
    return new Promise((resolve, reject) => {
      const length = payload === null ? {} : { 'content-length': String(payload.length) }
      const options = { hostname, port, method, path: target, headers: { ...headers, ...length }, agent: this.#agent }
      const sent = httpRequest(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response
          resolve({ status, headers: answered, text: textOf(Buffer.concat(chunks)) })
        })
      })
      sent.on('error', reject)
      sent.end(payload ?? undefined)
    })
  }

  /** Sends bytes as they are, and answers all that came back until the service hung up. */
  bytes(bytes: Buffer): Promise<string> {
    const { hostname, port } = new URL(this.#opened.url)
    return new Promise((resolve) => {
      const chunks: Buffer[] = []
      const socket = connect(Number(port), hostname, () => socket.end(bytes))
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      // A service that hangs up before it has read all is within its rights.
      socket.on('error', () => {})
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

/** @throws {TypeError} For bytes that are not UTF-8. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

/** A request as a line for a shell; keys are left to whoever replays it. */
export function asCurl({ method, target, headers, payload }: FuzzRequest, url: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const named = Object.entries(headers).map(([name, text]) => {
    const isKey = name === 'authorization' && text.startsWith('Bearer sk_')
    return isKey ? ` -H "authorization: Bearer $KEY"` : ` -H ${quoted(`${name}: ${text}`)}`
  })
  const head = `curl -i --path-as-is -X ${method}${named.join('')} ${quoted(url + target)}`
  if (payload === null) return head
  if (payload.length > 4000) return `${head} --data-binary @${payload.length}-bytes`
  const text = payload.toString()
  const isText = Buffer.from(text).equals(payload) && !text.includes('\u0000')
  return isText
    ? `${head} --data-binary ${quoted(text)}`
    : `echo ${payload.toString('base64')} | base64 -d | ${head} --data-binary @-`
}
