import type { PgBoss } from 'pg-boss'
import type { Publication } from '../../queue.ts'
import type { Row } from '../../rows.ts'
import type { Connection } from '../database.ts'
import { toStoreError } from '../faults.ts'
import type { JobIds } from './job-ids.ts'
import { databaseOf } from './open-boss.ts'

/** Where publications go: who has subscribed to what, and the transaction that they are written in. */
export interface Subscribed {
  /** Event and queue of each subscription. */
  readonly subscriptions: readonly Row[]
  readonly connection: Connection
  readonly ids: JobIds
  /** Told of a queue that refuses what is published: nobody else waits for whose it is. */
  readonly onFault: (error: unknown) => void
}

/** Puts publications into the queues that are subscribed to their types, in their order. */
export async function publish(
  boss: PgBoss,
  publications: readonly Publication[],
  { subscriptions, connection, ids, onFault }: Subscribed,
): Promise<void> {
  const queues = new Map<string, Set<unknown>>()
  for (const { event, name } of subscriptions) {
    const queue = name as string
    queues.set(queue, (queues.get(queue) ?? new Set()).add(event))
  }
  for (const [queue, events] of queues) {
    const told = publications.filter(({ type }) => events.has(type))
    const jobs = told.map(({ data }) => ({ id: ids.next(), data: publishable(data) }))
    await connection.query({ text: 'SAVEPOINT publication' })
    try {
      await boss.insert(queue, jobs, { db: databaseOf(connection) })
      await connection.query({ text: 'RELEASE publication' })
    } catch (error) {
      if (connection.isBroken) throw error
      await connection.query({ text: 'ROLLBACK TO publication' })
      onFault(toStoreError(error))
    }
  }
}

/** The data that is published. What the engine's `jsonb` does not hold is replaced. */
function publishable(data: string): object {
  const sound = (_: string, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value
  return JSON.parse(data, sound) as object
}
