import { scheduler } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { DEFAULT_LEASE, expectLimit, expectQueueName, MAXIMUM_DEAD_LISTED, soundJob, soundReason } from '../job.ts'
import type { DeadJob, Job, QueueCounts, QueueOptions, Queues, QueueWrite } from '../queue.ts'
import { expectWritten, transact } from './commit.ts'
import type { Items } from './items.ts'
import { Jobs } from './jobs.ts'
import type { Statements } from './statements.ts'

/** The open database that queues are in. */
export interface QueueDatabase {
  readonly clock: Clock
  readonly statements: Statements
  readonly items: Items
  /** Reads; throws where the store is closed. */
  run<T>(work: () => T): T
  /** Writes; the same, and where the file is not there any more. */
  write<T>(work: () => T): T
}

/** After how many rows that are written at once others get a turn: the process stands still meanwhile. */
const BATCH = 1_000

/** Queues in the store's own tables, on its own connection. Nobody subscribes to them: publications are passed over. */
export class SqliteQueues implements Queues {
  readonly #database: QueueDatabase
  readonly #jobs: Jobs
  readonly #lease: number
  #isClosed = false

  constructor(database: QueueDatabase, { lease = DEFAULT_LEASE as DurationMs }: QueueOptions) {
    this.#database = database
    this.#jobs = new Jobs(database.statements)
    this.#lease = lease
  }

  async put({ jobs, place }: QueueWrite): Promise<boolean> {
    const sound = jobs.map(soundJob)
    const now = this.#now()
    const written = this.#transact(() => {
      expectWritten(this.#database.items.put(place))
      for (const job of sound) this.#jobs.put(job, now)
      return true
    })
    return written !== null
  }

  async take(queue: string, limit: number): Promise<readonly Job[]> {
    expectQueueName(queue)
    expectLimit(limit)
    const now = this.#now()
    // Who looks and finds nothing keeps nobody from writing.
    if (!this.#read(() => this.#jobs.isReady(queue, now))) return []
    return this.#transact(() => this.#jobs.take(queue, limit, now, now + this.#lease)) ?? []
  }

  async finish(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return
    this.#transact(() => {
      for (const job of jobs) this.#jobs.finish(job)
    })
  }

  async retry(job: Job, delay: DurationMs, reason: string): Promise<void> {
    this.#transact(() => this.#jobs.retry(job, this.#now() + delay, soundReason(reason)))
  }

  async bury(job: Job, reason: string): Promise<void> {
    this.#transact(() => this.#jobs.bury(job, this.#now(), soundReason(reason)))
  }

  async nextIn(queue: string): Promise<number | null> {
    expectQueueName(queue)
    const at = this.#read(() => this.#jobs.nextAt(queue))
    return at === null ? null : Math.max(0, at - this.#now())
  }

  async listDead(
    queue: string,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly DeadJob[]> {
    expectQueueName(queue)
    expectLimit(limit)
    return this.#read(() => this.#jobs.listDead(queue, Math.min(limit, MAXIMUM_DEAD_LISTED), after))
  }

  async redrive(queue: string, ids?: readonly string[]): Promise<number> {
    expectQueueName(queue)
    if (ids !== undefined) return this.#transact(() => this.#jobs.redriveEach(queue, ids, this.#now())) ?? 0
    // What dies again meanwhile is not tried again.
    const upTo = this.#read(() => this.#jobs.lastDead(queue))
    let total = 0
    for (let after = 0; after < upTo; ) {
      const done = this.#transact(() => this.#jobs.redriveRange(queue, { after, upTo }, BATCH, this.#now()))
      total += done?.count ?? 0
      after = done?.last ?? upTo
      await scheduler.yield()
    }
    return total
  }

  async count(queue: string): Promise<QueueCounts> {
    expectQueueName(queue)
    return this.#read(() => this.#jobs.count(queue))
  }

  async remove(queue: string): Promise<void> {
    expectQueueName(queue)
    while (this.#transact(() => this.#jobs.deleteSome(queue, BATCH)) === BATCH) await scheduler.yield()
  }

  async deleteDead(buriedBy: EpochMs, limit: number): Promise<number> {
    return this.#transact(() => this.#jobs.deleteDead(buriedBy, limit)) ?? 0
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #now(): EpochMs {
    return this.#database.clock.now()
  }

  #read<T>(work: () => T): T {
    this.#expectOpen()
    return this.#database.run(work)
  }

  #transact<T>(work: () => T): T | null {
    this.#expectOpen()
    return this.#database.write(() => transact(this.#database.statements, work))
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new StoreError('ERR_STORE_CLOSED', 'the queues are closed')
  }
}
