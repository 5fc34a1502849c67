/** How fast deliveries go that have waited, as after a long stop: whatever there are of them, to a receiver that answers at once. */

import { systemClock } from '../../src/domain/clock.ts'
import type { DurationMs } from '../../src/domain/duration.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import { WebhookSender } from '../../src/events/webhooks/sender.ts'
import { Deliverer } from '../../src/jobs/deliverer.ts'
import { queueOf } from '../../src/service/webhooks/endpoint.ts'
import { WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import type { Queues } from '../../src/store/queue.ts'
import { startReceiver } from './latency.ts'

/** What of a backlog was delivered, and how fast. */
export interface Drained {
  readonly waiting: number
  readonly processes: number
  readonly delivered: number
  readonly perSecond: number
  /** How many deliveries were taken at once, on average, and how long a look into the queue took, milliseconds. */
  readonly taken: number
  readonly take: number
}

/** What is drained. */
export interface Backlog {
  /** How many deliveries wait, each of a session of its own. */
  readonly waiting: number
  /** How many deliverers there are, each with connections of its own. */
  readonly processes: number
  /** How long they deliver at most, milliseconds. */
  readonly atMost: number
  /** What is done between filling and delivering. */
  readonly settle: () => Promise<void>
}

const PUT_AT_ONCE = 1000
const TIMEOUT = 15_000 as DurationMs
const LEASE = 90_000 as DurationMs
const IDLE = 5000 as DurationMs
/** What `webhookConcurrency` is where nobody says. */
const CONCURRENCY = 32

/** Fills the queue of an endpoint, and has it delivered. */
export async function measureBacklog(url: string, { waiting, processes, atMost, settle }: Backlog): Promise<Drained> {
  await using receiver = await startReceiver()
  const opened = await Promise.all(Array.from({ length: processes }, () => openStore(url, systemClock)))
  const [first] = opened as [Store]
  const made = await endpointsIn(first).add({ url: `${receiver.url}/`, form: 'tenure' })
  const queue = queueOf(made?.endpoint ?? { id: '' })
  const all = await Promise.all(opened.map((store) => store.openQueues({ lease: LEASE })))
  await fill(first, all[0] as Queues, queue, waiting)
  await settle()
  const looks = { count: 0, taken: 0, milliseconds: 0 }
  const begun = performance.now()
  const drains = opened.map((store, place) => deliver(store, all[place] as Queues, looks))
  let delivered = 0
  while (delivered < waiting && performance.now() - begun < atMost) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    delivered = (await receiver.figures()).taken
  }
  const seconds = (performance.now() - begun) / 1000
  await Promise.all(drains.map((drain) => drain.stop()))
  for (const queues of all) await queues.close()
  for (const store of opened) await store.close()
  const [taken, take] = [looks.taken / looks.count, looks.milliseconds / looks.count]
  return { waiting, processes, delivered, perSecond: delivered / seconds, taken, take }
}

function endpointsIn(store: Store): WebhookEndpoints {
  return new WebhookEndpoints({ store, randomness: systemRandomness, encryptionKey: null, isPrivateAllowed: true })
}

async function fill(store: Store, queues: Queues, queue: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += PUT_AT_ONCE) {
    const jobs = Array.from({ length: Math.min(PUT_AT_ONCE, count - from) }, (_, index) => {
      const id = `evt_${from + index}`
      const event = { object: 'session_event', id, at: systemClock.now(), padding: 'x'.repeat(600) }
      const message = { id, type: 'session.expired', contentType: 'application/json', body: JSON.stringify({ event }) }
      return { queue, key: `sess_${from + index}`, data: JSON.stringify(message) }
    })
    const place = (await store.findItem('backlog', 'place')) ?? {
      ...{ kind: 'backlog', id: 'place', version: 0, value: '0', expiresAt: null },
    }
    if (!(await queues.put({ jobs, publications: [], place }))) throw new Error('the backlog could not be put in')
  }
}

/** Delivers as a service does. */
function deliver(store: Store, queues: Queues, looks: { count: number; taken: number; milliseconds: number }) {
  const onFault = (error: unknown) => console.error(error)
  const take = async (queue: string, limit: number) => {
    const begun = performance.now()
    const jobs = await queues.take(queue, limit)
    looks.count += 1
    looks.taken += jobs.length
    looks.milliseconds += performance.now() - begun
    return jobs
  }
  const measured = new Proxy(queues, {
    get: (target, name) => {
      if (name === 'take') return take
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const sender = new WebhookSender({ clock: systemClock, timeout: TIMEOUT, isPrivateAllowed: true, version: 'bench' })
  const deliverer = new Deliverer({
    ...{ clock: systemClock, randomnessOf: () => systemRandomness, endpoints: endpointsIn(store), sender, onFault },
    ...{ queues: measured, concurrency: CONCURRENCY, idle: IDLE, onDelivery: () => {} },
  })
  deliverer.start()
  return {
    async stop() {
      await deliverer.stop()
      sender.close()
    },
  }
}
