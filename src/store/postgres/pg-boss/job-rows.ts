import type { EpochMs } from '../../../domain/instant.ts'
import type { DeadJob, Job, NewJob } from '../../queue.ts'
import type { Row } from '../../rows.ts'
import type { JobIds } from './job-ids.ts'

/** What the engine keeps of a job: its text whole, for `jsonb` has no NUL, and an order of its own for members. */
interface Data {
  readonly text?: string
}

/** What it keeps of a dead one. */
interface DeadData extends Data {
  readonly attempts?: number
  readonly reason?: string
}

/** The queue that holds the dead of another. No queue of ours has a `/` in its name. */
export function deadOf(queue: string): string {
  return `${queue}/dead`
}

/** A job as the engine inserts it. */
export function toInsert({ key, data }: NewJob, ids: JobIds, lease: number) {
  return { id: ids.next(), singletonKey: key, data: { text: data } satisfies Data, expireInSeconds: lease }
}

/** A dead job as the engine inserts it: with the lease that it has once it is tried anew, whoever has it so. */
export function toDeadInsert(job: Job, ids: JobIds, { reason, lease }: { reason: string; lease: number }) {
  const { attempt: attempts, data: text } = job
  return { ...toInsert(job, ids, lease), data: { text, attempts, reason } satisfies DeadData }
}

/** Rows of jobs that were taken as jobs, the longest waiting first. */
export function toJobs(queue: string, rows: readonly Row[]): readonly Job[] {
  const taken = rows.map((row) => ({ row, id: row['id'] as string, createdOn: row['created_on'] as number }))
  const ordered = taken.sort((a, b) => a.createdOn - b.createdOn || (a.id < b.id ? -1 : 1))
  return ordered.map(({ row, id }) => {
    const attempt = (row['retry_count'] as number) + 1
    return { queue, key: (row['singleton_key'] as string | null) ?? '', data: textOf(row['data'] as Data), id, attempt }
  })
}

/** A row of the dead as a dead job. */
export function toDeadJob(row: Row): DeadJob {
  const data = row['data'] as DeadData
  return {
    id: row['id'] as string,
    key: row['singleton_key'] as string,
    data: textOf(data),
    attempts: data.attempts ?? 0,
    reason: data.reason ?? '',
    buriedAt: row['buried_at'] as EpochMs,
  }
}

/** A row of the dead as the engine inserts it to be tried anew. */
export function toInsertAnew(queue: string, row: Row, ids: JobIds) {
  const job = { queue, key: row['singleton_key'] as string, data: textOf(row['data'] as Data) }
  return toInsert(job, ids, row['lease'] as number)
}

/** The text of a job; of one that somebody else has put in, all of it. */
function textOf(data: Data | null): string {
  return typeof data?.text === 'string' ? data.text : JSON.stringify(data)
}
