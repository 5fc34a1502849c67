import type { DatabaseSync } from 'node:sqlite'
import { bareSqlite, type SqliteFiles } from './sqlite-files.ts'
import { type BareSweep, SWEEP_BATCH, type SweepGround } from './sweep.ts'

/** Copies of a SQLite file that holds the fleet. */
export function sqliteSweepGround(files: SqliteFiles, filled: string, name = 'SQLite'): SweepGround {
  return {
    name,
    copy: async () => `sqlite:${files.copy(filled)}`,
    bare: async ({ writesClients }) => {
      const database = bareSqlite(files.copy(filled))
      return { sweep: bareSweep(database, writesClients), [Symbol.asyncDispose]: async () => database.close() }
    },
  }
}

function bareSweep(database: DatabaseSync, writesClients: boolean): BareSweep {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const update = database.prepare(`UPDATE sessions SET version = version + 1, status = 'expired',
    updated_at = max(updated_at, expire_at), due_at = abandon_at
    WHERE id IN (SELECT id FROM sessions WHERE due_at <= ? ORDER BY due_at LIMIT ?)
    RETURNING id, client_id, user_id, version, expire_at`)
  const forget = database.prepare(`UPDATE clients SET version = version + 1, last_active_session_id = NULL,
    updated_at = max(updated_at, ?) WHERE id = ? AND last_active_session_id = ?`)
  const insertEntry = database.prepare(`INSERT INTO ledger (session_id, client_id, user_id, version, from_status,
    to_status, cause, at, recorded_at) VALUES (?, ?, ?, ?, 'active', 'expired', 'expire-deadline', ?, ?)`)
  return (now, limit) => {
    let written = 0
    while (written < limit) {
      begin.run()
      const rows = update.all(now, Math.min(SWEEP_BATCH, limit - written)) as unknown as Expired[]
      for (const { id, client_id: clientId, user_id: userId, version, expire_at: expireAt } of rows) {
        if (writesClients) forget.run(expireAt, clientId, id)
        insertEntry.run(id, clientId, userId, version, expireAt, now)
      }
      commit.run()
      written += rows.length
      if (rows.length === 0) break
    }
    return written
  }
}

interface Expired {
  readonly id: string
  readonly client_id: string
  readonly user_id: string
  readonly version: number
  readonly expire_at: number
}
