/**
 * A process that serves a store over HTTP with its sweep and its webhooks, tells a receiver of every event by a durable
 * subscription, and puts the store under a load of sign-ins that do not last, until it is told to be calm, told to stop, or
 * killed.
 *
 * Its one argument is a {@link Work} as JSON. It says where it serves once it does.
 */
import { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { openWebhookParts, openWebhooks, type Webhooks } from '../../src/cli/serve/webhooks.ts'
import type { Clock } from '../../src/domain/clock.ts'
import type { DurationMs } from '../../src/domain/duration.ts'
import { StoreError } from '../../src/domain/errors.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import { type HttpService, openHttp } from '../../src/http/open-http.ts'
import { Sweeper } from '../../src/jobs/sweeper.ts'
import { sha256 } from '../../src/service/digest.ts'
import { EVENT_TYPES, type SessionEvent } from '../../src/service/events/event.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { openStore, type StoreOptions } from '../../src/store/open-store.ts'
import type { ClientChange, Store } from '../../src/store/port.ts'
import { type Chance, seeded } from './crash-chance.ts'
import { type Drift, driftingClock } from './events-clock.ts'
import { httpOptions } from './http-service.ts'

/** What a worker works on. */
export interface Work extends StoreOptions {
  readonly store: string
  /** In the ids of its sessions; nobody else has it. */
  readonly name: string
  readonly seed: number
  readonly drift: Drift
  /** Where events are posted to. */
  readonly receiver: string
  /** What sessions are made by; durations by its own clock, milliseconds. */
  readonly policy: Policy
  /** How many commands are under way at once; 0 for no load. */
  readonly callers: number
  /** How long a caller waits between two commands at most, milliseconds of the machine. */
  readonly pause: number
  /** How webhooks are delivered; not at all where it is left out. */
  readonly webhooks?: WebhookTimes
}

/** How long webhooks wait for what, milliseconds. */
export interface WebhookTimes {
  /** By the clock of the store's queues. */
  readonly lease: DurationMs
  readonly retryDelays: readonly DurationMs[]
  /** By the machine's clock. */
  readonly timeout: DurationMs
}

/** What a worker says to who started it. */
export interface Said {
  readonly url: string
}

/** What it is told. */
export type Told = 'calm' | 'stop'

/** The name of its subscription, and the key that its service takes. */
export const SUBSCRIPTION = 'receiver'
export const KEY = 'key-of-the-events-trials'

/** How often it sweeps at least, milliseconds of its clock. */
const SWEEP_INTERVAL = 50 as DurationMs

/** How many sessions a caller keeps in mind, and after how many commands it looks what others made. */
const REMEMBERED = 40
const LOOKS_AFTER = 20

async function main(work: Work): Promise<void> {
  const { store: url, policy, sqlite, postgres } = work
  const clock = driftingClock(work.drift)
  const store = await untilOpen(() => openStore(url, clock, { sqlite, postgres }))
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const apiKeys = [{ name: 'trial', scope: 'write' as const, sha256: sha256(KEY), createdAt: null }]
  const told = { written: (_changes: readonly ClientChange[]) => {} }
  const onWritten = (changes: readonly ClientChange[]) => told.written(changes)
  const parts = { clock, policy, apiKeys, onWritten, pollInterval: 100 as DurationMs }
  const options = httpOptions(store, new ManualClock(), { options: parts }, sink)
  const service = await untilOpen(() => openHttp(options))
  const { tenure } = service
  const faults = { interval: SWEEP_INTERVAL, maximumClockStep: null, onFault: expectStoreError, onClockStep: () => {} }
  const sweeper = new Sweeper({ tenure, store, clock, ...faults })
  told.written = sweeper.written
  sweeper.start()
  const post = (event: SessionEvent) => postTo(work.receiver, event)
  const subscribing = { name: SUBSCRIPTION, from: 'beginning', onFault: () => {} } as const
  const subscribed = await untilOpen(() => tenure.on(EVENT_TYPES, post, subscribing))
  const webhooks =
    work.webhooks === undefined ? null : await openTimed(service, work.webhooks, { store, clock, drift: work.drift })
  webhooks?.start()
  const load = new Load(tenure, work)
  const loading = load.run()
  process.send?.({ url: service.url } satisfies Said)
  const asked = Promise.withResolvers<void>()
  process.on('message', (message: Told) => {
    load.end()
    if (message === 'stop') asked.resolve()
  })
  await asked.promise
  await loading
  await sweeper.stop()
  await subscribed.stop()
  await service.close()
  await webhooks?.stop()
  await tenure.close()
  process.removeListener('disconnect', die).disconnect?.()
}

/** How many deliveries a process has under way at once. */
const CONCURRENCY = 8

/** How long they wait at most where nothing wakes them, milliseconds of its clock. */
const IDLE = 5000 as DurationMs

/** Opens webhooks as `tenure serve` does, but that they wait for other times. */
async function openTimed(
  service: HttpService,
  { timeout, lease, retryDelays }: WebhookTimes,
  { drift, store, clock }: Pick<Work, 'drift'> & { readonly store: Store; readonly clock: Clock },
): Promise<Webhooks> {
  const config = {
    ...{ encryptionKey: null, issuer: 'https://sessions.example', webhookPrivateAddresses: true },
    ...{ webhookConcurrency: CONCURRENCY, webhookTimeout: timeout },
  }
  // As wrong as the other, and no faster: receivers refuse what is signed more than five minutes off.
  const wall = driftingClock({ ...drift, speed: 1 })
  const randomness = { endpoints: systemRandomness, retryOf: () => systemRandomness }
  const options = { store, config, randomness, wall, onFault: expectStoreError }
  const parts = await untilOpen(() => openWebhookParts({ ...options, version: '0.0.0-test', lease }))
  const webhooks = await untilOpen(() => openWebhooks(service, parts, { ...options, clock, idle: IDLE, retryDelays }))
  return {
    ...webhooks,
    async stop() {
      await webhooks.stop()
      await parts.close()
    },
  }
}

/** A database that is out of reach for a while is tried again. */
async function untilOpen<T>(open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      expectStoreError(error)
      await wait(50)
    }
  }
}

/** Posts an event, with the status that it says its session has. @throws {Error} Where it is not taken. */
async function postTo(receiver: string, event: SessionEvent): Promise<void> {
  const { session, ...rest } = event
  const body = JSON.stringify({ ...rest, status: session?.status ?? null })
  const { ok, status } = await fetch(receiver, { method: 'POST', body, signal: AbortSignal.timeout(5000) })
  if (!ok) throw new Error(`the receiver answered ${status}`)
}

type Command = 'touch' | 'end' | 'revoke' | 'requireTask' | 'completeTasks'

/** Each command as often as it weighs. */
const COMMANDS: readonly Command[] = [
  ...Array.from({ length: 8 }, () => 'touch' as const),
  ...(['end', 'revoke', 'requireTask', 'requireTask', 'completeTasks', 'completeTasks'] as const),
]

const USERS = Array.from({ length: 12 }, (_, place) => `user_${place}`)

/** Sign-ins, and commands for sessions that this process or others have made. */
class Load {
  readonly #tenure: Tenure
  readonly #work: Work
  readonly #chance: Chance
  #sessions: readonly { readonly id: string; readonly clientId: string }[] = []
  #commands = 0
  #isOver = false

  constructor(tenure: Tenure, work: Work) {
    this.#tenure = tenure
    this.#work = work
    this.#chance = seeded(work.seed)
  }

  end(): void {
    this.#isOver = true
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#work.callers }, () => this.#call()))
  }

  async #call(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#next()
      } catch (error) {
        expectStoreError(error)
      }
      await wait(this.#chance.below(this.#work.pause))
    }
  }

  async #next(): Promise<void> {
    this.#commands += 1
    const number = this.#commands
    if (number % LOOKS_AFTER === 0) this.#sessions = (await this.#tenure.listSessions({ limit: REMEMBERED })).items
    const session = this.#chance.pick(this.#sessions)
    if (session !== undefined && this.#chance.below(10) < 6) {
      await this.#tenure[this.#chance.one(COMMANDS)](session.id)
      return
    }
    const clientId = this.#chance.below(2) === 0 ? session?.clientId : undefined
    const sessionId = `sess_${this.#work.name}_${number}`
    const outcome = await this.#tenure.signIn({ userId: this.#chance.one(USERS), sessionId, clientId })
    if (outcome.changed) this.#sessions = [outcome.session, ...this.#sessions].slice(0, REMEMBERED)
  }
}

/** Who started it has died: nobody would end it any more. */
function die(): never {
  process.exit(1)
}

function expectStoreError(error: unknown): void {
  if (!(error instanceof StoreError)) throw error
}

if (process.argv[2] !== undefined) {
  process.once('disconnect', die)
  await main(JSON.parse(process.argv[2]) as Work)
}
