import { barePostgres, type PostgresDatabases } from './postgres-databases.ts'
import { SWEEP_BATCH, type SweepGround } from './sweep.ts'

const UPDATE = `UPDATE sessions SET version = version + 1, status = 'expired', updated_at = greatest(updated_at, expire_at),
    due_at = abandon_at
  WHERE id IN (SELECT id FROM sessions WHERE due_at <= $1 ORDER BY due_at LIMIT $2)
  RETURNING id, client_id, user_id, version, expire_at`

const INSERT = `INSERT INTO ledger (session_id, client_id, user_id, version, from_status, to_status, cause, at, recorded_at)
  SELECT id, client_id, user_id, version, 'active', 'expired', 'expire-deadline', expire_at, $1 FROM due`

const FORGET = `UPDATE clients SET version = clients.version + 1, last_active_session_id = NULL,
    updated_at = greatest(clients.updated_at, due.expire_at)
  FROM due WHERE clients.id = due.client_id AND clients.last_active_session_id = due.id`

/** Copies of a PostgreSQL database that holds the fleet. A bare sweep is one statement, which answers what it wrote. */
export function postgresSweepGround(databases: PostgresDatabases, filled: string): SweepGround {
  return {
    name: 'PostgreSQL',
    copy: () => databases.copy(filled),
    bare: async ({ writesClients }) => {
      const url = await databases.copy(filled)
      const client = await barePostgres(url)
      const clients = writesClients ? `, forgotten AS (${FORGET})` : ''
      const text = `WITH due AS (${UPDATE}), entries AS (${INSERT}) ${clients} SELECT * FROM due`
      return {
        sweep: async (now, limit) => {
          let written = 0
          while (written < limit) {
            const values = [now, Math.min(SWEEP_BATCH, limit - written)]
            const { rows } = await client.query({ name: 'sweep', text, values })
            written += rows.length
            if (rows.length === 0) break
          }
          return written
        },
        [Symbol.asyncDispose]: async () => {
          await client.end()
          await databases.drop(url)
        },
      }
    },
  }
}
