import { systemRandomness } from '../domain/randomness.ts'
import { placeRefusal } from '../events/webhooks/address-guard.ts'
import { readWebhookMessage } from '../events/webhooks/message.ts'
import { WebhookSender } from '../events/webhooks/sender.ts'
import { sendTest } from '../events/webhooks/test-delivery.ts'
import type { EventType } from '../service/events/event.ts'
import { queueOf, type WebhookEndpoint } from '../service/webhooks/endpoint.ts'
import { type NewEndpoint, WebhookEndpoints } from '../service/webhooks/webhook-endpoints.ts'
import type { Store } from '../store/port.ts'
import type { Queues } from '../store/queue.ts'
import { deadPages, notDead } from './dead-letters.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'
import { readServeConfig } from './serve/read-serve-config.ts'
import type { ServeConfig } from './serve/serve-config.ts'
import { type StoreUse, withStore } from './store-use.ts'

/** What every command on webhooks can be told. */
export interface WebhooksUse extends StoreUse {
  /** The config file of the service, where it has one: its store, its encryption key and its webhook settings are gone by. */
  readonly config?: string | undefined
}

/** `tenure webhooks list`: a line an endpoint, the oldest first, without its secrets. */
export async function listWebhooks(use: WebhooksUse, io: Io): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, out }) => {
    for (const endpoint of await endpoints.list()) out.json(shown(endpoint))
  })
}

/**
 * `tenure webhooks add URL`: makes an endpoint, and prints its secret this once.
 *
 * @throws {UsageError} For a URL or a description that may not be.
 */
export async function addWebhook(
  url: string,
  use: WebhooksUse & Pick<NewEndpoint, 'form' | 'description'> & { readonly type?: readonly EventType[] | undefined },
  io: Io,
): Promise<ExitCode> {
  return withWebhooks(use, io, true, async ({ endpoints, config, out }) => {
    const refusal = config.webhookPrivateAddresses ? null : placeRefusal(url)
    if (refusal !== null) throw new UsageError(refusal)
    const made = await usable(() =>
      endpoints.add({ url, types: use.type, form: use.form, description: use.description }),
    )
    if (made === null) throw new UsageError('there are as many endpoints as there can be: remove one first')
    out.json({ ...shown(made.endpoint), secret: made.secret })
    sayOnce(io)
  })
}

/**
 * `tenure webhooks rotate ID`: makes a new secret, and prints it this once. The one before signs too for a day.
 *
 * @throws {UsageError} Where there is no such endpoint, or it has too many secrets.
 */
export async function rotateWebhook(
  id: string,
  use: WebhooksUse & { readonly atOnce: boolean },
  io: Io,
): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, out }) => {
    const made = await endpoints.rotate(id, use.atOnce)
    if (made === 'missing') throw new UsageError(noEndpoint(id))
    if (made === 'too many') throw new UsageError('too many secrets sign already: wait a day, or rotate with --at-once')
    out.json({ ...shown(made.endpoint), secret: made.secret })
    sayOnce(io)
  })
}

/** `tenure webhooks disable ID`: nothing more is sent, from within five seconds on; what waits is buried. */
export async function disableWebhook(id: string, use: WebhooksUse, io: Io): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, out }) => {
    out.json(shown(known(id, await endpoints.disable(id, 'somebody disabled it'))))
  })
}

/** `tenure webhooks enable ID`: what happens from now on is sent again; `redrive` sends what was buried. */
export async function enableWebhook(id: string, use: WebhooksUse, io: Io): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, out }) =>
    out.json(shown(known(id, await endpoints.enable(id)))),
  )
}

/** `tenure webhooks remove ID`: the endpoint goes, and with it whatever waits for it, dead or not. */
export async function removeWebhook(id: string, use: WebhooksUse, io: Io): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, store, out }) => {
    if (!(await endpoints.remove(id))) throw new UsageError(noEndpoint(id))
    await withQueues(store, (queues) => queues.remove(queueOf({ id })))
    out.json({ id, removed: true })
  })
}

/** `tenure webhooks test ID`: sends an example now, and prints what became of it; exit 1 where it failed. */
export async function testWebhook(
  id: string,
  use: WebhooksUse & { readonly type: EventType },
  version: string,
  io: Io,
): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, config, out }) => {
    const endpoint = known(id, await endpoints.find(id))
    const { webhookTimeout: timeout, webhookPrivateAddresses: isPrivateAllowed } = config
    const sender = new WebhookSender({ clock: io.clock, timeout, isPrivateAllowed, version })
    const issuer = config.issuer ?? `http://${config.host}:${config.port}`
    try {
      const parts = { endpoints, sender, clock: io.clock, randomness: systemRandomness, issuer }
      const { eventId, status, failure, took } = await sendTest(endpoint, use.type, parts)
      out.json({
        id,
        event: eventId,
        type: use.type,
        delivered: failure === null,
        status,
        failure,
        took: Math.round(took),
      })
      return failure === null ? 0 : 1
    } finally {
      sender.close()
    }
  })
}

/** `tenure webhooks dead ID`: what was given up, a line each, the longest dead first. */
export async function listDeadWebhooks(id: string, use: WebhooksUse, io: Io): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, store, out }) => {
    const endpoint = known(id, await endpoints.find(id))
    await withQueues(store, async (queues) => {
      for await (const jobs of deadPages(queues, endpoint)) {
        for (const { id: job, key: sessionId, attempts, reason, buriedAt, data } of jobs) {
          const { id: event, type } = readWebhookMessage(data) ?? { id: null, type: null }
          out.json({ job, event, type, sessionId, attempts, reason, buriedAt })
        }
        await out.flush()
      }
    })
  })
}

/**
 * `tenure webhooks redrive ID`: has the dead tried again, all or those that are named, and prints how many; exit 1 where one
 * that is named is not among them.
 *
 * @throws {UsageError} Where there is no such endpoint, or it is disabled: they would be buried again.
 */
export async function redriveWebhooks(
  id: string,
  use: WebhooksUse & { readonly job?: readonly string[] | undefined },
  io: Io,
): Promise<ExitCode> {
  return withWebhooks(use, io, false, async ({ endpoints, store, out }) => {
    const endpoint = known(id, await endpoints.find(id))
    if (endpoint.disabled !== null) throw new UsageError(`the endpoint is disabled: tenure webhooks enable ${id} first`)
    const { redriven, missing } = await withQueues(store, async (queues) => ({
      missing: await notDead(queues, endpoint, use.job ?? []),
      redriven: await queues.redrive(queueOf(endpoint), use.job),
    }))
    out.json({ id, redriven })
    if (missing.length === 0) return 0
    const names = missing.map((job) => JSON.stringify(job)).join(', ')
    io.stderr.write(`tenure: not among the dead: ${names}: tenure webhooks dead ${id} shows them\n`)
    return 1
  })
}

interface Opened {
  readonly endpoints: WebhookEndpoints
  readonly config: ServeConfig
  readonly store: Store
  readonly out: LineWriter
}

/** Goes by the same variables and config file as `tenure serve`. */
async function withWebhooks(
  { store: url, config: file }: WebhooksUse,
  io: Io,
  isMade: boolean,
  work: (opened: Opened) => Promise<ExitCode | undefined> | Promise<void>,
): Promise<ExitCode> {
  const flags = url === undefined ? {} : { store: url }
  const { config } = await readServeConfig({ flags, env: io.env, file }, io)
  if (config.store === 'sqlite::memory:') {
    throw new UsageError(
      'a store in memory is gone with this command: give the store of the service, --store sqlite:PATH',
    )
  }
  return withStore({ store: config.store }, io, isMade, async (store) => {
    const out = new LineWriter(io.stdout, 'standard output')
    const { encryptionKey, webhookPrivateAddresses: isPrivateAllowed } = config
    const endpoints = new WebhookEndpoints({ store, randomness: systemRandomness, encryptionKey, isPrivateAllowed })
    const code = await work({ endpoints, config, store, out })
    await out.finish()
    return code ?? 0
  })
}

async function withQueues<T>(store: Store, work: (queues: Queues) => Promise<T>): Promise<T> {
  const queues = await store.openQueues()
  try {
    return await work(queues)
  } finally {
    await queues.close()
  }
}

/** An endpoint without its secrets, but with how many of them sign. */
function shown({ id, url, types, form, description, createdAt, disabled, secrets }: WebhookEndpoint) {
  return { id, url, types, form, description, createdAt, disabled, secrets: secrets.length }
}

function known(id: string, endpoint: WebhookEndpoint | null): WebhookEndpoint {
  if (endpoint === null) throw new UsageError(noEndpoint(id))
  return endpoint
}

function noEndpoint(id: string): string {
  return `there is no webhook endpoint ${id}: tenure webhooks list shows them`
}

function sayOnce({ stderr }: Io): void {
  if (stderr.isTTY === true) stderr.write('tenure: this is the only time that the secret is shown\n')
}

async function usable<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
