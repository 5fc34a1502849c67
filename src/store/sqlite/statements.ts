import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MAXIMUM_LISTED } from '../item.ts'

const CLIENT = 'version, session_ids, last_active_session_id, created_at, updated_at'
const SESSION = `id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at,
  expire_at, abandon_at, closed_at`

/** A session's columns with its document. */
export const SESSION_WITH_DOCUMENT = `${SESSION}, due_at, form, document`

/** A ledger row's columns. */
export const ENTRY = `sequence, session_id, client_id, user_id, version, from_status, to_status, cause, at,
  recorded_at, asked_by`

const JOB = 'sequence, queue, key, data, attempt'
const DEAD_JOB = 'sequence, key, data, attempts, reason, buried_at'
const ITEM = 'kind, id, version, value, expires_at'

/** Every statement that is the same each time, by its name. */
const STATEMENTS = {
  begin: 'BEGIN IMMEDIATE',
  beginReading: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',

  client: `SELECT id, ${CLIENT} FROM clients WHERE id = ?`,
  clientWithDocument: `SELECT id, ${CLIENT}, form, document FROM clients WHERE id = ?`,
  clientIdOfSession: 'SELECT client_id FROM sessions WHERE id = ?',
  session: `SELECT ${SESSION} FROM sessions WHERE id = ?`,
  sessionWithDocument: `SELECT ${SESSION_WITH_DOCUMENT} FROM sessions WHERE id = ?`,
  openSessions: `SELECT ${SESSION} FROM sessions WHERE client_id = ? AND closed_at IS NULL ORDER BY place`,
  openSessionsWithDocument: `SELECT ${SESSION_WITH_DOCUMENT} FROM sessions
    WHERE client_id = ? AND closed_at IS NULL ORDER BY place`,
  sessions: `SELECT ${SESSION} FROM sessions WHERE client_id = ? ORDER BY place`,
  sessionsWithDocument: `SELECT ${SESSION_WITH_DOCUMENT} FROM sessions WHERE client_id = ? ORDER BY place`,
  user: 'SELECT version FROM users WHERE id = ?',
  clientIdsOfUser: 'SELECT DISTINCT client_id FROM sessions WHERE user_id = ? AND closed_at IS NULL',

  insertClient: `INSERT INTO clients (id, ${CLIENT}, form, document)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  updateClient: `UPDATE clients SET version = version + 1, session_ids = ?, last_active_session_id = ?, updated_at = ?,
    form = COALESCE(?, form), document = COALESCE(?, document) WHERE id = ? AND version = ?`,
  insertSession: `INSERT INTO sessions (${SESSION_WITH_DOCUMENT})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  updateSession: `UPDATE sessions SET version = version + 1, status = ?, updated_at = ?, last_active_at = ?,
    expire_at = ?, abandon_at = ?, closed_at = ?, due_at = ?,
    form = COALESCE(?, form), document = COALESCE(?, document) WHERE id = ? AND version = ?`,
  moveSession: `UPDATE sessions SET version = version + 1, status = ?, updated_at = ?, last_active_at = ?,
    expire_at = ?, abandon_at = ?, due_at = ? WHERE id = ? AND version = ?`,
  touchSession: `UPDATE sessions SET version = version + 1, status = ?, updated_at = ?, last_active_at = ?,
    expire_at = ?, abandon_at = ? WHERE id = ? AND version = ?`,
  insertEntry: `INSERT INTO ledger (session_id, client_id, user_id, version, from_status, to_status, cause, at,
    recorded_at, asked_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  deleteSession: 'DELETE FROM sessions WHERE id = ? AND version = ?',
  deleteClient: `DELETE FROM clients WHERE id = ? AND version = ?
    AND NOT EXISTS (SELECT 1 FROM sessions WHERE client_id = clients.id)`,
  insertPurge: 'INSERT INTO purges (session_id, client_id, purged_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  insertUser: 'INSERT INTO users (id, version) VALUES (?, 1) ON CONFLICT DO NOTHING',
  updateUser: 'UPDATE users SET version = version + 1 WHERE id = ? AND version = ?',

  due: 'SELECT client_id FROM sessions WHERE due_at <= ? ORDER BY due_at LIMIT ?',
  openOfUser: `SELECT DISTINCT client_id FROM sessions
    WHERE user_id = ? AND client_id > ? AND closed_at IS NULL ORDER BY client_id LIMIT ?`,
  closed: 'SELECT client_id FROM sessions WHERE closed_at <= ? ORDER BY closed_at LIMIT ?',
  empty: `SELECT id FROM clients WHERE updated_at <= ?
    AND NOT EXISTS (SELECT 1 FROM sessions WHERE client_id = clients.id) LIMIT ?`,
  purge: 'SELECT session_id, client_id, purged_at FROM purges WHERE session_id = ?',
  // `min` would not use the index, for that has only rows that are due.
  oldestDue: 'SELECT due_at FROM sessions WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1',
  countDue: 'SELECT count(*) AS total FROM (SELECT 1 FROM sessions WHERE due_at <= ? ORDER BY due_at LIMIT ?)',

  feed: `SELECT ${ENTRY} FROM ledger WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  feedEnd: 'SELECT max(sequence) AS sequence FROM ledger',
  lastSequence: "SELECT seq FROM sqlite_sequence WHERE name = 'ledger'",

  item: `SELECT ${ITEM} FROM items WHERE kind = ? AND id = ?`,
  items: `SELECT ${ITEM} FROM items WHERE kind = ? ORDER BY id LIMIT ${MAXIMUM_LISTED}`,
  insertItem: `INSERT INTO items (kind, id, version, value, expires_at)
    VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING`,
  updateItem: `UPDATE items SET version = version + 1, value = ?, expires_at = ?
    WHERE kind = ? AND id = ? AND version = ?`,
  deleteItem: 'DELETE FROM items WHERE kind = ? AND id = ? AND version = ?',
  deleteExpiredItems: `DELETE FROM items WHERE (kind, id) IN
    (SELECT kind, id FROM items WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,

  insertJob: `INSERT INTO jobs (queue, key, data, attempt, is_blocked, available_at)
    VALUES (?, ?, ?, 0, EXISTS (SELECT 1 FROM jobs WHERE queue = ? AND key = ?), ?)`,
  readyJobs: `SELECT ${JOB} FROM jobs WHERE queue = ? AND is_blocked = 0 AND available_at <= ?
    ORDER BY available_at, sequence LIMIT ?`,
  nextJob: 'SELECT available_at FROM jobs WHERE queue = ? AND is_blocked = 0 ORDER BY available_at LIMIT 1',
  takeJob: 'UPDATE jobs SET attempt = attempt + 1, available_at = ? WHERE sequence = ?',
  retryJob: 'UPDATE jobs SET available_at = ?, reason = ? WHERE sequence = ? AND queue = ? AND attempt = ?',
  deleteJob: `DELETE FROM jobs WHERE sequence = ? AND queue = ? AND attempt = ? RETURNING ${JOB}`,
  unblockJob: `UPDATE jobs SET is_blocked = 0
    WHERE sequence = (SELECT min(sequence) FROM jobs WHERE queue = ? AND key = ?)`,
  countJobs: 'SELECT count(*) AS total FROM jobs WHERE queue = ?',
  deleteJobs: `DELETE FROM jobs WHERE sequence IN
    (SELECT sequence FROM jobs WHERE queue = ? ORDER BY key DESC, sequence DESC LIMIT ?)`,
  insertDeadJob: `INSERT INTO dead_jobs (queue, key, data, attempts, reason, buried_at)
    VALUES (?, ?, ?, ?, ?, ?)`,
  deadJob: `SELECT ${DEAD_JOB} FROM dead_jobs WHERE sequence = ? AND queue = ?`,
  deadJobs: `SELECT ${DEAD_JOB} FROM dead_jobs WHERE queue = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
  lastDeadJob: 'SELECT sequence FROM dead_jobs WHERE queue = ? ORDER BY sequence DESC LIMIT 1',
  countDeadJobs: 'SELECT count(*) AS total FROM dead_jobs WHERE queue = ?',
  deleteDeadJob: 'DELETE FROM dead_jobs WHERE sequence = ?',
  deleteDeadJobs: `DELETE FROM dead_jobs WHERE sequence IN
    (SELECT sequence FROM dead_jobs WHERE queue = ? LIMIT ?)`,
  deleteOldDeadJobs: `DELETE FROM dead_jobs WHERE sequence IN
    (SELECT sequence FROM dead_jobs WHERE buried_at <= ? ORDER BY buried_at LIMIT ?)`,

  clientIdsFrom: 'SELECT id FROM clients WHERE id > :after ORDER BY id LIMIT :limit',
  sessionIdsFrom: `SELECT id FROM sessions WHERE id > :after
    UNION SELECT session_id FROM ledger WHERE session_id > :after
    UNION SELECT session_id FROM purges WHERE session_id > :after ORDER BY 1 LIMIT :limit`,
  entriesOfSession: `SELECT ${ENTRY} FROM ledger WHERE session_id = ? ORDER BY sequence`,
} as const

/** The statements, prepared once for a connection. */
export type Statements = Readonly<Record<keyof typeof STATEMENTS, StatementSync>>

/** Prepares every statement, so that a table that is not as it should be is found when the store is opened. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)])
  return Object.fromEntries(prepared) as Statements
}
