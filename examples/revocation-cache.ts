/**
 * A revocation cache: which sessions are over, kept by the stream of events, so that a token that is verified without asking is
 * refused within moments of its session's end, and not at its own.
 *
 * Sessions that ended before it began are not in it: start it before the first token is verified.
 */
const OVER = 'session.expired,session.ended,session.removed,session.revoked,session.replaced,session.abandoned'

/** What a service is asked with, and how long tokens live: for so long an entry is of use. */
export interface RevocationCacheOptions {
  readonly url: string
  readonly key: string
  readonly tokenLifetime: number
}

export class RevocationCache {
  readonly #options: RevocationCacheOptions
  readonly #over = new Map<string, number>()
  readonly #abort = new AbortController()
  #cursor: string | undefined
  constructor(options: RevocationCacheOptions) {
    this.#options = options
  }

  /** Whether a token's session (its `sid`) is over. */
  isOver(sessionId: string): boolean {
    return this.#over.has(sessionId)
  }

  /** Listens until it is stopped; begins again where it was when the connection is lost. */
  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await this.#listen().catch(() => {})
      if (!this.#abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  stop(): void {
    this.#abort.abort()
  }

  async #listen(): Promise<void> {
    const { url, key, tokenLifetime } = this.#options
    const last = this.#cursor === undefined ? {} : { 'last-event-id': this.#cursor }
    const headers = { authorization: `Bearer ${key}`, ...last }
    const response = await fetch(`${url}/v1/events/stream?type=${OVER}`, { headers, signal: this.#abort.signal })
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const [, cursor, data] of blocks.map((block) => /^id: (.*)\nevent: .*\ndata: (.*)$/.exec(block) ?? [])) {
        if (cursor === undefined || data === undefined) continue
        this.#over.set((JSON.parse(data) as { session_id: string }).session_id, Date.now() + tokenLifetime)
        this.#cursor = cursor
      }
      for (const [id, until] of this.#over) if (until < Date.now()) this.#over.delete(id)
    }
  }
}
