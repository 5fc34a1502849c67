/** Who follows the feed over HTTP: page by page as a long poll, or as a stream; by whichever process serves just now. */
import { setTimeout as wait } from 'node:timers/promises'

/** How to follow it. */
export type Following = { readonly by: 'poll'; readonly limit: number } | { readonly by: 'stream' }

/** What a reader is made of. */
export interface FeedReaderOptions {
  readonly following: Following
  readonly key: string
  /** Where to read now; `null` where nobody serves. Any of several. */
  readonly url: () => string | null
}

/** Follows the feed from the first event there is until it is disposed of. */
export class FeedReader implements AsyncDisposable {
  /** The ids of all events it was given, in their order, repeats too. */
  readonly ids: string[] = []
  /** What was answered that is neither an event nor a failure. */
  readonly refusals: string[] = []
  readonly #options: FeedReaderOptions
  readonly #ended = new AbortController()
  readonly #running: Promise<void>
  #cursor: string | null = null

  constructor(options: FeedReaderOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  get name(): string {
    const { following } = this.#options
    return following.by === 'stream' ? 'the stream' : `the poll of ${following.limit}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      try {
        const url = this.#options.url()
        if (url === null) await wait(20)
        else await this.#read(url)
      } catch {
        // Who served it is dead or paused: the next, behind the last cursor there was.
        await wait(20)
      }
    }
  }

  /** A stream begins behind a cursor, or with what happens from now on: it is polled for the first. */
  #read(url: string): Promise<void> {
    const isStreamed = this.#options.following.by === 'stream' && this.#cursor !== null
    return isStreamed ? this.#stream(url) : this.#poll(url)
  }

  async #poll(url: string): Promise<void> {
    const { following } = this.#options
    const limit = following.by === 'poll' ? following.limit : 1
    const response = await this.#ask(`${url}/v1/events?wait_seconds=2&limit=${limit}`, 1500)
    const { data, next } = (await response.json()) as {
      readonly data: readonly { readonly event: { readonly id: string } }[]
      readonly next: string | null
    }
    this.ids.push(...data.map(({ event }) => event.id))
    this.#cursor = next
  }

  /** Takes an event where it has come whole: what the stream was cut off in comes again. */
  async #stream(url: string): Promise<void> {
    // The longest that it listens to one process, so that it gets around.
    const response = await this.#ask(`${url}/v1/events/stream`, 1000)
    const decoder = new TextDecoder()
    let text = ''
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    }
  }

  #take(block: string): void {
    const { id, data } = Object.fromEntries(
      block.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 2)]),
    )
    if (id === undefined || data === undefined) return
    this.ids.push((JSON.parse(data) as { readonly id: string }).id)
    this.#cursor = id
  }

  async #ask(url: string, atMost: number): Promise<Response> {
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(atMost)])
    const address = this.#cursor === null ? url : withCursor(url, this.#cursor)
    const response = await fetch(address, { headers: { authorization: `Bearer ${this.#options.key}` }, signal })
    if (response.ok) return response
    // A store that is out of reach is no refusal.
    if (response.status < 500) this.refusals.push(`${response.status} ${await response.text()}`)
    throw new Error(`the feed answered ${response.status}`)
  }
}

function withCursor(url: string, cursor: string): string {
  const parsed = new URL(url)
  parsed.searchParams.set('after', cursor)
  return parsed.href
}
