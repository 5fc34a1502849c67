import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../domain/clock.ts'
import { errorBody, HTTP_ERROR_CODES, type HttpErrorCode } from './http-error.ts'

/** What Node's parser says of a request that it cannot read, as an answer. */
const MEANINGS: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['header_too_large', 'The request head is larger than is taken here.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request head took too long to arrive.'],
}

const REASONS: Readonly<Partial<Record<HttpErrorCode, string>>> = {
  header_too_large: 'Request Header Fields Too Large',
  method_not_allowed: 'Method Not Allowed',
  request_timeout: 'Request Timeout',
}

/** How long who was answered has to hang up, milliseconds. */
const LINGERING = 1000

/** A socket of Node's server, and the answer that is under way on it. */
type ServerSocket = Socket & { readonly _httpMessage?: ServerResponse<IncomingMessage> | null }

/** Answers what is no request by HTTP's own rules, in the form of any other error, and hangs up. */
export class BrokenRequests {
  readonly #newTraceId: () => string
  readonly #clock: Clock

  /** @param clock The machine's: hanging up takes real time. */
  constructor(newTraceId: () => string, clock: Clock) {
    this.#newTraceId = newTraceId
    this.#clock = clock
  }

  /** Told of what the parser cannot read. What stands behind a whole request is answered behind that request's answer. */
  readonly onClientError = (error: NodeJS.ErrnoException, socket: ServerSocket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const [code, longMessage] = MEANINGS[error.code ?? ''] ?? ['request_invalid', 'The request is not HTTP/1.1.']
    const answer = () => this.#answer(socket, code, longMessage)
    const underWay = socket._httpMessage
    if (underWay?.req.complete === true) underWay.once('close', answer)
    else if (underWay?.headersSent === true) socket.destroy()
    else answer()
  }

  /** Told of a CONNECT, which a proxy would take. */
  readonly onConnect = (_request: IncomingMessage, socket: Socket): void => {
    this.#answer(socket, 'method_not_allowed', 'This is no proxy.')
  }

  #answer(socket: Socket, code: HttpErrorCode, longMessage: string): void {
    if (!socket.writable) return
    const reason = REASONS[code] ?? 'Bad Request'
    const body = JSON.stringify(errorBody([{ code, message: reason, longMessage }], this.#newTraceId()))
    const head = [
      `HTTP/1.1 ${HTTP_ERROR_CODES[code]} ${reason}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
    const timer = this.#clock.setTimeout(() => socket.destroy(), LINGERING)
    socket.once('close', () => this.#clock.clearTimeout(timer))
  }
}
