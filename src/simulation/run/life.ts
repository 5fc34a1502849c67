import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, LONGEST_DELAY } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { Purger } from '../../jobs/purger.ts'
import { Sweeper } from '../../jobs/sweeper.ts'
import type { PassOptions } from '../../service/bounded-pass.ts'
import { EVENT_TYPES, type SessionEvent } from '../../service/events/event.ts'
import { FeedSignal } from '../../service/events/feed-signal.ts'
import { openTenure } from '../../service/open-tenure.ts'
import type { Subscribed, Tenure } from '../../service/tenure.ts'
import { observeStore } from '../../store/observed-store.ts'
import type { ClientChange, Store } from '../../store/port.ts'
import type { Job, NewJob } from '../../store/queue.ts'
import type { FaultKind } from '../faults/fault-kinds.ts'
import type { Faults } from '../faults/faults.ts'
import type { Probe, StoreHost } from '../faults/faulty-call.ts'
import { faultyStore } from '../faults/faulty-store.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import { around, happens } from './chance.ts'
import type { ProcessClock } from './process-clock.ts'
import type { Receiver } from './receiver.ts'
import { startWebhooks } from './webhook-jobs.ts'
import { WEBHOOK_LEASE, type World } from './world.ts'

/** The process died while it was asked: nobody knows what became of it. */
class ProcessDied extends Error {}

/** What a handler of events throws where it is to fail. */
class DeliveryFailed extends Error {}

/** The name that all processes subscribe by. */
const SUBSCRIPTION = 'audience'

/** How long a process goes through the events each time, milliseconds: once it has caught up, it waits for more. */
const WATCH = 3000

/** For how long a process says that it is not ready, for its sweep is held, until it is started anew, milliseconds. */
const UNREADY = 60_000

/** One life of a process, from its start until it dies: the real service, with its real jobs, over the shared store. */
export class Life implements StoreHost {
  readonly name: string
  readonly agenda: World['agenda']
  readonly database: World['database']
  readonly authority: 'process' | 'database'
  readonly judge: Clock
  readonly randomness: SeededRandomness
  readonly lease = WEBHOOK_LEASE
  readonly #world: World
  readonly #clock: Clock
  readonly #deliveries: SeededRandomness
  readonly #onDeath: () => void
  readonly #asked = new Set<(error: Error) => void>()
  #isAlive = true
  #pausedUntil = 0
  /** What goes on once it is paused no more, in order. */
  readonly #held = new Set<() => void>()
  /** How many of its calls are under way: those that it dies of never end. */
  #passes = 0
  #tenure: Tenure | null = null
  /** Goes along with a command through whatever it waits for: others have their turns meanwhile. */
  readonly #probes = new AsyncLocalStorage<Probe | null>()

  constructor(world: World, name: string, machine: ProcessClock, onDeath: () => void) {
    this.name = name
    this.#world = world
    this.agenda = world.agenda
    this.database = world.database
    this.authority = world.scenario.workload.authority
    this.#clock = machine.clockFor((fire) => this.wake(fire))
    this.judge = this.authority === 'database' ? world.databaseClock : this.#clock
    this.randomness = world.randomness.fork(`store of ${name}`)
    this.#deliveries = world.randomness.fork(`deliveries of ${name}`)
    this.#onDeath = onDeath
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Whether it can be asked. */
  get isUp(): boolean {
    return this.#isAlive && this.#tenure !== null
  }

  get faults(): Faults | null {
    return this.#world.isFaulty ? this.#world.scenario.faults : null
  }

  /** Opens the service, and begins its jobs. */
  async start(): Promise<void> {
    const { policy, workload } = this.#world.scenario
    const clock = this.#clock
    const store = observeStore(faultyStore(this), (changes) => {
      sweeper.written(changes)
      feed.written(changes)
    })
    const feed = new FeedSignal(store, clock, Math.min(workload.eventsEvery, LONGEST_DELAY) as DurationMs)
    const randomness = this.#world.randomness.fork(`ids of ${this.name}`)
    const tenure = await openTenure({ store, policy, clock, randomness, recordTouches: workload.recordTouches })
    const onFault = (error: unknown) => this.#judge('a job', error)
    const counted = {
      sweep: (options?: PassOptions) => this.#passing(() => tenure.sweep(options)),
      purge: (options?: PassOptions) => this.#passing(() => tenure.purge(options)),
    }
    const sweeper: Sweeper = new Sweeper({
      ...{ tenure: counted, store, clock, onFault },
      interval: workload.sweepInterval,
      maximumClockStep: workload.maxClockStep,
      onClockStep: () => {
        this.#world.journal.meet('sweep held by a clock')
        this.agenda.at(this.agenda.now + UNREADY, () => {
          if (this.#isAlive && sweeper.isHeld) this.crash()
        })
      },
    })
    this.#tenure = tenure
    sweeper.start()
    new Purger({ tenure: counted, store, clock, onFault, interval: workload.purgeInterval }).start()
    this.#watchNowAndThen(tenure)
    await this.#startWebhooks(store, feed)
  }

  /** Asks the service something, once it is there to be asked. @throws {ProcessDied} Where it dies meanwhile. */
  ask<T>(use: (tenure: Tenure) => Promise<T>, probe: Probe | null = null): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#asked.add(reject)
    this.wake(() => {
      const answer = this.#probes.run(probe, () => this.#passing(() => use(this.#tenure as Tenure)))
      answer.then(resolve, reject)
    })
    return promise.finally(() => this.#asked.delete(reject))
  }

  /** Stays with the events from now on. */
  async watchToTheEnd(): Promise<void> {
    if (this.#tenure !== null) await this.#subscribe(this.#tenure)
  }

  wake(fire: () => void): void {
    if (!this.#isAlive) return
    if (this.agenda.now < this.#pausedUntil) this.#hold(fire)
    else {
      this.agenda.stirred += 1
      fire()
    }
  }

  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.agenda.now + milliseconds)
  }

  /** Goes on, however long the pause was to be. */
  resume(): void {
    this.#pausedUntil = this.agenda.now
    for (const goOn of [...this.#held]) this.agenda.at(this.agenda.now, goOn)
  }

  crash(): void {
    this.#isAlive = false
    this.agenda.passes -= this.#passes
    for (const reject of this.#asked) reject(new ProcessDied('the process has died'))
    this.#onDeath()
  }

  met(kind: FaultKind, call: string): void {
    this.#world.journal.meet(`fault ${kind}`)
    if (kind !== 'delay') this.#world.journal.note(`${this.name} ${kind} at ${call}`)
  }

  committed(changes: readonly ClientChange[], now: EpochMs): void {
    if (changes.length === 0) return
    this.#world.oracle.committed(changes, now)
    this.#world.audience.committed(changes)
    for (const { receiver } of this.#world.receivers) receiver.committed(changes)
  }

  queued(jobs: readonly NewJob[]): void {
    for (const { queue, data } of jobs) this.#receiverOf(queue)?.queued(data)
  }

  buried(job: Job): void {
    this.#receiverOf(job.queue)?.buried(job)
  }

  jobWaits(milliseconds: number): void {
    this.agenda.putOffUntil = Math.max(this.agenda.putOffUntil, this.judge.now() + milliseconds)
  }

  get probe(): Probe | null {
    return this.#probes.getStore() ?? null
  }

  async #startWebhooks(store: Store, feed: FeedSignal): Promise<void> {
    const { receivers, scenario, journal, randomness } = this.#world
    if (receivers.length === 0) return
    await startWebhooks({
      ...{ host: this, clock: this.#clock, journal, store, feed },
      randomness: randomness.fork(`webhooks of ${this.name}`),
      receivers: new Map(receivers.map(({ url, receiver }) => [url, receiver])),
      retryDelays: scenario.workload.webhookRetries,
      onFault: (error) => this.#judge('webhooks', error),
    })
  }

  #receiverOf(queue: string): Receiver | undefined {
    return this.#world.receivers.find((each) => each.queue === queue)?.receiver
  }

  #hold(fire: () => void): void {
    const goOn = () => {
      if (this.#held.delete(goOn)) this.wake(fire)
    }
    this.#held.add(goOn)
    this.agenda.at(this.#pausedUntil, goOn)
  }

  /** Says while it is under way that a pass is, for passes give up their turn. */
  async #passing<T>(work: () => Promise<T>): Promise<T> {
    this.#passes += 1
    this.agenda.passes += 1
    try {
      return await work()
    } finally {
      this.agenda.passes -= 1
      this.agenda.stirred += 1
      this.#passes -= 1
    }
  }

  async #watchNowAndThen(tenure: Tenure): Promise<void> {
    const { eventsEvery } = this.#world.scenario.workload
    while (this.#isAlive) {
      await this.#sleep(eventsEvery / 2 + this.#deliveries.integer(eventsEvery))
      if (this.agenda.now >= this.#world.end) return
      const subscribed = await this.#subscribe(tenure)
      await this.#sleep(WATCH)
      await subscribed?.stop()
    }
  }

  async #subscribe(tenure: Tenure): Promise<Subscribed | null> {
    const onFault = (error: unknown) => this.#judge('a subscription', error)
    try {
      const handler = (event: SessionEvent) => this.#handle(event)
      return await tenure.on(EVENT_TYPES, handler, { name: SUBSCRIPTION, from: 'beginning', onFault })
    } catch (error) {
      onFault(error)
      return null
    }
  }

  async #handle(event: SessionEvent): Promise<void> {
    const { audience, journal } = this.#world
    const { faults } = this
    const isHit = (kind: FaultKind, chance: number) => {
      if (!happens(this.#deliveries, chance)) return false
      this.met(kind, event.sessionId)
      return true
    }
    if (faults !== null && isHit('failed-delivery', faults.failedDeliveries)) throw new DeliveryFailed()
    if (faults !== null && isHit('slow-delivery', faults.slowDeliveries)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.agenda.putOff(around(this.#deliveries, faults.deliveryDelay), () => this.wake(resolve))
      await promise
    }
    journal.note(`${this.name} tells ${event.sessionId} v${event.version} ${event.to}`)
    audience.take(event)
    if (faults !== null && isHit('reordered-delivery', faults.reorderedDeliveries)) {
      this.agenda.putOff(around(this.#deliveries, faults.deliveryDelay), () => audience.apply(event))
    } else audience.apply(event)
    if (faults !== null && isHit('duplicate-delivery', faults.duplicateDeliveries)) throw new DeliveryFailed()
  }

  async #sleep(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= LONGEST_DELAY) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#clock.setTimeout(resolve, Math.min(left, LONGEST_DELAY))
      await promise
    }
  }

  #judge(who: string, error: unknown): void {
    if (isExpected(error)) return
    this.#world.journal.breach('no-other-error', `${who} of ${this.name}: ${(error as Error)?.stack ?? error}`)
  }
}

/** Whether a failure is one that was made, or one that a fault may lead to. */
export function isExpected(error: unknown): boolean {
  if (error instanceof StoreError) return error.isRetryable
  return error instanceof ProcessDied || error instanceof DeliveryFailed
}
