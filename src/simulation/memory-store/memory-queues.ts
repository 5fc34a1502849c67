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
import { Heap } from '../heap.ts'
import type { MemoryItems } from './memory-items.ts'

/** A job that is open. Where it was taken, it may be taken anew once its lease is over. */
interface OpenJob extends NewJob {
  readonly sequence: number
  attempt: number
  availableAt: number
}

/** When a job may be taken. Where it was taken or done since, or its instant was moved, that is no longer so. */
interface Turn {
  readonly at: number
  readonly order: number
  readonly job: OpenJob
}

/** A queue: what is open by its keys, each in the order it was put in, whose turn is when, and what was given up. */
interface Queue {
  readonly open: Map<string, OpenJob[]>
  readonly turns: Heap<Turn>
  dead: (DeadJob & { readonly sequence: number })[]
}

/** The queues of a store in memory, whoever opens them. */
export class MemoryJobs {
  readonly #queues = new Map<string, Queue>()
  #sequence = 0

  put(job: NewJob, now: EpochMs): void {
    this.#sequence += 1
    const queue = this.#queue(job.queue)
    const line = queue.open.get(job.key) ?? []
    const made = { ...job, sequence: this.#sequence, attempt: 0, availableAt: now }
    line.push(made)
    queue.open.set(job.key, line)
    // The others of its key wait for the first.
    if (line[0] === made) giveTurn(queue, made)
  }

  take(queue: string, limit: number, now: EpochMs, until: number): readonly Job[] {
    const from = this.#queues.get(queue)
    const taken: Job[] = []
    for (
      let turn = nextTurn(from);
      turn !== undefined && turn.at <= now && taken.length < limit;
      turn = nextTurn(from)
    ) {
      const { job } = turn
      job.attempt += 1
      this.moveTo(job, until)
      taken.push({ queue, key: job.key, data: job.data, id: String(job.sequence), attempt: job.attempt })
    }
    return taken
  }

  /** Has a job that is first of its key be taken from an instant on. */
  moveTo(job: OpenJob, at: number): void {
    job.availableAt = at
    giveTurn(this.#queue(job.queue), job)
  }

  /** The job, where it is still at this attempt. */
  held({ id, queue, key, attempt }: Job): OpenJob | null {
    const first = this.#queues.get(queue)?.open.get(key)?.[0]
    return first !== undefined && String(first.sequence) === id && first.attempt === attempt ? first : null
  }

  /** Deletes a job that is held, so that the next of its key may be taken. */
  delete(job: OpenJob): void {
    const queue = this.#queue(job.queue)
    const line = queue.open.get(job.key)
    line?.shift()
    const next = line?.[0]
    if (next === undefined) queue.open.delete(job.key)
    else giveTurn(queue, next)
  }

  bury(job: OpenJob, reason: string, now: EpochMs): void {
    this.delete(job)
    this.#sequence += 1
    const [id, { key, data, attempt: attempts }] = [String(this.#sequence), job]
    this.#queue(job.queue).dead.push({ sequence: this.#sequence, id, key, data, attempts, reason, buriedAt: now })
  }

  nextAt(queue: string): number | null {
    return nextTurn(this.#queues.get(queue))?.at ?? null
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

  #keepDead(name: string, isKept: (job: Queue['dead'][number]) => boolean): void {
    const queue = this.#queues.get(name)
    if (queue !== undefined) queue.dead = queue.dead.filter(isKept)
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name) ?? { open: new Map(), turns: new Heap<Turn>(), dead: [] }
    this.#queues.set(name, queue)
    return queue
  }
}

function giveTurn({ turns }: Queue, job: OpenJob): void {
  turns.add({ at: job.availableAt, order: job.sequence, job })
}

/** The earliest turn that is still one. */
function nextTurn(queue: Queue | undefined): Turn | undefined {
  for (let turn = queue?.turns.first(); turn !== undefined; turn = queue?.turns.first()) {
    const { at, job } = turn
    if (queue?.open.get(job.key)?.[0] === job && job.availableAt === at) return turn
    queue?.turns.take()
  }
  return undefined
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
  const ofQueue = async <T>(queue: string, work: () => T): Promise<T> => {
    expectQueueName(queue)
    return answer(work)
  }
  const close = async () => {
    isClosed = true
  }
  return {
    async put({ jobs: given, place }) {
      const sound = given.map(soundJob)
      return answer(() => {
        if (!items.put(place)) return false
        for (const job of sound) jobs.put(job, now())
        return true
      })
    },
    async take(queue, limit) {
      expectLimit(limit)
      return ofQueue(queue, () => jobs.take(queue, limit, now(), now() + lease))
    },
    async finish(done) {
      if (done.length === 0) return
      await answer(() => {
        for (const job of done) {
          const held = jobs.held(job)
          if (held !== null) jobs.delete(held)
        }
      })
    },
    retry: (job, delay) =>
      answer(() => {
        const held = jobs.held(job)
        if (held !== null) jobs.moveTo(held, now() + delay)
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
    async listDead(queue, { limit, after }) {
      expectLimit(limit)
      return ofQueue(queue, () => {
        const behind = jobs.dead(queue).filter(({ sequence }) => sequence > sequenceOf(after))
        return behind.slice(0, Math.min(limit, MAXIMUM_DEAD_LISTED)).map(({ sequence: _, ...job }) => job)
      })
    },
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
  const sequence = /^[1-9]\d{0,15}$/.test(id ?? '') ? Number(id) : 0
  return Number.isSafeInteger(sequence) ? sequence : 0
}
