import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import {
  DEFAULT_LEASE,
  expectLimit,
  expectQueueName,
  MAXIMUM_DEAD_LISTED,
  soundJob,
  soundReason,
} from '../../store/job.ts'
import type { DeadJob, Job, NewJob, QueueOptions, Queues } from '../../store/queue.ts'
import type { MemoryItems } from './memory-items.ts'

/** A job that is open. Where it was taken, it may be taken anew once its lease is over. */
interface OpenJob extends NewJob {
  readonly sequence: number
  attempt: number
  availableAt: number
}

/** A queue: what is open by its keys, each in the order it was put in, and what was given up. */
interface Queue {
  readonly open: Map<string, OpenJob[]>
  dead: (DeadJob & { readonly sequence: number })[]
}

/** The queues of a store in memory, whoever opens them. */
export class MemoryJobs {
  readonly #queues = new Map<string, Queue>()
  #sequence = 0

  put(job: NewJob, now: EpochMs): void {
    this.#sequence += 1
    const { open } = this.#queue(job.queue)
    const line = open.get(job.key) ?? []
    line.push({ ...job, sequence: this.#sequence, attempt: 0, availableAt: now })
    open.set(job.key, line)
  }

  take(queue: string, limit: number, now: EpochMs, until: number): readonly Job[] {
    const ready = this.#first(queue).filter(({ availableAt }) => availableAt <= now)
    ready.sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)
    return ready.slice(0, limit).map((job) => {
      job.attempt += 1
      job.availableAt = until
      return { queue, key: job.key, data: job.data, id: String(job.sequence), attempt: job.attempt }
    })
  }

  /** The job, where it is still at this attempt. */
  held({ id, queue, key, attempt }: Job): OpenJob | null {
    const first = this.#queues.get(queue)?.open.get(key)?.[0]
    return first !== undefined && String(first.sequence) === id && first.attempt === attempt ? first : null
  }

  /** Deletes a job that is held, so that the next of its key may be taken. */
  delete({ queue, key }: OpenJob): void {
    const { open } = this.#queue(queue)
    open.get(key)?.shift()
    if (open.get(key)?.length === 0) open.delete(key)
  }

  bury(job: OpenJob, reason: string, now: EpochMs): void {
    this.delete(job)
    this.#sequence += 1
    const [id, { key, data, attempt: attempts }] = [String(this.#sequence), job]
    this.#queue(job.queue).dead.push({ sequence: this.#sequence, id, key, data, attempts, reason, buriedAt: now })
  }

  nextAt(queue: string): number | null {
    const instants = this.#first(queue).map(({ availableAt }) => availableAt)
    return instants.length === 0 ? null : instants.reduce((least, each) => Math.min(least, each))
  }

  dead(queue: string): Queue['dead'] {
    return this.#queues.get(queue)?.dead ?? []
  }

  redrive(queue: string, isMeant: (job: DeadJob) => boolean, now: EpochMs): number {
    const meant = this.dead(queue).filter(isMeant)
    this.#keepDead(queue, (job) => !meant.includes(job))
    for (const { key, data } of meant) this.put({ queue, key, data }, now)
    return meant.length
  }

  countOpen(queue: string): number {
    return [...(this.#queues.get(queue)?.open.values() ?? [])].reduce((sum, { length }) => sum + length, 0)
  }

  remove(queue: string): void {
    this.#queues.delete(queue)
  }

  deleteDead(buriedBy: EpochMs, limit: number): number {
    const old = [...this.#queues.values()].flatMap(({ dead }) => dead.filter(({ buriedAt }) => buriedAt <= buriedBy))
    const meant = new Set(old.sort((a, b) => a.buriedAt - b.buriedAt).slice(0, limit))
    for (const queue of this.#queues.keys()) this.#keepDead(queue, (job) => !meant.has(job))
    return meant.size
  }

  /** The first of each key: the others wait for it. */
  #first(queue: string): OpenJob[] {
    return [...(this.#queues.get(queue)?.open.values() ?? [])].flatMap(([first]) => first ?? [])
  }

  #keepDead(name: string, isKept: (job: Queue['dead'][number]) => boolean): void {
    const queue = this.#queues.get(name)
    if (queue !== undefined) queue.dead = queue.dead.filter(isKept)
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name) ?? { open: new Map(), dead: [] }
    this.#queues.set(name, queue)
    return queue
  }
}

/** What queues in memory stand on. */
export interface MemoryQueueParts {
  readonly jobs: MemoryJobs
  readonly items: MemoryItems
  now(): EpochMs
  /** Answers as a promise, and refuses where the store is closed. */
  answer<T>(work: () => T): Promise<T>
}

/** Opens the queues of a store in memory. Nobody subscribes to them: publications are passed over. */
export function openMemoryQueues(parts: MemoryQueueParts, options: QueueOptions): Queues {
  const { jobs, items, now } = parts
  const { lease = DEFAULT_LEASE as DurationMs } = options
  let isClosed = false
  const answer = <T>(work: () => T): Promise<T> =>
    parts.answer(() => {
      if (isClosed) throw new StoreError('ERR_STORE_CLOSED', 'the queues are closed')
      return work()
    })
  const ofQueue = <T>(queue: string, work: () => T): Promise<T> =>
    answer(() => {
      expectQueueName(queue)
      return work()
    })
  const close = async () => {
    isClosed = true
  }
  return {
    put: ({ jobs: given, place }) =>
      answer(() => {
        const sound = given.map(soundJob)
        if (!items.put(place)) return false
        for (const job of sound) jobs.put(job, now())
        return true
      }),
    take: (queue, limit) =>
      ofQueue(queue, () => {
        expectLimit(limit)
        return jobs.take(queue, limit, now(), now() + lease)
      }),
    finish: (done) =>
      answer(() => {
        for (const job of done) {
          const held = jobs.held(job)
          if (held !== null) jobs.delete(held)
        }
      }),
    retry: (job, delay) =>
      answer(() => {
        const held = jobs.held(job)
        if (held !== null) held.availableAt = now() + delay
      }),
    bury: (job, reason) =>
      answer(() => {
        const held = jobs.held(job)
        if (held !== null) jobs.bury(held, soundReason(reason), now())
      }),
    nextIn: (queue) =>
      ofQueue(queue, () => {
        const at = jobs.nextAt(queue)
        return at === null ? null : Math.max(0, at - now())
      }),
    listDead: (queue, { limit, after }) =>
      ofQueue(queue, () => {
        expectLimit(limit)
        const behind = jobs.dead(queue).filter(({ sequence }) => sequence > sequenceOf(after))
        return behind.slice(0, Math.min(limit, MAXIMUM_DEAD_LISTED)).map(({ sequence: _, ...job }) => job)
      }),
    redrive: (queue, ids) =>
      ofQueue(queue, () => jobs.redrive(queue, ({ id }) => ids === undefined || ids.includes(id), now())),
    count: (queue) => ofQueue(queue, () => ({ open: jobs.countOpen(queue), dead: jobs.dead(queue).length })),
    remove: (queue) => ofQueue(queue, () => jobs.remove(queue)),
    deleteDead: (buriedBy, limit) => answer(() => jobs.deleteDead(buriedBy, limit)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** An id's sequence; one before the first where it is none of ours. */
function sequenceOf(id: string | undefined): number {
  return id !== undefined && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0
}
