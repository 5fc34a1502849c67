import type { Db, PgBoss } from 'pg-boss'
import { StoreError } from '../../../domain/errors.ts'
import type { Connection, Database, Settings, Value } from '../database.ts'
import { toStoreError } from '../faults.ts'

/** The largest number that the engine's columns hold. */
const LARGEST = 2 ** 31 - 1

/** Two thousand million seconds: 63 years. What waits longer than it is told to, the engine deletes. */
const RETENTION = 2_000_000_000

/** How the engine keeps a queue: in order, and nothing in it ever given up by the engine itself. */
export const QUEUE = { policy: 'key_strict_fifo', retryLimit: LARGEST, retentionSeconds: RETENTION } as const

/** How it keeps a queue of the dead. */
export const DEAD_QUEUE = { policy: 'standard', retentionSeconds: RETENTION } as const

/**
 * Starts the engine, which makes its tables or brings them up to date. It is loaded when it is first asked for.
 *
 * @param onFault Told of what fails in its own errands: looking after its tables.
 * @throws {StoreError} Where it cannot be started.
 */
export async function openBoss(database: Database, onFault: (error: unknown) => void): Promise<PgBoss> {
  const { url, queueSchema, connectionTimeout } = database.settings
  const engine = await import('pg-boss')
  const boss = new engine.PgBoss({
    connectionString: url,
    schema: queueSchema,
    // To make a schema that is there takes a right that to use it does not.
    createSchema: !(await isThere(database, queueSchema)),
    application_name: 'tenure-queues',
    // For its own errands: what is asked of queues goes over the store's connections.
    max: 2,
    connectionTimeoutMillis: connectionTimeout,
    // Goes on to the driver, though the engine's types do not say so.
    ...{ keepAlive: true },
    schedule: false,
    supervise: true,
  })
  boss.on('error', onFault)
  boss.on('warning', ({ message, data }) => onFault(new Error(message, { cause: data })))
  try {
    await boss.start()
    return boss
  } catch (error) {
    await stopBoss(boss)
    throw startFault(error, database.settings)
  }
}

/** Stops the engine, and waits for nothing: what it was at another does. */
export async function stopBoss(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: false })
}

async function isThere(database: Database, schema: string): Promise<boolean> {
  const text = 'SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS is_there'
  return (await database.query({ text, values: [schema] }))[0]?.['is_there'] === true
}

function startFault(error: unknown, { queueSchema }: Settings): unknown {
  const fault = toStoreError(error)
  if (!(fault instanceof StoreError) || fault.code !== 'ERR_STORE_READ_ONLY') return fault
  const message = `the database's user may not make the tables of queues: let it create schemas, or make it the owner of a schema ${queueSchema}`
  return new StoreError('ERR_STORE_READ_ONLY', message, { cause: error })
}

/** One of the store's connections as the engine asks for it. Errors come out as the driver's own, which it looks at. */
export function databaseOf(connection: Connection): Db {
  return {
    async executeSql(text, values = []) {
      try {
        return { rows: [...(await connection.query({ text, values: values as Value[], isWrite: true }))] }
      } catch (error) {
        throw error instanceof StoreError ? error.cause : error
      }
    },
  }
}
