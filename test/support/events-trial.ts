/**
 * A trial of the sweep, the events and the webhooks: processes under load over one store, with faults that a seed chooses;
 * and at its end, when the faults and the load have stopped and everything is written down and told, what is wrong.
 */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import { openStore, type StoreOptions } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { type Chance, seeded } from './crash-chance.ts'
import { driftingClock } from './events-clock.ts'
import { EventsProcess } from './events-process.ts'
import { FaultyProxy } from './events-proxy.ts'
import { FeedReader, type Following } from './events-reader.ts'
import { Receiver } from './events-receiver.ts'
import { faultsOf } from './events-verdict.ts'
import { QUEUE_LEASE, TrialWebhooks } from './events-webhooks.ts'
import { KEY, SUBSCRIPTION, type Work } from './events-worker.ts'

/** What can go wrong. `lease` has it be over for whoever holds it, as when half a minute has gone by. */
export type Fault = 'kill' | 'pause' | 'lease' | 'cut' | 'reset' | 'delay' | 'refuse'

/** What a trial runs on. */
export interface TrialOptions extends StoreOptions {
  readonly store: string
  readonly seed: number
  /** How far each process's clock is off, milliseconds: there are as many processes. */
  readonly offsets: readonly number[]
  /** How fast their clocks go. */
  readonly speed: number
  /** How many commands each has under way at once. */
  readonly callers: number
  /** What goes wrong, each once, in an order that the seed chooses. */
  readonly faults: readonly Fault[]
  /** Whether a proxy stands before the store's server, one for each process. */
  readonly isProxied: boolean
  /** What is looked at while there is a load and no fault. */
  readonly beforeFaults?: (urls: readonly string[]) => Promise<void>
}

/** How much there was, and what is wrong with it. */
export interface TrialEnd {
  readonly faults: readonly string[]
  readonly entries: number
  readonly arrivals: number
  /** Of webhooks. */
  readonly deliveries: number
  /** Ledger rows of deadlines. */
  readonly fallen: number
  /** What was done, in its order. */
  readonly story: string
}

/** How long the end may take, milliseconds: long enough for what is given again a dozen times. */
const DRAIN = 20_000

/** Sessions that are over within three seconds, on a clock that goes at a speed. */
function briefPolicy(speed: number): Policy {
  const ms = (duration: number) => (duration * speed) as DurationMs
  return {
    ...defaultPolicy,
    maximumLifetime: ms(2500),
    inactivityTimeout: ms(500),
    abandonment: { after: ms(1200), from: 'last-activity' },
    touchInterval: ms(5),
  }
}

/** Runs a trial. */
export async function runTrial(options: TrialOptions): Promise<TrialEnd> {
  const { sqlite, postgres, offsets } = options
  const epoch = Date.now()
  // No clock of the trial's is behind this one: what it dates was there before everything.
  const clock = driftingClock({ offset: Math.min(...offsets), speed: 1, epoch })
  await using store = await openStore(options.store, clock, { sqlite, postgres })
  await using trial = await Trial.begin(options, store, epoch)
  await trial.disturb()
  await trial.calm()
  await trial.drain()
  return await trial.end()
}

class Trial implements AsyncDisposable {
  readonly #options: TrialOptions
  readonly #store: Store
  readonly #receiver: Receiver
  /** One before the server for each process; none where there is no server. */
  readonly #proxies: readonly FaultyProxy[]
  readonly #epoch: number
  readonly #webhooks: TrialWebhooks
  readonly #chance: Chance
  /** Of its own, for they ask whenever they do. */
  readonly #readersChance: Chance
  readonly #processes: EventsProcess[] = []
  readonly #readers: FeedReader[] = []
  readonly #story: string[] = []
  #started = 0

  private constructor(
    options: TrialOptions,
    epoch: number,
    parts: {
      readonly store: Store
      readonly receiver: Receiver
      readonly proxies: readonly FaultyProxy[]
      readonly webhooks: TrialWebhooks
    },
  ) {
    this.#options = options
    this.#epoch = epoch
    this.#store = parts.store
    this.#receiver = parts.receiver
    this.#proxies = parts.proxies
    this.#webhooks = parts.webhooks
    this.#chance = seeded(options.seed)
    this.#readersChance = seeded(options.seed + 2)
  }

  static async begin(options: TrialOptions, store: Store, epoch: number): Promise<Trial> {
    const receiver = await Receiver.listening(seeded(options.seed + 1))
    const webhooks = await TrialWebhooks.to(receiver, store, options.store)
    const proxied = options.isProxied ? options.offsets : []
    const proxies = await Promise.all(proxied.map(() => FaultyProxy.before(options.store)))
    const trial = new Trial(options, epoch, { store, receiver, proxies, webhooks })
    for (const [place] of options.offsets.entries()) trial.#start(place)
    const reader = (following: Following) =>
      trial.#readers.push(new FeedReader({ following, key: KEY, url: () => trial.#someUrl() }))
    for (const limit of [7, 500]) reader({ by: 'poll', limit })
    reader({ by: 'stream' })
    try {
      await Promise.all(trial.#processes.map(({ ready }) => ready))
      await options.beforeFaults?.(trial.#urls())
      return trial
    } catch (error) {
      await trial[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Has everything go wrong that is to, one after the other, and some of it at once. */
  async disturb(): Promise<void> {
    const left = [...this.#options.faults]
    while (left.length > 0) {
      const [fault] = left.splice(this.#chance.below(left.length), 1)
      // One time in four it goes wrong while somebody still opens the store.
      if (this.#chance.below(4) > 0) await Promise.all(this.#processes.map(({ ready }) => ready))
      await wait(this.#chance.below(300))
      await this.#do(fault as Fault)
    }
    await wait(300)
  }

  /** No more faults, and no more load: everybody serves. */
  async calm(): Promise<void> {
    for (const proxy of this.#proxies) proxy.calm()
    this.#receiver.calm()
    await Promise.all(this.#processes.map(({ ready }) => ready))
    for (const process of this.#processes) process.tell('calm')
  }

  /** Waits until nothing is due any more, and all of it was told to everybody. */
  async drain(): Promise<void> {
    const until = performance.now() + DRAIN
    while (performance.now() < until) {
      await wait(50)
      if ((await this.#store.oldestDue()) !== null) continue
      const { total } = await this.#store.listLedger({ limit: 1 })
      const { taken, inbox } = this.#receiver
      const told = [taken.size, inbox.taken.size, ...this.#readers.map(({ ids }) => ids.length)]
      if (told.some((count) => count < total)) continue
      if (await this.#webhooks.isEmpty()) break
    }
    // What comes once too often comes now.
    await wait(150)
  }

  async end(): Promise<TrialEnd> {
    await Promise.all(this.#readers.map((reader) => reader[Symbol.asyncDispose]()))
    await Promise.all(this.#processes.map((process) => process.stop()))
    const { arrivals, inbox } = this.#receiver
    const read = new Map(this.#readers.map(({ name, ids }) => [name, ids]))
    const refusals = this.#readers.flatMap((reader) => reader.refusals)
    const told = { arrivals, read, webhooks: await this.#webhooks.evidence() }
    const faults = [...refusals, ...(await this.#leftLease()), ...(await faultsOf(this.#store, told))]
    const { rows, total: entries } = await this.#store.listLedger({ limit: 1000 })
    const fallen = rows.filter(({ cause }) => cause.endsWith('deadline')).length
    const counts = { entries, arrivals: arrivals.length, deliveries: inbox.arrivals.length, fallen }
    return { faults, ...counts, story: this.#story.join(', ') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()))
    await Promise.all(this.#readers.map((reader) => reader[Symbol.asyncDispose]()))
    await this.#receiver[Symbol.asyncDispose]()
    await this.#webhooks[Symbol.asyncDispose]()
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
  }

  /** Whoever stopped in order has given its lease up. */
  async #leftLease(): Promise<string[]> {
    const item = await this.#store.findItem('subscription', SUBSCRIPTION)
    const { holder } = JSON.parse(item?.value ?? '{}')
    return holder === null ? [] : [`the subscription is still held by ${holder}`]
  }

  async #do(fault: Fault): Promise<void> {
    const place = this.#chance.below(this.#processes.length)
    const milliseconds = 100 + this.#chance.below(700)
    // One time in two it is one of them that is cut off, and the others go on with what it had.
    const isOfAll = this.#chance.below(2) === 0
    const proxies = this.#proxies.filter((_, each) => isOfAll || each === place)
    this.#story.push(`${fault} ${isOfAll && !['kill', 'pause'].includes(fault) ? 'all' : place}`)
    switch (fault) {
      case 'kill':
        await this.#processes[place]?.kill()
        this.#start(place)
        if (this.#store.authority === 'database') await this.#endLease()
        return
      case 'pause':
        // Longer than any lease: that of the queue, and that of the subscription, which ends for it meanwhile.
        await Promise.all([
          this.#processes[place]?.pause(QUEUE_LEASE + 200 + this.#chance.below(QUEUE_LEASE)),
          wait(100).then(() => this.#endLease()),
        ])
        return
      case 'lease':
        return this.#endLease()
      case 'cut':
      case 'reset':
        for (const proxy of proxies) proxy.cut(fault === 'cut' ? 'end' : 'reset')
        return
      case 'delay':
        for (const proxy of proxies) proxy.delay(5 + this.#chance.below(30))
        break
      case 'refuse':
        for (const proxy of proxies) proxy.refuse()
        break
      default:
        fault satisfies never
    }
    await wait(milliseconds)
    for (const proxy of proxies) proxy.calm()
  }

  /** Brings forward when the lease is over: by the database's clock, which is nobody's to set, it is half a minute. */
  async #endLease(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      const item = await this.#store.findItem('subscription', SUBSCRIPTION)
      if (item === null) return
      const value = JSON.stringify({ ...JSON.parse(item.value), leasedUntil: 0 })
      isDone = await this.#store.putItem({ ...item, value })
    }
  }

  #start(place: number): void {
    const { store, offsets, speed, seed, callers, sqlite, postgres } = this.#options
    this.#started += 1
    const drift = { offset: offsets[place] ?? 0, speed, epoch: this.#epoch }
    const work = {
      ...{ store: this.#proxies[place]?.url ?? store, sqlite, postgres, drift, receiver: this.#receiver.url },
      ...{ name: `${place}_${this.#started}`, seed: seed + this.#started, callers, pause: 90 },
      policy: briefPolicy(this.#store.authority === 'database' ? 1 : speed),
      webhooks: this.#webhooks.times(speed),
    } satisfies Work
    this.#processes[place] = new EventsProcess(work)
  }

  #urls(): readonly string[] {
    return this.#processes.flatMap(({ url }) => url ?? [])
  }

  #someUrl(): string | null {
    const urls = this.#urls()
    return urls[this.#readersChance.below(urls.length)] ?? null
  }
}

/** How many rounds, and with which seeds: the first is the run's own, which a failure prints. */
export async function runTrials(
  rounds: number,
  options: (round: number) => Promise<TrialOptions>,
  say: (line: string) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const given = await options(round)
    const { faults, entries, arrivals, deliveries, fallen, story } = await runTrial(given)
    const counts = `${entries} rows, ${fallen} of the first of deadlines, ${arrivals} arrivals, ${deliveries} webhooks`
    say(`seed ${given.seed}: ${counts}; ${story}`)
    assert.deepEqual(faults, [], `seed ${given.seed}, after ${story}`)
    assert.ok(entries >= 40 && fallen >= 15, `seed ${given.seed}: the store was hardly under load`)
  }
}
