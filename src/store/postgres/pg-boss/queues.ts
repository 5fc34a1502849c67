import type { CommandResponse, JobAttempt, PgBoss } from 'pg-boss'
import type { DurationMs } from '../../../domain/duration.ts'
import { StoreError } from '../../../domain/errors.ts'
import type { EpochMs } from '../../../domain/instant.ts'
import { DEFAULT_LEASE, expectLimit, expectQueueName, soundJob, soundReason } from '../../job.ts'
import type { DeadJob, Job, NewJob, QueueCounts, QueueOptions, Queues, QueueWrite } from '../../queue.ts'
import type { Connection, Database, Statement } from '../database.ts'
import { isConflict, isMissing, toStoreError } from '../faults.ts'
import { putStatement } from '../items.ts'
import { listOf } from '../rows.ts'
import type { Statements } from '../statements.ts'
import { inTransaction } from '../transaction.ts'
import { type IdSeed, JobIds, SEED } from './job-ids.ts'
import { deadOf, toDeadInsert, toDeadJob, toInsert, toInsertAnew, toJobs } from './job-rows.ts'
import { DEAD_QUEUE, databaseOf, openBoss, QUEUE, stopBoss } from './open-boss.ts'
import { publish } from './publications.ts'
import { type EngineStatements, engineStatementsOf } from './statements.ts'

/** The open database that queues are in. */
export interface QueueDatabase {
  readonly database: Database
  readonly statements: Statements
  /** Does what is asked while the store is open, which is closed behind it. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** How many of the dead are put in anew in one transaction. */
const BATCH = 1_000

/** How often something is tried whose queue others make or remove meanwhile. */
const TRIES = 5

/** An id before every other. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/** Opens queues: starts the engine, whose tables are made where they are not there. */
export async function openPgBossQueues(parts: QueueDatabase, options: QueueOptions): Promise<Queues> {
  const onFault = options.onFault ?? (() => {})
  const boss = await openBoss(parts.database, (error) => onFault(toStoreError(error)))
  return new PgBossQueues(boss, parts, { ...options, onFault })
}

/**
 * Queues of pg-boss, in the store's own database: one of the engine's a queue, which takes its jobs in order by key, and
 * one for its dead. What time it is, the database says.
 *
 * Jobs are taken by a statement of our own, for the engine's reads all that waits. A job that is done is deleted. What the engine does by itself is look after its tables; whose lease has ended it finds
 * once a minute, and so `take` looks too.
 */
class PgBossQueues implements Queues {
  readonly #boss: PgBoss
  readonly #parts: QueueDatabase
  readonly #engine: EngineStatements
  /** In seconds, as the engine counts. */
  readonly #lease: number
  readonly #onFault: (error: unknown) => void
  readonly #known = new Set<string>()
  #closed: Promise<void> | null = null

  constructor(
    boss: PgBoss,
    parts: QueueDatabase,
    { lease = DEFAULT_LEASE as DurationMs, onFault }: QueueOptions & { readonly onFault: (error: unknown) => void },
  ) {
    this.#boss = boss
    this.#parts = parts
    this.#engine = engineStatementsOf(parts.database.settings.queueSchema)
    this.#lease = Math.max(1, Math.ceil(lease / 1_000))
    this.#onFault = onFault
  }

  async put(write: QueueWrite): Promise<boolean> {
    const jobs = write.jobs.map(soundJob)
    const queues = Map.groupBy(jobs, ({ queue }) => queue)
    const place = putStatement(this.#parts.statements, write.place)
    const result = await this.#ask(async () => {
      try {
        return await this.#withQueues(queues.keys(), () => this.#putOnce(queues, place, write.publications))
      } catch (error) {
        if (isConflict(error)) return null
        throw error
      }
    })
    return result !== null
  }

  async take(queue: string, limit: number): Promise<readonly Job[]> {
    expectQueueName(queue)
    expectLimit(limit)
    return this.#ask(async () => {
      try {
        return await this.#parts.database.hold((connection) => this.#take(connection, queue, limit))
      } catch (error) {
        // Others were at the same jobs.
        if (isConflict(toStoreError(error))) return []
        throw error
      }
    }, [])
  }

  async finish(jobs: readonly Job[]): Promise<void> {
    for (const [queue, each] of Map.groupBy(jobs.filter(isOurs), (job) => job.queue)) {
      await this.#ask(() => this.#parts.database.hold((connection) => this.#delete(connection, queue, each)), 0)
    }
  }

  async retry(job: Job, delay: DurationMs, reason: string): Promise<void> {
    if (!isOurs(job)) return
    await this.#transact(async (connection) => {
      const db = databaseOf(connection)
      const failed = await this.#boss.fail(job.queue, [attemptOf(job)], { message: soundReason(reason) }, { db })
      if (affectedBy(failed) === 0) return null
      return this.#boss.update(job.queue, undefined, { id: job.id, startAfter: delay / 1_000, db })
    })
  }

  async bury(job: Job, reason: string): Promise<void> {
    if (!isOurs(job)) return
    const sound = { ...job, ...soundJob(job) }
    await this.#transact(async (connection) => {
      const [ids, deleted] = await Promise.all([this.#newIds(connection), this.#delete(connection, job.queue, [job])])
      if (deleted === 0) return null
      return this.#insert(connection, deadOf(job.queue), [
        toDeadInsert(sound, ids, { reason: soundReason(reason), lease: this.#lease }),
      ])
    })
  }

  async nextIn(queue: string): Promise<number | null> {
    expectQueueName(queue)
    const [row] = await this.#query({ text: this.#engine.nextIn, values: [queue] })
    const next = row?.['next_in'] as number | null
    return next === null ? null : Math.max(0, next)
  }

  async listDead(
    queue: string,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly DeadJob[]> {
    expectQueueName(queue)
    expectLimit(limit)
    const from = after !== undefined && isId(after) ? after : FIRST
    const rows = await this.#query({ text: this.#engine.dead, values: [deadOf(queue), from, limit] })
    return rows.map(toDeadJob)
  }

  async redrive(queue: string, ids?: readonly string[]): Promise<number> {
    expectQueueName(queue)
    const dead = deadOf(queue)
    if (ids !== undefined) {
      const { length } = await this.#redrive(queue, {
        text: this.#engine.lockDeadOf,
        values: [dead, listOf(ids.filter(isId))],
      })
      return length
    }
    // What dies again meanwhile is not tried again.
    const [last] = await this.#query({ text: this.#engine.lastDead, values: [dead] })
    let total = 0
    for (let after: string | undefined = FIRST; last !== undefined && after !== undefined; ) {
      const values = [dead, after, last['id'] as string, BATCH]
      const done: readonly string[] = await this.#redrive(queue, { text: this.#engine.lockDead, values })
      total += done.length
      after = done.at(-1)
    }
    return total
  }

  async count(queue: string): Promise<QueueCounts> {
    expectQueueName(queue)
    const [row] = await this.#query({ text: this.#engine.count, values: [queue, deadOf(queue)] })
    return { open: row?.['open'] as number, dead: row?.['dead'] as number }
  }

  async remove(queue: string): Promise<void> {
    expectQueueName(queue)
    this.#known.delete(queue)
    for (const name of [queue, deadOf(queue)]) await this.#ask(() => this.#remove(name))
  }

  async deleteDead(buriedBy: EpochMs, limit: number): Promise<number> {
    const text = this.#engine.deleteOldDead
    return (await this.#query({ text, values: [buriedBy, limit], isWrite: true })).length
  }

  close(): Promise<void> {
    this.#closed ??= stopBoss(this.#boss)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #putOnce(
    queues: ReadonlyMap<string, readonly NewJob[]>,
    place: Statement,
    publications: QueueWrite['publications'],
  ): Promise<true | null> {
    return inTransaction(this.#parts.database, async (connection) => {
      const types = [...new Set(publications.map(({ type }) => type))]
      const subscribed = { text: this.#engine.subscribed, values: [listOf(types)] }
      const [written, ids, subscriptions] = await Promise.all([
        connection.query(place),
        this.#newIds(connection),
        types.length === 0 ? [] : connection.query(subscribed),
      ])
      if (written.length === 0) return null
      for (const [queue, jobs] of queues) {
        await this.#insert(
          connection,
          queue,
          jobs.map((job) => toInsert(job, ids, this.#lease)),
        )
      }
      await publish(this.#boss, publications, { subscriptions, connection, ids, onFault: this.#onFault })
      return true
    })
  }

  async #take(connection: Connection, queue: string, limit: number): Promise<readonly Job[]> {
    const db = databaseOf(connection)
    const fetch = async (count: number) =>
      connection.query({ text: this.#engine.take, values: [queue, count], isWrite: true })
    const [ended, taken] = await Promise.all([
      connection.query({ text: this.#engine.expired, values: [queue] }),
      fetch(limit),
    ])
    if (ended.length === 0) return toJobs(queue, taken)
    const attempts = ended.map((row) => ({ id: row['id'] as string, retryCount: row['retry_count'] as number }))
    await this.#boss.fail(queue, attempts, { message: 'its lease ended' }, { db })
    if (taken.length === limit) return toJobs(queue, taken)
    return toJobs(queue, [...taken, ...(await fetch(limit - taken.length))])
  }

  /** Deletes those that are still whose they were, and answers how many. */
  async #delete(connection: Connection, queue: string, jobs: readonly Job[]): Promise<number> {
    return affectedBy(await this.#boss.deleteJob(queue, jobs.map(attemptOf), { db: databaseOf(connection) }))
  }

  async #insert(connection: Connection, queue: string, jobs: Parameters<PgBoss['insert']>[1]): Promise<true> {
    const made = await this.#boss.insert(queue, jobs, { db: databaseOf(connection), returnId: true })
    // What it would rather not insert, the engine leaves out.
    if (made?.length === jobs.length) return true
    throw new StoreError('ERR_STORE_FAULT', 'pg-boss did not put in all jobs, and so none is')
  }

  /** Puts the dead that a statement locks in anew, and answers their ids, in order. */
  async #redrive(queue: string, lock: Statement): Promise<readonly string[]> {
    const done = await this.#transact(async (connection) => {
      const [ids, rows] = await Promise.all([this.#newIds(connection), connection.query(lock)])
      if (rows.length === 0) return null
      await this.#insert(
        connection,
        queue,
        rows.map((row) => toInsertAnew(queue, row, ids)),
      )
      const redriven = rows.map((row) => row['id'] as string)
      await connection.query({ text: this.#engine.deleteDead, values: [deadOf(queue), listOf(redriven)] })
      return redriven
    })
    return done ?? []
  }

  async #newIds(connection: Connection): Promise<JobIds> {
    const [row] = await connection.query({ text: SEED })
    return new JobIds(row as unknown as IdSeed)
  }

  /** Does something for which queues have to be there: makes them, and again where others remove them meanwhile. */
  async #withQueues<T>(queues: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const names = [...queues]
    for (let tries = 1; ; tries += 1) {
      for (const name of names) await this.#make(name)
      try {
        return await work()
      } catch (error) {
        if (!isMissing(error) || tries === TRIES) throw error
        this.#known.clear()
      }
    }
  }

  async #make(queue: string): Promise<void> {
    if (this.#known.has(queue)) return
    await this.#boss.createQueue(deadOf(queue), DEAD_QUEUE)
    await this.#boss.createQueue(queue, QUEUE)
    const made = await this.#boss.getQueue(queue)
    if (made !== null && made.policy !== QUEUE.policy) {
      throw new StoreError('ERR_STORE_SCHEMA', "pg-boss has a queue of that name that is not Tenure's: name another")
    }
    this.#known.add(queue)
  }

  async #remove(name: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#boss.deleteQueue(name)
      } catch (error) {
        if (!isMissing(toStoreError(error)) || tries === TRIES) throw error
      }
    }
  }

  #query(statement: Statement) {
    return this.#ask(() => this.#parts.database.query(statement))
  }

  #transact<T>(work: (connection: Connection) => Promise<T | null>): Promise<T | null> {
    return this.#ask(() => inTransaction(this.#parts.database, work), null)
  }

  /** @param otherwise What is answered where the queue is not there. Left out, that is a fault. */
  #ask<T>(work: () => Promise<T>, otherwise?: T): Promise<T> {
    if (this.#closed !== null) throw new StoreError('ERR_STORE_CLOSED', 'the queues are closed')
    return this.#parts.run(async () => {
      try {
        return await work()
      } catch (error) {
        if (otherwise !== undefined && isNoQueue(error)) return otherwise
        throw toStoreError(error, { wasSent: true })
      }
    })
  }
}

/** The engine's own number for an attempt counts from 0. */
function attemptOf({ id, attempt }: Job): JobAttempt {
  return { id, retryCount: attempt - 1 }
}

/** How many jobs a call of the engine's was about: it answers that, and its types do not say so. */
function affectedBy(response: CommandResponse): number {
  return (response as { readonly affected: number }).affected
}

function isOurs({ id, attempt }: Job): boolean {
  return isId(id) && Number.isSafeInteger(attempt) && attempt > 0
}

function isId(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)
}

function isNoQueue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'PGBOSS_QUEUE_NOT_FOUND'
}
