import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { StoreError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/instant.ts'
import { STATUSES } from '../domain/status.ts'
import { isRecordedTouch } from '../domain/transition.ts'
import type { ClientChange, Store } from '../store/port.ts'
import { sweepLag } from './readiness.ts'

/** How long a count of live sessions is good for, milliseconds: counting goes through all that are open. */
const COUNT_FRESH = 60_000

/** How many due sessions are counted at most. */
const MAXIMUM_BACKLOG = 100_000

/** What a service counts and measures of itself, as Prometheus reads it. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Histogram<'method' | 'route' | 'status'>
  readonly #transitions: Counter<'cause'>
  readonly #webhooks: Counter<'outcome'>
  readonly #store: Store
  #live: { readonly count: number; readonly at: EpochMs } | null = null

  /** @param isOfProcess Whether to tell of the process too: its memory, its processor time, its event loop. */
  constructor(store: Store, isOfProcess: boolean) {
    this.#store = store
    const registers = [this.#registry]
    if (isOfProcess) collectDefaultMetrics({ register: this.#registry })
    this.#requests = new Histogram({
      name: 'tenure_http_request_duration_seconds',
      help: 'How long requests took, from their headers to the last byte of their answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    })
    this.#transitions = new Counter({
      name: 'tenure_transitions_total',
      help: 'Transitions that this process has written, by their cause.',
      labelNames: ['cause'],
      registers,
    })
    this.#webhooks = new Counter({
      name: 'tenure_webhook_deliveries_total',
      help: 'Webhooks that this process has delivered, that failed and are tried again, and that are dead, by attempt.',
      labelNames: ['outcome'],
      registers,
    })
    this.#addGauges(registers)
  }

  /** What a registry answers with. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Counts a request that was answered. */
  request(method: string, route: string, status: number, milliseconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, milliseconds / 1000)
  }

  /** Counts an attempt to deliver a webhook. */
  delivery(outcome: 'delivered' | 'failed' | 'dead'): void {
    this.#webhooks.inc({ outcome })
  }

  /** Counts what was written; made to be the observer of a store. */
  readonly written = (changes: readonly ClientChange[]): void => {
    for (const { transitions } of changes) {
      for (const each of transitions) if (!isRecordedTouch(each)) this.#transitions.inc({ cause: each.cause })
    }
  }

  /** Everything, in the text format. What the store has to say is not a number while it does not answer. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  #addGauges(registers: Registry[]): void {
    this.#gauge('tenure_store_up', 'Whether the store answers: 1, or not a number.', registers, async () => {
      await this.#store.oldestDue()
      return 1
    })
    this.#gauge(
      'tenure_live_sessions',
      'Sessions that are pending or active, as counted within a minute.',
      registers,
      () => this.#countLive(),
    )
    this.#gauge(
      'tenure_sweep_lag_seconds',
      'How long ago the oldest deadline fell that is not written down yet.',
      registers,
      async () => {
        return (await sweepLag(this.#store)) / 1000
      },
    )
    const backlog = `Sessions whose deadline fell and whose transition is not in the ledger yet, up to ${MAXIMUM_BACKLOG}.`
    this.#gauge('tenure_outbox_backlog', backlog, registers, async () => {
      return this.#store.countDue(await this.#store.now(), MAXIMUM_BACKLOG)
    })
  }

  #gauge(name: string, help: string, registers: Registry[], measure: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        try {
          this.set(await measure())
        } catch (error) {
          if (!(error instanceof StoreError)) throw error
          // What else there is to tell is wanted most when the store is away.
          this.set(Number.NaN)
        }
      },
    })
  }

  async #countLive(): Promise<number> {
    const now = await this.#store.now()
    if (this.#live !== null && now >= this.#live.at && now < this.#live.at + COUNT_FRESH) return this.#live.count
    const status = STATUSES.filter((each) => each === 'pending' || each === 'active')
    const { total } = await this.#store.listSessions({ status, asOf: now, limit: 1 })
    this.#live = { count: total, at: now }
    return total
  }
}
