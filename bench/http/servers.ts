/** The servers of the contest, each a process of its own on the servers' core. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onServerCore } from './cores.ts'

/** A server that listens. Disposing ends it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** The key that it asks for; sent to the bare one, too. */
  readonly key: string
}

const TENURE = fileURLToPath(new URL('../../dist/src/cli/tenure.js', import.meta.url))
const BARE = fileURLToPath(new URL('bare-fastify.mjs', import.meta.url))

/** The key of every server: chosen anew in each run. */
const KEY = `sk_bench_${randomBytes(24).toString('base64url')}`

/**
 * `tenure serve` as it is built and with its defaults, in production: one key, metrics, a log line for each request. Only the
 * rate limit is off, which a load generator would run into.
 *
 * @param log The file that its log lines go to.
 * @param settings Further settings, by the names that they have in the environment.
 */
export function startTenure(
  store: string,
  log: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const env = { TENURE_STORE: store, TENURE_PORT: '0', TENURE_RATE_LIMIT: '0', TENURE_API_KEY: KEY, ...settings }
  const child = start([process.execPath, TENURE, 'serve'], env, [openSync(log, 'a'), 'pipe'])
  return listening(child, child.stderr as Readable)
}

/** Fastify with answers from a file, as bare-fastify.mjs reads them. */
export function startBare(answers: string): Promise<RunningServer> {
  const child = start([process.execPath, BARE, answers], {}, ['pipe', 'inherit'])
  return listening(child, child.stdout as Readable)
}

function start(command: readonly string[], env: object, [out, err]: [number | 'pipe', 'pipe' | 'inherit']) {
  const [file = '', ...rest] = onServerCore(command)
  const { PATH } = process.env
  return spawn(file, rest, { env: { PATH, NODE_ENV: 'production', ...env }, stdio: ['ignore', out, err] })
}

async function listening(child: ChildProcess, told: Readable): Promise<RunningServer> {
  let text = ''
  const ended = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`a server ended before it listened: ${text}`)))
    told.on('data', (chunk) => {
      text += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
      if (found !== null) resolve(found[0])
    })
  })
  return {
    url,
    pid: child.pid as number,
    key: KEY,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
