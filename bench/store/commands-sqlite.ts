import type { DatabaseSync } from 'node:sqlite'
import type { BareCommands, Ground, NewRow, Twins } from './commands.ts'
import { bareSqlite, differences, type SqliteFiles } from './sqlite-files.ts'
import type { Fleet } from './stored-fleet.ts'
import { BARE_READ } from './verify.ts'

/** SQLite files as the ground of contests. */
export function sqliteGround(files: SqliteFiles, calls: number): Ground {
  const twins = async (fleet: Fleet): Promise<Twins> => {
    const path = files.filled(fleet)
    const other = files.copy(path)
    const database = bareSqlite(other)
    return {
      url: `sqlite:${path}`,
      bare: bareCommands(database),
      differences: async () => differences(path, other),
      [Symbol.asyncDispose]: async () => database.close(),
    }
  }
  return { name: 'SQLite', length: { rounds: 15, calls }, twins }
}

function bareCommands(database: DatabaseSync): BareCommands {
  const inTransaction = transactionOf(database)
  const session = database.prepare(BARE_READ)
  const client = database.prepare(`SELECT id, version, session_ids, last_active_session_id, created_at, updated_at
    FROM clients WHERE id = ?`)
  const touch = database.prepare(`UPDATE sessions SET version = version + 1, updated_at = ?, last_active_at = ?
    WHERE id = ? AND version = ?`)
  const slide = database.prepare(`UPDATE sessions SET version = version + 1, updated_at = ?, last_active_at = ?,
    expire_at = ?, abandon_at = ?, due_at = ? WHERE id = ? AND version = ?`)
  const close = database.prepare(`UPDATE sessions SET version = version + 1, status = 'revoked', updated_at = ?,
    closed_at = ?, due_at = NULL WHERE id = ? AND version = ?`)
  const forget = database.prepare(`UPDATE clients SET version = version + 1, last_active_session_id = NULL,
    updated_at = ? WHERE id = ? AND version = ?`)
  const insertEntry = database.prepare(`INSERT INTO ledger (session_id, client_id, user_id, version, from_status,
    to_status, cause, at, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)

  const read = (id: string) => {
    const row = session.get(id) as { client_id: string; user_id: string; version: number }
    return { row, holder: client.get(row.client_id) as { version: number } }
  }
  return {
    touch: (id, now) =>
      inTransaction(() => {
        const { row } = read(id)
        touch.run(now, now, id, row.version)
      }),
    slide: (id, now, { expireAt, abandonAt }) =>
      inTransaction(() => {
        const { row } = read(id)
        slide.run(now, now, expireAt, abandonAt, expireAt, id, row.version)
      }),
    revoke: (id, now) =>
      inTransaction(() => {
        const { row, holder } = read(id)
        const { client_id: clientId, user_id: userId, version } = row
        close.run(now, now, id, version)
        forget.run(now, clientId, holder.version)
        insertEntry.run(id, clientId, userId, version + 1, 'active', 'revoked', 'revoke', now, now)
      }),
    signIn: bareSignIn(database),
  }
}

function bareSignIn(database: DatabaseSync): (row: NewRow) => void {
  const inTransaction = transactionOf(database)
  const insertClient = database.prepare(`INSERT INTO clients (id, version, session_ids, last_active_session_id,
    created_at, updated_at) VALUES (?, 1, ?, ?, ?, ?)`)
  const insertSession =
    database.prepare(`INSERT INTO sessions (id, client_id, user_id, status, version, place, created_at,
    updated_at, last_active_at, expire_at, abandon_at, due_at) VALUES (?, ?, ?, 'active', 1, 0, ?, ?, ?, ?, ?, ?)`)
  const insertEntry =
    database.prepare(`INSERT INTO ledger (session_id, client_id, user_id, version, to_status, cause, at,
    recorded_at) VALUES (?, ?, ?, 1, 'active', 'sign-in', ?, ?)`)
  return ({ id, clientId, userId, now, expireAt, abandonAt }) =>
    inTransaction(() => {
      insertClient.run(clientId, JSON.stringify([id]), id, now, now)
      insertSession.run(id, clientId, userId, now, now, now, expireAt, abandonAt, expireAt)
      insertEntry.run(id, clientId, userId, now, now)
    })
}

function transactionOf(database: DatabaseSync): (work: () => void) => void {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  return (work) => {
    begin.run()
    work()
    commit.run()
  }
}
