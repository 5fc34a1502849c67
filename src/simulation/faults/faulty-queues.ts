import type { Queues } from '../../store/queue.ts'
import { faultyCall, type StoreHost } from './faulty-call.ts'

/** The queues of the shared database as one process has them, with whatever goes wrong on the way. */
export function faultyQueues(host: StoreHost): Queues {
  const read = <T>(name: string, use: (queues: Queues) => Promise<T>) =>
    faultyCall(host, { name, use: (_store, queues) => use(queues), isWrite: false })
  const write = <T>(name: string, use: (queues: Queues) => Promise<T>, refused?: { readonly answer: T }) =>
    faultyCall(host, {
      ...{ name, isWrite: true, use: (_store, queues) => use(queues) },
      ...(refused === undefined ? {} : { refused }),
    })
  return {
    put: (asked) => {
      const use = async (queues: Queues) => {
        const isPut = await queues.put(asked)
        if (isPut) {
          host.jobWaits(0)
          host.queued(asked.jobs)
        }
        return isPut
      }
      return write('put', use, { answer: false })
    },
    take: (queue, limit) =>
      write('take', async (queues) => {
        const jobs = await queues.take(queue, limit)
        if (jobs.length > 0) host.jobWaits(host.lease)
        return jobs
      }),
    finish: (jobs) => write('finish', (queues) => queues.finish(jobs)),
    retry: (job, delay, reason) =>
      write('retry', (queues) => {
        host.jobWaits(delay)
        return queues.retry(job, delay, reason)
      }),
    bury: (job, reason) =>
      write('bury', async (queues) => {
        const { dead } = await queues.count(job.queue)
        await queues.bury(job, reason)
        // What another has taken meanwhile is left to it.
        if ((await queues.count(job.queue)).dead > dead) host.buried(job)
      }),
    nextIn: (queue) => read('nextIn', (queues) => queues.nextIn(queue)),
    listDead: (queue, paging) => read('listDead', (queues) => queues.listDead(queue, paging)),
    redrive: (queue, ids) => write('redrive', (queues) => queues.redrive(queue, ids)),
    count: (queue) => read('count', (queues) => queues.count(queue)),
    remove: (queue) => write('remove', (queues) => queues.remove(queue)),
    deleteDead: (buriedBy, limit) => write('deleteDead', (queues) => queues.deleteDead(buriedBy, limit)),
    // The database outlives the process.
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
