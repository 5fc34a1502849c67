/**
 * Sends webhooks. A delivery has succeeded when an answer of 2xx is there, whole or as far as it is read, before the time is
 * over. A redirect is not followed, and like everything else it is a failure.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { signedHeaders } from '../../service/svix.ts'
import { hostRefusal } from './address-guard.ts'
import { guardedLookup, type Resolve } from './guarded-lookup.ts'
import type { WebhookMessage } from './message.ts'
import { parseRetryAfter } from './retry-schedule.ts'
import { failureOf } from './send-failure.ts'

/** What became of one attempt. */
export interface SendOutcome {
  /** The answer's; `null` where there was none. */
  readonly status: number | null
  /** Why it failed, in words that hold nothing of the URL or of the answer; `null` where it succeeded. */
  readonly failure: string | null
  /** How long the receiver asked to be left alone. */
  readonly retryAfter: DurationMs | null
  /** How long it took, milliseconds. */
  readonly took: number
}

/** What a sender goes by. */
export interface SenderOptions {
  readonly clock: Clock
  /** How long an attempt may take, from its first lookup to the last byte of its answer that is read. */
  readonly timeout: DurationMs
  /** Whether private addresses, and http, are sent to. */
  readonly isPrivateAllowed: boolean
  /** Tenure's own version. */
  readonly version: string
  /** Looks names up; the system's where it is left out. */
  readonly resolve?: Resolve | undefined
}

/** How much of an answer is read, in bytes: what comes behind is of no interest, and the connection is closed. */
export const MAXIMUM_ANSWER = 65_536

/** How long a connection without a delivery is kept, milliseconds: shorter than what receivers close theirs after. */
const KEPT_ALIVE = 4000

/** A sender was closed: what was to be sent, or was being, says nothing of its receiver. */
export class SenderClosedError extends Error {
  override readonly name = 'SenderClosedError'

  constructor() {
    super('the sender was closed before an answer')
  }
}

type Answered = Pick<SendOutcome, 'status' | 'failure' | 'retryAfter'>

/** Sends webhooks over connections that are kept. */
export class WebhookSender {
  readonly #options: SenderOptions
  readonly #http: HttpAgent
  readonly #https: HttpsAgent
  readonly #closing = new AbortController()

  constructor(options: SenderOptions) {
    this.#options = options
    const kept = { keepAlive: true, timeout: KEPT_ALIVE, maxFreeSockets: 64 }
    this.#http = new HttpAgent(kept)
    this.#https = new HttpsAgent({ ...kept, rejectUnauthorized: true })
  }

  /**
   * Makes one attempt, signed at this instant.
   *
   * @param keys The newest first; each signs.
   * @throws {SenderClosedError} Where it is closed, before or meanwhile: the message may have arrived all the same.
   */
  async send(url: string, message: WebhookMessage, keys: readonly Uint8Array[]): Promise<SendOutcome> {
    if (this.#closing.signal.aborted) throw new SenderClosedError()
    const { clock } = this.#options
    const began = clock.elapsed()
    const answered = await this.#attempt(new URL(url), message, keys)
    return { ...answered, took: clock.elapsed() - began }
  }

  /** Closes every connection: attempts that are under way are cut off, and none is begun any more. */
  close(): void {
    this.#closing.abort()
    this.#http.destroy()
    this.#https.destroy()
  }

  async #attempt(url: URL, message: WebhookMessage, keys: readonly Uint8Array[]): Promise<Answered> {
    const refusal = this.#refusal(url)
    if (refusal !== null) return { status: null, failure: refusal, retryAfter: null }
    const { clock, timeout } = this.#options
    const deadline = new AbortController()
    const timer = clock.setTimeout(() => deadline.abort(), timeout)
    const body = Buffer.from(message.body)
    const isOver = AbortSignal.any([deadline.signal, this.#closing.signal])
    const attempt = () => this.#exchange(url, this.#requestOptions(message, body, keys), body, isOver)
    try {
      const first = await attempt()
      // A connection that was kept may be closed by its receiver just as it is used, which says nothing of the receiver.
      return first === 'stale' ? answeredOf(await attempt()) : first
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error
      if (!deadline.signal.aborted) throw new SenderClosedError()
      return { status: error.status, failure: `no answer within ${timeout / 1000} s`, retryAfter: null }
    } finally {
      clock.clearTimeout(timer)
    }
  }

  /** Why a URL is sent nothing at all; the setting may have changed since it was taken. */
  #refusal(url: URL): string | null {
    if (this.#options.isPrivateAllowed) return null
    return url.protocol === 'https:' ? hostRefusal(url) : 'the URL is not https'
  }

  #requestOptions(message: WebhookMessage, body: Uint8Array, keys: readonly Uint8Array[]): RequestOptions {
    const { clock, isPrivateAllowed, version, resolve } = this.#options
    const headers = {
      'content-type': message.contentType,
      'content-length': body.byteLength,
      'user-agent': `Tenure/${version}`,
      ...signedHeaders(keys, { id: message.id, body }, clock.now()),
    }
    return { method: 'POST', headers, ...(isPrivateAllowed ? {} : { lookup: guardedLookup(resolve) }) }
  }

  /**
   * One request and its answer; `stale` where a connection that was kept was closed before any.
   *
   * @throws {CutOffError} Where the attempt is over before the answer is read.
   */
  async #exchange(
    url: URL,
    options: RequestOptions,
    body: Uint8Array,
    isOver: AbortSignal,
  ): Promise<Answered | 'stale'> {
    const isSecure = url.protocol === 'https:'
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: this.#https })
      : httpRequest(url, { ...options, agent: this.#http })
    const abort = () => request.destroy()
    isOver.addEventListener('abort', abort)
    if (isOver.aborted) abort()
    let status: number | null = null
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve).once('error', reject)
        // An upgrade that nobody asked for is closed without an error.
        request.once('close', () => reject(new ClosedError()))
        request.end(body)
      })
      status = answer.statusCode ?? null
      await readBounded(answer)
      const retryAfter = parseRetryAfter(answer.headers['retry-after'], this.#options.clock.now())
      return { status, failure: statusFailure(answer.statusCode ?? 0), retryAfter }
    } catch (error) {
      if (isOver.aborted) throw new CutOffError(status)
      const isStale = status === null && request.reusedSocket
      if (isStale && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return 'stale'
      return { status, failure: failureOf(error), retryAfter: null }
    } finally {
      isOver.removeEventListener('abort', abort)
      // What comes behind an answer that is settled is no business of anybody's.
      request.on('error', () => {})
    }
  }
}

/** An attempt was over, by its time or by its sender, before its answer was. */
class CutOffError extends Error {
  readonly status: number | null

  constructor(status: number | null) {
    super('cut off')
    this.status = status
  }
}

class ClosedError extends Error {
  readonly code = 'ECONNRESET'
}

/** Reads an answer to its end, or so far; whatever comes behind closes the connection. */
async function readBounded(answer: IncomingMessage): Promise<void> {
  let read = 0
  for await (const chunk of answer) {
    read += (chunk as Uint8Array).byteLength
    // Leaving the loop destroys the stream, and its connection with it.
    if (read > MAXIMUM_ANSWER) break
  }
}

/** Why a status is a failure; `null` where it is none. */
function statusFailure(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? `answered ${status}, and redirects are not followed` : `answered ${status}`
}

function answeredOf(answered: Answered | 'stale'): Answered {
  if (answered !== 'stale') return answered
  return { status: null, failure: 'the connection was closed before an answer', retryAfter: null }
}
