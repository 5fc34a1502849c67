import type { Client } from 'pg'
import type { BareCommands, Ground, Twins } from './commands.ts'
import { barePostgres, differences, type PostgresDatabases } from './postgres-databases.ts'
import type { Fleet } from './stored-fleet.ts'

/** What a verdict is made of, and no more. */
export const BARE_READ = {
  name: 'session',
  text: `SELECT id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at, expire_at,
    abandon_at, closed_at FROM sessions WHERE id = $1`,
}

const CLIENT = {
  name: 'client',
  text: `SELECT id, version, session_ids, last_active_session_id, created_at, updated_at FROM clients WHERE id = $1`,
}
const TOUCH = {
  name: 'touch',
  text: `UPDATE sessions SET version = version + 1, updated_at = $1, last_active_at = $1 WHERE id = $2 AND version = $3`,
}
const SLIDE = {
  name: 'slide',
  text: `UPDATE sessions SET version = version + 1, updated_at = $1, last_active_at = $1, expire_at = $4,
    abandon_at = $5, due_at = $4 WHERE id = $2 AND version = $3`,
}
const REVOKE = {
  name: 'revoke',
  text: `UPDATE sessions SET version = version + 1, status = 'revoked', updated_at = $1, closed_at = $1, due_at = NULL
    WHERE id = $2 AND version = $3`,
}
const FORGET = {
  name: 'forget',
  text: `UPDATE clients SET version = version + 1, last_active_session_id = NULL, updated_at = $1
    WHERE id = $2 AND version = $3`,
}
const INSERT_CLIENT = {
  name: 'insert-client',
  text: `INSERT INTO clients (id, version, session_ids, last_active_session_id, created_at, updated_at)
    VALUES ($1, 1, $2, $3, $4, $4)`,
}
const INSERT_SESSION = {
  name: 'insert-session',
  text: `INSERT INTO sessions (id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at,
    expire_at, abandon_at, due_at) VALUES ($1, $2, $3, 'active', 1, 0, $4, $4, $4, $5, $6, $5)`,
}
const INSERT_ENTRY = {
  name: 'insert-entry',
  text: `INSERT INTO ledger (session_id, client_id, user_id, version, from_status, to_status, cause, at, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
}

/** One statement that touches a session at a version. */
export const BARE_TOUCH = TOUCH

/** PostgreSQL databases as the ground of contests. */
export function postgresGround(databases: PostgresDatabases, calls: number): Ground {
  const twins = async (fleet: Fleet): Promise<Twins> => {
    const url = await databases.filled(fleet)
    const other = await databases.copy(url)
    const client = await barePostgres(other)
    return {
      url,
      bare: bareCommands(client),
      differences: () => differences(url, other),
      [Symbol.asyncDispose]: async () => {
        await client.end()
        for (const each of [url, other]) await databases.drop(each)
      },
    }
  }
  return { name: 'PostgreSQL, one caller', length: { rounds: 11, calls }, twins }
}

/** Each statement is prepared once, and asked when the one before has answered. */
function bareCommands(client: Client): BareCommands {
  const inTransaction = async (work: () => Promise<unknown>) => {
    await client.query('BEGIN')
    await work()
    await client.query('COMMIT')
  }
  const read = async (id: string) => {
    const session = await client.query(BARE_READ, [id])
    const { client_id: clientId, user_id: userId, version } = session.rows[0]
    const holder = await client.query(CLIENT, [clientId])
    return { clientId, userId, version, clientVersion: holder.rows[0].version }
  }
  return {
    touch: (id, now) =>
      inTransaction(async () => {
        const { version } = await read(id)
        await client.query(TOUCH, [now, id, version])
      }),
    slide: (id, now, { expireAt, abandonAt }) =>
      inTransaction(async () => {
        const { version } = await read(id)
        await client.query(SLIDE, [now, id, version, expireAt, abandonAt])
      }),
    revoke: (id, now) =>
      inTransaction(async () => {
        const { clientId, userId, version, clientVersion } = await read(id)
        await client.query(REVOKE, [now, id, version])
        await client.query(FORGET, [now, clientId, clientVersion])
        await client.query(INSERT_ENTRY, [id, clientId, userId, version + 1, 'active', 'revoked', 'revoke', now])
      }),
    signIn: ({ id, clientId, userId, now, expireAt, abandonAt }) =>
      inTransaction(async () => {
        await client.query(INSERT_CLIENT, [clientId, JSON.stringify([id]), id, now])
        await client.query(INSERT_SESSION, [id, clientId, userId, now, expireAt, abandonAt])
        await client.query(INSERT_ENTRY, [id, clientId, userId, 1, null, 'active', 'sign-in', now])
      }),
  }
}
