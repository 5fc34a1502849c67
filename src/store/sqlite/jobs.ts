import type { EpochMs } from '../../domain/instant.ts'
import type { DeadJob, Job, NewJob, QueueCounts } from '../queue.ts'
import type { Row } from '../rows.ts'
import type { Statements } from './statements.ts'

/** Which of a queue's dead, by their sequences: behind one, to another. */
interface DeadRange {
  readonly after: number
  readonly upTo: number
}

/**
 * The jobs of a database, each method in a transaction that is open.
 *
 * A job that is taken is one that is not available until its lease ends: where whoever took it dies, nothing has to be
 * done. What is written of it later is written over the attempt that it was taken for, and so not at all where another has
 * taken it since.
 *
 * A job is blocked while another is open before it under its key. It is known when it is put in and when the one before it
 * goes, and so is not asked again each time that jobs are taken: however many stand behind others, they are not looked at.
 */
export class Jobs {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  put({ queue, key, data }: NewJob, now: EpochMs): void {
    this.#statements.insertJob.run(queue, key, data, queue, key, now)
  }

  /** Whether there is one to be taken. */
  isReady(queue: string, now: EpochMs): boolean {
    return this.#statements.readyJobs.get(queue, now, 1) !== undefined
  }

  take(queue: string, limit: number, now: EpochMs, until: number): readonly Job[] {
    const { readyJobs, takeJob } = this.#statements
    return readyJobs.all(queue, now, limit).map((row) => {
      takeJob.run(until, row['sequence'] as number)
      return toJob(row)
    })
  }

  finish(job: Job): void {
    this.#delete(job)
  }

  retry({ id, queue, attempt }: Job, at: number, reason: string): void {
    this.#statements.retryJob.run(at, reason, sequenceOf(id), queue, attempt)
  }

  bury(job: Job, at: EpochMs, reason: string): void {
    const row = this.#delete(job)
    if (row === undefined) return
    const { key, data, attempt } = row as Record<string, string | number>
    this.#statements.insertDeadJob.run(job.queue, key ?? '', data ?? '', attempt ?? 0, reason, at)
  }

  /** When one may be there to be taken; `null` where none waits. */
  nextAt(queue: string): number | null {
    return (this.#statements.nextJob.get(queue)?.['available_at'] as number | undefined) ?? null
  }

  listDead(queue: string, limit: number, after: string | undefined): readonly DeadJob[] {
    const sequence = after === undefined ? 0 : sequenceOf(after)
    return this.#statements.deadJobs.all(queue, sequence, limit).map(toDeadJob)
  }

  /** The last sequence of a queue's dead; 0 where it has none. */
  lastDead(queue: string): number {
    return (this.#statements.lastDeadJob.get(queue)?.['sequence'] as number | undefined) ?? 0
  }

  /** Puts so many of the dead of a range in anew, and answers how many, and which was the last. */
  redriveRange(queue: string, { after, upTo }: DeadRange, limit: number, now: EpochMs) {
    const rows = this.#statements.deadJobs.all(queue, after, limit).filter((row) => (row['sequence'] as number) <= upTo)
    for (const row of rows) this.#redrive(queue, row, now)
    return { count: rows.length, last: (rows.at(-1)?.['sequence'] as number | undefined) ?? upTo }
  }

  redriveEach(queue: string, ids: readonly string[], now: EpochMs): number {
    const rows = [...new Set(ids)].map((id) => this.#statements.deadJob.get(sequenceOf(id), queue))
    const found = rows.filter((row) => row !== undefined)
    found.sort((a, b) => (a['sequence'] as number) - (b['sequence'] as number))
    for (const row of found) this.#redrive(queue, row, now)
    return found.length
  }

  count(queue: string): QueueCounts {
    const { countJobs, countDeadJobs } = this.#statements
    return {
      open: countJobs.get(queue)?.['total'] as number,
      dead: countDeadJobs.get(queue)?.['total'] as number,
    }
  }

  /**
   * Deletes so many of a queue, and answers how many. What stands behind others goes before them: what is left is a queue
   * as any other, whoever dies between two calls.
   */
  deleteSome(queue: string, limit: number): number {
    const { deleteJobs, deleteDeadJobs } = this.#statements
    const open = Number(deleteJobs.run(queue, limit).changes)
    if (open === limit) return open
    return open + Number(deleteDeadJobs.run(queue, limit - open).changes)
  }

  deleteDead(buriedBy: EpochMs, limit: number): number {
    return Number(this.#statements.deleteOldDeadJobs.run(buriedBy, limit).changes)
  }

  #redrive(queue: string, row: Row, now: EpochMs): void {
    this.put({ queue, key: row['key'] as string, data: row['data'] as string }, now)
    this.#statements.deleteDeadJob.run(row['sequence'] as number)
  }

  /** Deletes a job that is still at this attempt, so that the next of its key may be taken. */
  #delete({ id, queue, attempt }: Job): Row | undefined {
    const { deleteJob, unblockJob } = this.#statements
    const row = deleteJob.get(sequenceOf(id), queue, attempt)
    if (row !== undefined) unblockJob.run(queue, row['key'] as string)
    return row
  }
}

/** An id's sequence; one that no row has where it is no id of ours. */
function sequenceOf(id: string): number {
  const sequence = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0
  return Number.isSafeInteger(sequence) ? sequence : 0
}

/** A row that is being taken, as it was before. */
function toJob(row: Row): Job {
  return {
    queue: row['queue'] as string,
    key: row['key'] as string,
    data: row['data'] as string,
    id: String(row['sequence']),
    attempt: (row['attempt'] as number) + 1,
  }
}

function toDeadJob(row: Row): DeadJob {
  return {
    id: String(row['sequence']),
    key: row['key'] as string,
    data: row['data'] as string,
    attempts: row['attempts'] as number,
    reason: row['reason'] as string,
    buriedAt: row['buried_at'] as EpochMs,
  }
}
