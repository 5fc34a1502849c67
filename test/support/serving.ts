/** `tenure serve` in this process, until a test is done with it. */
import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import { type Clock, systemClock } from '../../src/domain/clock.ts'

/** A service that was started by its command. Disposing asks it to stop. */
export interface Serving extends AsyncDisposable {
  readonly url: string
  /** The key that was shown; `null` where none was. */
  readonly key: string | null
  /** What it has said to people, and what it has logged. */
  readonly said: () => string
  readonly logged: () => string
  /** Asks it to stop, and answers how it ended. */
  stop(): Promise<number>
}

/** Starts `tenure serve` with these options, at a port that is free, and waits until it listens. */
export async function serving(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  clock: Clock = systemClock,
): Promise<Serving> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const [logged, said] = [gather(stdout), gather(stderr)]
  const stop = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<void>()
  stderr.on('data', () => {
    // The last of what it says is the lines to paste, in development.
    if (/listening at \S+\n/.test(said())) setImmediate(() => listening.resolve())
  })
  const io = { stdin: Readable.from([]), stdout, stderr, env, clock, untilStopped: () => stop.promise }
  const ended = main(['serve', '--port', '0', ...args], io)
  const code = await Promise.race([listening.promise, ended])
  assert.equal(code, undefined, `it ended with ${code}: ${said()}`)
  const stopped = () => {
    stop.resolve()
    return ended
  }
  return {
    url: /listening at (\S+)/.exec(said())?.[1] ?? '',
    key: /key {5}(sk_\S+)/.exec(said())?.[1] ?? null,
    said,
    logged,
    stop: stopped,
    async [Symbol.asyncDispose]() {
      await stopped()
    },
  }
}

/** Asks a service that serves; answers the status and the JSON. */
export async function get(
  url: string,
  key: string | null,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` }
  const response = await fetch(url, { headers })
  return { status: response.status, json: await response.json() }
}

/** Posts JSON to a service that serves; fails where it is not taken. */
export async function post(
  url: string,
  key: string | null,
  body: object,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, json: await response.json() }
}

function gather(stream: PassThrough): () => string {
  let text = ''
  stream.on('data', (chunk) => {
    text += String(chunk)
  })
  return () => text
}
