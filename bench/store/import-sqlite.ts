import type { DatabaseSync } from 'node:sqlite'
import type { ImportGround, ImportRows, ParsedSession } from './import.ts'
import { bareSqlite, differences, type SqliteFiles } from './sqlite-files.ts'

/** Two new SQLite files. */
export function sqliteImportGround(files: SqliteFiles): ImportGround {
  const [path, other] = [files.path(), files.path()]
  const database = bareSqlite(other)
  return {
    name: 'SQLite',
    url: `sqlite:${path}`,
    insert: inserting(database),
    differences: async () => differences(path, other),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

function inserting(database: DatabaseSync): ImportGround['insert'] {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const insertClient = database.prepare(`INSERT INTO clients (id, version, session_ids, last_active_session_id,
    created_at, updated_at, form, document) VALUES (?, 1, ?, ?, ?, ?, 'wire', ?)`)
  const insertSession =
    database.prepare(`INSERT INTO sessions (id, client_id, user_id, status, version, place, created_at,
    updated_at, last_active_at, expire_at, abandon_at, due_at, form, document)
    VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, 'wire', ?)`)
  const insertEntry =
    database.prepare(`INSERT INTO ledger (session_id, client_id, user_id, version, to_status, cause, at,
    recorded_at) VALUES (?, ?, ?, 1, ?, 'import', ?, ?)`)

  const insertOne = ({ client, document, sessions }: ImportRows, now: number) => {
    const { id, session_ids: ids, last_active_session_id: last } = client
    insertClient.run(id, JSON.stringify(ids), last, client.created_at, client.updated_at, document)
    for (const [place, { session, document: text }] of sessions.entries()) {
      const { id: sessionId, client_id: clientId, user_id: userId, status } = session
      insertSession.run(sessionId, clientId, userId, status, place, ...instantsOf(session), text)
      insertEntry.run(sessionId, clientId, userId, status, session.updated_at, now)
    }
  }
  return (rows, now) => {
    begin.run()
    for (const row of rows) insertOne(row, now)
    commit.run()
  }
}

function instantsOf(session: ParsedSession): number[] {
  const { created_at: created, updated_at: updated, last_active_at: active } = session
  const { expire_at: expires, abandon_at: abandoned } = session
  return [created, updated, active, expires, abandoned, expires]
}
