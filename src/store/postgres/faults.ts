import pg from 'pg'
import { StoreError, type StoreErrorCode } from '../../domain/errors.ts'

/** PostgreSQL's code of a write where none may be. */
const READ_ONLY_TRANSACTION = '25006'

/** What a code, or the class that its first two characters name, means. A whole code goes before its class. */
const MEANINGS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  '08': ['ERR_STORE_UNAVAILABLE', 'the connection to the database was lost'],
  [READ_ONLY_TRANSACTION]: [
    'ERR_STORE_READ_ONLY',
    'the database may not be written: it is a standby server, or set to read only',
  ],
  '28': ['ERR_STORE_UNAVAILABLE', 'the database refuses the user: see its name, its password, and pg_hba.conf'],
  '3D000': ['ERR_STORE_UNAVAILABLE', 'the server has no database of that name: make it first'],
  '3F000': ['ERR_STORE_SCHEMA', "Tenure's schema is gone: open the store again"],
  '42501': [
    'ERR_STORE_READ_ONLY',
    "the database's user may not do that: grant it all on Tenure's schema and its tables",
  ],
  '42703': ['ERR_STORE_SCHEMA', "the schema's tables are not as this version of Tenure makes them"],
  '42P01': ['ERR_STORE_SCHEMA', "a table of Tenure's is gone: open the store again, or restore it"],
  '42P07': ['ERR_STORE_SCHEMA', "the schema holds tables that are not Tenure's: name another"],
  '53': ['ERR_STORE_UNAVAILABLE', 'the server lacks memory, or another resource'],
  '53100': ['ERR_STORE_FULL', 'there is no space left for the database'],
  '53300': ['ERR_STORE_UNAVAILABLE', 'the server has no connection left: lower poolSize, or raise max_connections'],
  '55P03': ['ERR_STORE_UNAVAILABLE', 'rows stayed locked by another process'],
  '57': ['ERR_STORE_UNAVAILABLE', 'the server is shutting down, starting up, or ended the connection'],
  '57014': ['ERR_STORE_UNAVAILABLE', 'a statement took longer than statementTimeout, or was cancelled'],
  '58': ['ERR_STORE_UNAVAILABLE', 'the file system failed the database'],
  XX001: ['ERR_STORE_CORRUPT', 'the database is damaged'],
  XX002: ['ERR_STORE_CORRUPT', 'an index of the database is damaged'],
}

const LOST = 'the database cannot be reached, or the connection to it was lost'

/** What Node and the driver say of a connection that is not there. */
const NETWORK = /^(?:E(?:CONN|PIPE|HOST|NET|TIMEDOUT|AI_|NOTFOUND|ADDRNOTAVAIL|NOENT|ACCES)|ERR_(?:SSL|TLS)|.*CERT)/
const CONNECTION =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (?:has encountered|was closed)|The server does not support SSL|Cannot use a pool)/

/** Other transactions were first: deadlocks and rows that were inserted, or referred to, meanwhile. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '23503', '23505'])

/** Whether other writers were in the way: what was begun is undone, and may be tried again. */
export function isConflict(error: unknown): boolean {
  return error instanceof StoreError && error.cause instanceof pg.DatabaseError && CONFLICTS.has(error.cause.code ?? '')
}

/** Whether what a row refers to is not there, or not there any more. */
export function isMissing(error: unknown): boolean {
  return error instanceof StoreError && error.cause instanceof pg.DatabaseError && error.cause.code === '23503'
}

/**
 * Whether nothing more should be asked over the connection that an error came from: it is gone, or it leads to a server
 * that may not be written any more, as after a failover, and a new one may lead to another.
 */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  return error.severity === 'FATAL' || error.severity === 'PANIC' || error.code === READ_ONLY_TRANSACTION
}

/**
 * What a driver's error means. Tenure's own errors, and misuse, stay as they are.
 *
 * @param wasSent Whether a write was sent: where its answer was lost, it may have happened, and the message says so.
 */
export function toStoreError(error: unknown, { wasSent = false } = {}): unknown {
  if (!(error instanceof Error) || error instanceof StoreError || error instanceof TypeError) return error
  const [code, message] = meaningOf(error)
  const isLost = wasSent && code === 'ERR_STORE_UNAVAILABLE' && isBroken(error)
  return new StoreError(code, isLost ? `${message}: what was being written may have happened` : message, {
    cause: error,
  })
}

function meaningOf(error: Error): readonly [StoreErrorCode, string] {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof pg.DatabaseError) {
    return MEANINGS[code] ?? MEANINGS[code.slice(0, 2)] ?? ['ERR_STORE_FAULT', 'the database refused a statement']
  }
  if (error.message.startsWith('SASL')) return ['ERR_STORE_UNAVAILABLE', 'the database asks for another password']
  if (NETWORK.test(code) || CONNECTION.test(error.message)) return ['ERR_STORE_UNAVAILABLE', LOST]
  return ['ERR_STORE_FAULT', 'the driver of the database failed']
}
