import { isLight, type SessionWrite, type WriteSet } from '../client-change.ts'
import type { StoredUser } from '../port.ts'
import { clientInsert, clientUpdate, entryInsert, sessionInsert, sessionTouch, sessionUpdate } from './rows.ts'
import type { Statements } from './statements.ts'

/** A row had moved on: what was begun is undone. */
class Moved extends Error {}

/**
 * Runs work in a transaction that holds the write lock from its beginning: all of it is written, or nothing.
 *
 * @returns `null` where a row had moved on.
 */
export function transact<T>(statements: Statements, work: () => T): T | null {
  statements.begin.run()
  try {
    const result = work()
    statements.commit.run()
    return result
  } catch (error) {
    rollBack(statements)
    if (error instanceof Moved) return null
    throw error
  }
}

/**
 * Runs reads in a transaction, so that they see one moment, whoever writes meanwhile. SQLite then looks once, and not for
 * each of them, whether the file has changed: three take a quarter less.
 */
export function readAtOnce<T>(statements: Statements, read: () => T): T {
  statements.beginReading.run()
  try {
    const result = read()
    statements.commit.run()
    return result
  } catch (error) {
    rollBack(statements)
    throw error
  }
}

/** After some errors, a full disk among them, SQLite has rolled back by itself. */
function rollBack(statements: Statements): void {
  try {
    statements.rollback.run()
  } catch {}
}

/** Writes a set, each row over the version it was read at: `false` where one has moved on. */
export function writeSet(statements: Statements, set: WriteSet, user: StoredUser | null): boolean {
  const [touched] = set.sessions
  if (touched !== undefined && user === null && isLight(set)) return writeTouch(statements, touched)
  return transact(statements, () => writeRows(statements, set, user)) !== null
}

/**
 * Writes one session's row, a transaction of its own.
 *
 * Where its status and its next deadline are as they were, by a statement that names no column of an index: for one that
 * it names, SQLite writes the index anew, be the value the same.
 */
function writeTouch(statements: Statements, touched: SessionWrite): boolean {
  const hasDocument = touched.session.document !== undefined
  if (!hasDocument && statements.touchSession.run(...sessionTouch(touched)).changes === 1) return true
  return statements.updateSession.run(...sessionUpdate(touched)).changes === 1
}

/** Writes a set's rows in a transaction that is open. */
export function writeRows(statements: Statements, set: WriteSet, user: StoredUser | null): true {
  if (user !== null) advanceUser(statements, user)
  for (const client of set.newClients) expectOne(statements.insertClient.run(...clientInsert(client)))
  for (const client of set.clients) expectOne(statements.updateClient.run(...clientUpdate(client)))
  for (const write of set.newSessions) expectOne(statements.insertSession.run(...sessionInsert(write)))
  for (const write of set.sessions) expectOne(statements.updateSession.run(...sessionUpdate(write)))
  for (const { id, version } of set.purgedSessions) expectOne(statements.deleteSession.run(id, version))
  for (const { id, version } of set.purgedClients) expectOne(statements.deleteClient.run(id, version))
  for (const mark of set.marks) statements.insertPurge.run(mark.sessionId, mark.clientId, mark.purgedAt)
  for (const entry of set.ledger) statements.insertEntry.run(...entryInsert(entry))
  return true
}

function advanceUser(statements: Statements, { id, version }: StoredUser): void {
  expectOne(version === 0 ? statements.insertUser.run(id) : statements.updateUser.run(id, version))
}

function expectOne({ changes }: { readonly changes: number | bigint }): void {
  if (changes !== 1) throw new Moved('the row has moved on since it was read')
}
