/** How long it is from a deadline to its webhook, as a running service delivers it. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startTenure } from '../http/servers.ts'

const RECEIVER = fileURLToPath(new URL('receiver.mjs', import.meta.url))
const TENURE = fileURLToPath(new URL('../../dist/src/cli/tenure.js', import.meta.url))

/** What a receiver saw. Times are from the deadline to the arrival, milliseconds. */
export interface Arrivals {
  readonly taken: number
  /** With those that came again. */
  readonly times: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/**
 * Serves a store whose sessions expire one after the other while it is served, and has each expiry delivered to a receiver
 * that is a process of its own.
 *
 * @throws {Error} Where the first has expired before it is served, or not all of them come.
 */
export async function measureLatency(store: string, { sessions, begins, log, atMost }: Measuring): Promise<Arrivals> {
  await using receiver = await startReceiver()
  const endpoint = ['webhooks', 'add', `${receiver.url}/`, '--type', 'session.expired', '--store', store]
  const env = { ...process.env, TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true' }
  execFileSync(process.execPath, [TENURE, ...endpoint], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  await using _tenure = await startTenure(store, log, { TENURE_WEBHOOK_PRIVATE_ADDRESSES: 'true' })
  if (Date.now() > begins) throw new Error('sessions expired before they were served')
  const until = performance.now() + atMost
  for (;;) {
    const arrivals = await receiver.figures()
    if (arrivals.taken >= sessions) return arrivals
    if (performance.now() > until) throw new Error(`${arrivals.taken} webhooks came, and not ${sessions}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** What is measured. */
export interface Measuring {
  /** How many sessions expire. */
  readonly sessions: number
  /** When the first does, epoch milliseconds. */
  readonly begins: number
  readonly log: string
  /** How long all of it may take, milliseconds. */
  readonly atMost: number
}

/** Starts a receiver that answers at once. Disposing ends it. */
export async function startReceiver() {
  const child = spawn(process.execPath, [RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = line.toString().trim()
  return {
    url,
    figures: async () => (await (await fetch(`${url}/figures`)).json()) as Arrivals,
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
