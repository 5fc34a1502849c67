/** Queues of a store of any kind, with the calls that tests make of them, and time that passes when it is told to. */
import assert from 'node:assert/strict'
import type { DurationMs } from '../../src/domain/duration.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store, StoredItem } from '../../src/store/port.ts'
import type { Job, NewJob, Publication, QueueOptions, Queues } from '../../src/store/queue.ts'
import { execute } from './fault-postgres.ts'
import { anItem } from './stored.ts'
import type { StoreKind } from './stores.ts'

/** A lease, and each delay: seconds, for not every store counts in less. */
export const LEASE = 5_000 as DurationMs

/** A length of time. */
export const ms = (length: number): DurationMs => length as DurationMs

/** Queues that are open on a database of a test's own. */
export interface OpenedQueues extends AsyncDisposable {
  readonly store: Store
  readonly url: string
  readonly queues: Queues
  /** Opens them once more, as another process would. */
  again(options?: QueueOptions): Promise<Queues>
  /** Has so much time pass, for the store's queues as for everybody's. */
  pass(length: number): Promise<void>
  /** Puts jobs in, each named by its key and a number: `a1` is of the key `a`. */
  put(...names: readonly string[]): Promise<void>
}

/** Opens queues on a database that nobody else has. */
export async function openedQueues(kind: StoreKind, options: QueueOptions = {}): Promise<OpenedQueues> {
  const clock = new ManualClock(1_000_000)
  const opened = await kind.open(clock)
  const all = { lease: LEASE, onFault: (error: unknown) => assert.fail(error as Error), ...options }
  const queues = await opened.store.openQueues(all)
  const put = putterOf(opened.store, queues)
  return {
    store: opened.store,
    url: opened.url,
    queues,
    again: async (how) => (await opened.again()).openQueues({ ...all, ...how }),
    async pass(length) {
      clock.advanceTo(clock.now() + length)
      if (kind.isServed) await passServed(opened.url, length)
    },
    put: (...names) => put(names.map((name) => aJob(name))),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** A server's clock is its own: what it has dated is moved back. */
async function passServed(url: string, length: number): Promise<void> {
  const columns = ['created_on', 'start_after', 'started_on', 'keep_until']
  const moved = columns.map((column) => `${column} = ${column} - interval '${length} milliseconds'`)
  await execute(url, `UPDATE pgboss.job SET ${moved.join(', ')}`)
}

/** A job by its name: `a1` is of the key `a`. */
export function aJob(name: string, queue = 'work'): NewJob {
  return { queue, key: name.replace(/\d+$/, ''), data: JSON.stringify({ name }) }
}

/** What a job is called. */
export function nameOf({ data }: { readonly data: string }): string {
  return (JSON.parse(data) as { name: string }).name
}

/** Who was taken, by their names. */
export const namesOf = (jobs: readonly { readonly data: string }[]): readonly string[] => jobs.map(nameOf)

/** Takes one job, which has to be there. */
export async function takeOne(queues: Queues, queue = 'work'): Promise<Job> {
  const [job] = await queues.take(queue, 1)
  return job ?? assert.fail('there is nothing to be taken')
}

/** The item that says how far somebody has come who puts jobs in. */
export function aPlace(parts: Partial<StoredItem> = {}): StoredItem {
  return anItem({ kind: 'place', id: 'relay', ...parts })
}

/** Puts jobs and publications in, each time over the place that is there. */
export function putterOf(store: Store, queues: Queues) {
  return async (jobs: readonly NewJob[], publications: readonly Publication[] = []): Promise<void> => {
    const found = await store.findItem('place', 'relay')
    assert.equal(await queues.put({ jobs, publications, place: found ?? aPlace() }), true)
  }
}

/** Takes and finishes everything that may be taken now, one after the other, and answers it in that order. */
export async function drain(queues: Queues, queue = 'work', limit = 1): Promise<readonly string[]> {
  const done: string[] = []
  for (;;) {
    const jobs = await queues.take(queue, limit)
    if (jobs.length === 0) return done
    done.push(...namesOf(jobs))
    await queues.finish(jobs)
  }
}
