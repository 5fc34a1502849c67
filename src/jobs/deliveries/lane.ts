/**
 * The deliveries to one endpoint: taken from its queue, sent, and finished, retried or buried.
 *
 *   a job -- answered 2xx             --> gone
 *   a job -- failed                   --> waits by the schedule, and its session's later events behind it
 *   a job -- failed the last time     --> dead
 *   a job -- answered 410             --> dead, and the endpoint is disabled
 *   a job -- the endpoint is disabled --> dead, unsent
 *   a job -- the sender is closed     --> put back, for whoever comes next
 *   a job -- it is no webhook         --> dead, unsent: somebody else has put it in
 *
 * Whoever dies between sending and finishing sends again once the lease is over: the same bytes under the same id.
 */
import { scheduler } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { Randomness } from '../../domain/randomness.ts'
import { readWebhookMessage, type WebhookMessage } from '../../events/webhooks/message.ts'
import { retryDelay } from '../../events/webhooks/retry-schedule.ts'
import { SenderClosedError, type SendOutcome, type WebhookSender } from '../../events/webhooks/sender.ts'
import { queueOf, type WebhookEndpoint } from '../../service/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../service/webhooks/webhook-endpoints.ts'
import type { Job, Queues } from '../../store/queue.ts'
import { BackOff } from './back-off.ts'
import type { Slots } from './slots.ts'
import { Wakeup } from './wakeup.ts'

/** What became of an attempt, or of a job that was given up without one. */
export interface Delivery {
  readonly endpointId: string
  /** `null`, and the type too, where the job is no webhook. */
  readonly eventId: string | null
  readonly type: string | null
  readonly attempt: number
  readonly outcome: 'delivered' | 'failed' | 'dead'
  /** Why it failed or was given up; holds nothing of the URL. `null` where it was delivered. */
  readonly reason: string | null
  /** How long the attempt took, milliseconds; `null` where there was none. */
  readonly took: number | null
  /** In how long it is tried again, milliseconds; `null` where it is not. */
  readonly retryIn: number | null
}

/** What every lane is made of. */
export interface LaneOptions {
  readonly queues: Queues
  readonly clock: Clock
  /** The chance of an attempt, by its name: where a seed decides, it is the same whichever attempt is answered first. */
  readonly randomnessOf: (attempt: string) => Randomness
  readonly endpoints: Pick<WebhookEndpoints, 'find' | 'keysOf' | 'disable'>
  readonly sender: Pick<WebhookSender, 'send'>
  /** How many deliveries to one endpoint may be under way at once. */
  readonly concurrency: number
  /** How long after each attempt that failed the next one is made; `RETRY_DELAYS` where they are left out. */
  readonly retryDelays?: readonly DurationMs[] | undefined
  readonly slots: Slots
  /** How long it sleeps at most where nothing waits: others may have put something in. */
  readonly idle: DurationMs
  /** Told of every attempt; must not throw. */
  readonly onDelivery: (delivery: Delivery) => void
  readonly onFault: (error: unknown) => void
}

/** How long it sleeps where another is just taking what it saw, and where the store failed, milliseconds. */
const SHORTLY = 100
const AFTER_FAULT = 1000

const NO_WEBHOOK = 'it is no webhook, and cannot be read'
const GONE = 'it answered 410 Gone'

/** Delivers to one endpoint for as long as it runs. */
export class Lane {
  readonly #options: LaneOptions
  readonly #queue: string
  readonly #wakeup: Wakeup
  readonly #underway = new Set<Promise<void>>()
  #endpoint: WebhookEndpoint
  #backOff = new BackOff()
  /** Whether there may well be something to be taken, so that it is not asked first. */
  #isLikely = true
  #done: Job[] = []
  #finishing: Promise<void> | null = null
  #isStopped = false
  readonly #running: Promise<void>

  /** Begins at once. */
  constructor(endpoint: WebhookEndpoint, options: LaneOptions) {
    this.#endpoint = endpoint
    this.#options = options
    this.#queue = queueOf(endpoint)
    this.#wakeup = new Wakeup(options.clock)
    this.#running = this.#run()
  }

  /** Goes by the endpoint as it is now. One that somebody changed is tried at once. */
  update(endpoint: WebhookEndpoint): void {
    if (endpoint.version !== this.#endpoint.version) this.#backOff = new BackOff()
    this.#endpoint = endpoint
  }

  /** @param isLikely Whether something was put in, and not only that it may have been. */
  wake(isLikely: boolean): void {
    this.#isLikely ||= isLikely
    this.#wakeup.wake()
  }

  /** What is under way to the endpoint. */
  get underway(): readonly Promise<void>[] {
    return [...this.#underway]
  }

  /** Takes nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wakeup.wake()
    await this.#running
    await Promise.all(this.#underway)
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const { mark } = this.#wakeup
      const sleep = await this.#takeSome().catch((error: unknown) => {
        this.#options.onFault(error)
        return AFTER_FAULT
      })
      if (sleep > 0 && !this.#isStopped) await this.#wakeup.wait(mark, sleep)
    }
  }

  /** Takes what there is room for; answers how long to sleep then, milliseconds. */
  async #takeSome(): Promise<number> {
    const { clock, concurrency, idle, queues, slots } = this.#options
    const pause = this.#endpoint.disabled === null ? this.#backOff.pauseAt(clock.elapsed()) : 0
    if (pause > 0) return Math.min(pause, idle)
    const room = (this.#backOff.isFailing ? 1 : concurrency) - this.#underway.size
    // Whatever is finished wakes it.
    if (room <= 0) return idle
    if (!this.#isLikely) {
      const next = await queues.nextIn(this.#queue)
      if (next !== 0) return Math.min(next ?? idle, idle)
    }
    const free = slots.take(room)
    if (free === 0) {
      slots.onFree(() => this.wake(true))
      return idle
    }
    const jobs = await this.#take(free)
    for (const job of jobs) this.#begin(job)
    this.#isLikely = jobs.length > 0
    if (jobs.length > 0) return 0
    const next = await queues.nextIn(this.#queue)
    return Math.min(next === 0 ? SHORTLY : (next ?? idle), idle)
  }

  async #take(free: number): Promise<readonly Job[]> {
    const { queues, slots } = this.#options
    let taken = 0
    try {
      const jobs = await queues.take(this.#queue, free)
      taken = jobs.length
      return jobs
    } finally {
      slots.give(free - taken)
    }
  }

  #begin(job: Job): void {
    const { clock, slots, onFault } = this.#options
    const { round } = this.#backOff
    const delivery = this.#deliver(job)
      .catch((error: unknown) => {
        // Where the store failed, the job is taken again once its lease is over, and the others wait a little: those that it
        // failed together tell of one failure.
        this.#backOff.failed(round, clock.elapsed(), AFTER_FAULT)
        onFault(error)
      })
      .finally(() => {
        this.#underway.delete(delivery)
        slots.give(1)
        this.wake(true)
      })
    this.#underway.add(delivery)
  }

  async #deliver(job: Job): Promise<void> {
    const { endpoints, sender, clock } = this.#options
    const endpoint = await this.#fresh()
    const message = readWebhookMessage(job.data)
    if (message === null) return this.#bury(job, null, NO_WEBHOOK, null)
    if (endpoint.disabled !== null) {
      return this.#bury(job, message, `the endpoint is disabled: ${endpoint.disabled.reason}`, null)
    }
    const { round } = this.#backOff
    const keys = await endpoints.keysOf(endpoint, clock.now())
    const outcome = await sender.send(endpoint.url, message, keys).catch(cutOff)
    if (outcome === null) return this.#putBack(job)
    if (outcome.failure === null) return this.#succeed(job, message, outcome)
    this.#backOff.failed(round, clock.elapsed(), outcome.retryAfter ?? 0)
    if (outcome.status === 410) {
      const disabled = await endpoints.disable(endpoint.id, GONE)
      if (disabled !== null) this.update(disabled)
      return this.#bury(job, message, `the endpoint is disabled: ${GONE}`, outcome.took)
    }
    return this.#retry(job, message, outcome.failure, outcome)
  }

  /** The endpoint; read anew where it is disabled: somebody may just have enabled it, and redriven what was buried. */
  async #fresh(): Promise<WebhookEndpoint> {
    if (this.#endpoint.disabled === null) return this.#endpoint
    const endpoint = await this.#options.endpoints.find(this.#endpoint.id)
    if (endpoint !== null) this.update(endpoint)
    return this.#endpoint
  }

  async #succeed(job: Job, message: WebhookMessage, { took }: SendOutcome): Promise<void> {
    this.#backOff.succeeded()
    await this.#finish(job)
    this.#tell(job, message, { outcome: 'delivered', reason: null, took, retryIn: null })
  }

  async #retry(job: Job, message: WebhookMessage, reason: string, { retryAfter, took }: SendOutcome): Promise<void> {
    const { queues, randomnessOf, retryDelays } = this.#options
    const randomness = randomnessOf(JSON.stringify([this.#endpoint.id, message.id, job.attempt]))
    const delay = retryDelay(job.attempt, retryAfter, randomness, retryDelays)
    if (delay === null) return this.#bury(job, message, reason, took)
    await queues.retry(job, delay, reason)
    this.#tell(job, message, { outcome: 'failed', reason, took, retryIn: delay })
  }

  /** It was cut off by this process, which says nothing of the receiver; only the attempt is counted. */
  async #putBack(job: Job): Promise<void> {
    // Nothing can be sent any more: what is taken would only be put back.
    this.#isStopped = true
    await this.#options.queues.retry(job, 0 as DurationMs, 'it was cut off: the process was stopped')
  }

  async #bury(job: Job, message: WebhookMessage | null, reason: string, took: number | null): Promise<void> {
    await this.#options.queues.bury(job, reason)
    this.#tell(job, message, { outcome: 'dead', reason, took, retryIn: null })
  }

  /** Finishes a job together with those that are done in the same turn of the event loop: a write for all of them. */
  async #finish(job: Job): Promise<void> {
    this.#done.push(job)
    this.#finishing ??= scheduler.yield().then(() => {
      const jobs = this.#done
      this.#done = []
      this.#finishing = null
      return this.#options.queues.finish(jobs)
    })
    await this.#finishing
  }

  #tell(
    { attempt }: Job,
    message: WebhookMessage | null,
    result: Pick<Delivery, 'outcome' | 'reason' | 'took' | 'retryIn'>,
  ): void {
    const { id: eventId, type } = message ?? { id: null, type: null }
    this.#options.onDelivery({ endpointId: this.#endpoint.id, eventId, type, attempt, ...result })
  }
}

/** Of a sender that was closed there is no outcome. */
function cutOff(error: unknown): null {
  if (error instanceof SenderClosedError) return null
  throw error
}
