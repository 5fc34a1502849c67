/** How long it is from a deadline to each of many readers of one stream. */
import { createHistogram } from 'node:perf_hooks'
import { type RunningServer, startTenure } from '../http/servers.ts'

/** What readers saw together. Times are from the deadline to the reader, milliseconds. */
export interface FanOut {
  readonly readers: number
  readonly events: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** What is read. */
export interface Reading {
  readonly readers: number
  /** How many sessions expire, and when the first does, epoch milliseconds. */
  readonly events: number
  readonly begins: number
  readonly log: string
}

/** Serves a store whose sessions expire while it is served, to readers that each read all of it. */
export async function measureFanOut(store: string, { readers, events, begins, log }: Reading): Promise<FanOut> {
  await using tenure = await startTenure(store, log)
  const late = createHistogram()
  const abort = new AbortController()
  const listening = Array.from({ length: readers }, () => Promise.withResolvers<void>())
  const reading = listening.map(({ resolve }) =>
    readAll(tenure, events, abort.signal, {
      listening: resolve,
      told: (at) => late.record(Math.max(1, Date.now() - at)),
    }),
  )
  await Promise.all(listening.map(({ promise }) => promise))
  if (Date.now() > begins) throw new Error('sessions expired before everybody listened')
  const seen = await Promise.all(reading)
  abort.abort()
  if (seen.some((count) => count !== events)) throw new Error('a reader saw another number of events')
  return { readers, events, p50: late.percentile(50), p99: late.percentile(99), most: late.max }
}

/** Reads so many events. */
async function readAll(
  { url, key }: RunningServer,
  events: number,
  signal: AbortSignal,
  on: { readonly listening: () => void; readonly told: (at: number) => void },
): Promise<number> {
  const headers = { authorization: `Bearer ${key}` }
  const { body } = await fetch(`${url}/v1/events/stream?type=session.expired`, { headers, signal })
  let seen = 0
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    on.listening()
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data === undefined) continue
      on.told((JSON.parse(data) as { readonly at: number }).at)
      seen += 1
    }
    if (seen >= events) break
  }
  return seen
}
