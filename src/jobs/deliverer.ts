/** Delivers what waits for webhook endpoints: a lane an endpoint, each with its own pace. */
import { scheduler } from 'node:timers/promises'
import type { TimerHandle } from '../domain/clock.ts'
import { queueOf, type WebhookEndpoint } from '../service/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../service/webhooks/webhook-endpoints.ts'
import { Lane, type LaneOptions } from './deliveries/lane.ts'
import { Slots } from './deliveries/slots.ts'

/** What a deliverer is made of. */
export interface DelivererOptions extends Omit<LaneOptions, 'slots' | 'endpoints'> {
  readonly endpoints: Pick<WebhookEndpoints, 'list' | 'seal' | 'find' | 'keysOf' | 'disable'>
}

/** How many endpoints may have all the deliveries under way that are theirs, so that one that hangs stops no other. */
const FULL_LANES = 8

/**
 * Delivers for as long as it runs.
 *
 * What another process changes of endpoints, and puts into their queues, is seen within five seconds.
 */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #slots: Slots
  /** Lanes of endpoints that were removed, until what they have under way is done. */
  readonly #closing = new Set<Promise<void>>()
  /** Queues of endpoints that were removed: a process that did not know yet may put something in. */
  readonly #removed = new Set<string>()
  #timer: TimerHandle | null = null
  #look: Promise<void> | null = null
  /** Whether there was a reason to look again while the endpoints were looked at. */
  #isAsked = false
  #isStopped = false

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#slots = new Slots(options.concurrency * FULL_LANES)
  }

  /** Begins at once, with what waits from before. */
  start(): void {
    const { clock, idle, onFault } = this.#options
    this.#timer = null
    this.#isAsked = false
    this.#look = this.#lookAtEndpoints()
      .catch(onFault)
      .finally(() => {
        this.#look = null
        if (this.#isStopped) return
        if (this.#isAsked) this.start()
        else this.#timer = clock.setTimeout(() => this.start(), idle)
      })
  }

  /** Told of the endpoints that something was put in for. */
  readonly put = (endpointIds: readonly string[]): void => {
    if (this.#isStopped) return
    for (const id of endpointIds) this.#lanes.get(id)?.wake(true)
    if (!endpointIds.every((id) => this.#lanes.has(id))) this.#lookAgain()
  }

  /** Looks now at what somebody changed of endpoints, or put back into their queues; done once every lane knows. */
  async look(): Promise<void> {
    this.#lookAgain()
    while (this.#look !== null) await this.#look
  }

  /** Waits until nothing is under way, nor what that led to at once. */
  async settled(): Promise<void> {
    for (;;) {
      const underway = [...this.#lanes.values()].flatMap((lane) => lane.underway)
      if (underway.length === 0) return
      await Promise.all(underway)
      // What was done may make room for the next of its session.
      await scheduler.yield()
    }
  }

  /** Takes nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    await this.#look
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()))
    await Promise.all(this.#closing)
  }

  /** Looks now, or again where a look is under way: it may have begun too early. */
  #lookAgain(): void {
    this.#isAsked = true
    if (this.#look !== null || this.#isStopped) return
    this.#options.clock.clearTimeout(this.#timer)
    this.start()
  }

  async #lookAtEndpoints(): Promise<void> {
    const { endpoints, queues } = this.#options
    const removed = [...this.#removed]
    const listed = await endpoints.list()
    if (this.#isStopped) return
    for (const endpoint of listed) this.#keep(endpoint)
    const ids = new Set(listed.map(({ id }) => id))
    for (const id of [...this.#lanes.keys()]) if (!ids.has(id)) this.#drop(id)
    // Where the store fails at these, they are done at the next look.
    for (const queue of removed) {
      await queues.remove(queue)
      this.#removed.delete(queue)
    }
    await endpoints.seal(listed)
  }

  #keep(endpoint: WebhookEndpoint): void {
    const lane = this.#lanes.get(endpoint.id)
    if (lane === undefined) {
      this.#lanes.set(endpoint.id, new Lane(endpoint, { ...this.#options, slots: this.#slots }))
      return
    }
    lane.update(endpoint)
    lane.wake(false)
  }

  #drop(id: string): void {
    const lane = this.#lanes.get(id)
    this.#lanes.delete(id)
    const closing = (lane?.stop() ?? Promise.resolve()).then(() => {
      this.#closing.delete(closing)
      this.#removed.add(queueOf({ id }))
    })
    this.#closing.add(closing)
  }
}
