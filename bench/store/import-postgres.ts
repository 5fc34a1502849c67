import type { Client } from 'pg'
import type { ImportGround, ImportRows } from './import.ts'
import { barePostgres, differences, type PostgresDatabases } from './postgres-databases.ts'

const INSERT_CLIENTS = `INSERT INTO clients (version, form, id, session_ids, last_active_session_id, created_at,
    updated_at, document)
  SELECT 1, 'wire', * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])`

const INSERT_SESSIONS = `INSERT INTO sessions (version, form, id, client_id, user_id, status, place, created_at, updated_at,
    last_active_at, expire_at, abandon_at, due_at, document)
  SELECT 1, 'wire', * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[])`

const INSERT_LEDGER = `INSERT INTO ledger (version, cause, session_id, client_id, user_id, to_status, at, recorded_at)
  SELECT 1, 'import', * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])`

/** Two new PostgreSQL databases. Bare inserts are one statement a table. */
export async function postgresImportGround(databases: PostgresDatabases): Promise<ImportGround> {
  const url = await databases.filled()
  const other = await databases.copy(url)
  const client = await barePostgres(other)
  return {
    name: 'PostgreSQL',
    url,
    insert: inserting(client),
    differences: () => differences(url, other),
    [Symbol.asyncDispose]: async () => {
      await client.end()
      for (const each of [url, other]) await databases.drop(each)
    },
  }
}

function inserting(client: Client): ImportGround['insert'] {
  const insert = (name: string, text: string, rows: readonly unknown[][]) =>
    client.query({ name, text, values: columnsOf(rows) })
  return async (rows, now) => {
    await client.query('BEGIN')
    await insert('clients', INSERT_CLIENTS, rows.map(clientRow))
    await insert('sessions', INSERT_SESSIONS, rows.flatMap(sessionRows))
    await insert(
      'ledger',
      INSERT_LEDGER,
      rows.flatMap((row) => ledgerRows(row, now)),
    )
    await client.query('COMMIT')
  }
}

function clientRow({ client, document }: ImportRows): unknown[] {
  const { id, session_ids: ids, last_active_session_id: last, created_at: created, updated_at: updated } = client
  return [id, JSON.stringify(ids), last, created, updated, document]
}

function sessionRows({ sessions }: ImportRows): unknown[][] {
  return sessions.map(({ session, document }, place) => {
    const { id, client_id: clientId, user_id: userId, status, created_at: created, updated_at: updated } = session
    const { last_active_at: active, expire_at: expires, abandon_at: abandoned } = session
    return [id, clientId, userId, status, place, created, updated, active, expires, abandoned, expires, document]
  })
}

function ledgerRows({ sessions }: ImportRows, now: number): unknown[][] {
  return sessions.map(({ session: { id, client_id: clientId, user_id: userId, status, updated_at: at } }) => {
    return [id, clientId, userId, status, at, now]
  })
}

/** Rows as a list a column. */
function columnsOf(rows: readonly unknown[][]): unknown[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]))
}
