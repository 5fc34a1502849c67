import type { Socket } from 'node:net'
import { errorBody, HTTP_ERROR_CODES, type HttpErrorCode } from './http-error.ts'

/** What Node's parser says of a request that it cannot read, as an answer. */
const MEANINGS: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['header_too_large', 'The request head is larger than is taken here.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request head took too long to arrive.'],
}

const REASONS: Readonly<Partial<Record<HttpErrorCode, string>>> = {
  header_too_large: 'Request Header Fields Too Large',
  request_timeout: 'Request Timeout',
  request_invalid: 'Bad Request',
}

/** Answers what is no request by HTTP's own rules, in the form of any other error, and hangs up. */
export function answerBrokenRequest(newTraceId: () => string) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) {
      socket.destroy()
      return
    }
    const [code, longMessage] = MEANINGS[error.code ?? ''] ?? ['request_invalid', 'The request is not HTTP/1.1.']
    const reason = REASONS[code] ?? 'Bad Request'
    const body = JSON.stringify(errorBody([{ code, message: reason, longMessage }], newTraceId()))
    const head = [
      `HTTP/1.1 ${HTTP_ERROR_CODES[code]} ${reason}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
}
