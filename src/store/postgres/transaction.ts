import type { Connection, Database, Statement } from './database.ts'

/** Whatever the server's default is: what is read behind a lock has to be what is there then. */
export const BEGIN: Statement = { text: 'BEGIN ISOLATION LEVEL READ COMMITTED' }

/** Undoes what was begun. A connection that broke has done so by itself. */
export async function rollBack(connection: Connection): Promise<void> {
  try {
    if (!connection.isBroken) await connection.query({ text: 'ROLLBACK' })
  } catch {}
}

/**
 * Runs work in a transaction of its own: all that it writes over the connection is written, or nothing.
 *
 * @param work Answers `null` where nothing of it is to be written. What it throws comes out.
 */
export function inTransaction<T>(
  database: Database,
  work: (connection: Connection) => Promise<T | null>,
): Promise<T | null> {
  return database.hold(async (connection) => {
    try {
      const [, result] = await Promise.all([connection.query(BEGIN), work(connection)])
      if (result === null) await rollBack(connection)
      else await connection.query({ text: 'COMMIT', isWrite: true })
      return result
    } catch (error) {
      await rollBack(connection)
      throw error
    }
  })
}
