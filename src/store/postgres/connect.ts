import { StoreError } from '../../domain/errors.ts'
import { Database, OwnConnection, type Settings, tablesOf } from './database.ts'
import { isRestoredText, newBaseText } from './feed-order.ts'
import { migrationsOf } from './migrations.ts'
import type { PostgresOptions } from './options.ts'

/** Locks that migrations are applied under: "TENU", and one a schema. */
const LOCK = 0x54454e55

/**
 * Connects to a database, and brings its tables up to date.
 *
 * @throws {TypeError} When an option, or the URL, is none; the message does not repeat it.
 * @throws {StoreError} When it cannot be reached, holds tables that are not Tenure's, or is newer than this code.
 */
export async function connect(url: string, options: PostgresOptions): Promise<Database> {
  const settings = settingsOf(url, options)
  await migrate(settings)
  return new Database(settings)
}

function settingsOf(url: string, options: PostgresOptions): Settings {
  const { clock = 'process', schema = 'tenure', poolSize = 10 } = options
  const { queueSchema = 'pgboss', connectionTimeout = 10_000, statementTimeout = 30_000 } = options
  if (clock !== 'process' && clock !== 'database') throw new TypeError('clock is process or database')
  if (!/^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
    throw new TypeError('schema is 1 to 63 letters, digits and _, and begins neither with a digit nor with pg_')
  }
  if (!/^(?!pg_)[a-z_][a-z0-9_]{0,49}$/.test(queueSchema)) {
    throw new TypeError(
      'queueSchema is 1 to 50 small letters, digits and _, and begins neither with a digit nor with pg_',
    )
  }
  if (!Number.isInteger(poolSize) || poolSize < 1) throw new TypeError('poolSize is a whole number from 1')
  if (!isDelay(connectionTimeout) || connectionTimeout === 0) {
    throw new TypeError('connectionTimeout is a whole number of milliseconds from 1')
  }
  if (!isDelay(statementTimeout))
    throw new TypeError('statementTimeout is a whole number of milliseconds, not negative')
  return { url, clock, schema, queueSchema, poolSize, connectionTimeout, statementTimeout }
}

/** Half of the longest timer, for two are added up. */
function isDelay(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 30
}

/**
 * Applies the migrations that are missing, and has the feed go on where the database was restored; under a lock, so that
 * of two processes one does and one waits.
 */
async function migrate(settings: Settings): Promise<void> {
  const connection = await OwnConnection.open(settings, { isTimed: false })
  try {
    await applyMigrations(connection, settings.schema)
  } finally {
    await connection.end()
  }
}

async function applyMigrations(connection: OwnConnection, schema: string): Promise<void> {
  const migrations = migrationsOf(`"${schema}"`)
  if ((await versionOf(connection, schema)) === migrations.length && !(await isRestored(connection, schema))) return
  await connection.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' })
  await connection.query({ text: 'SELECT pg_advisory_xact_lock($1, hashtext($2))', values: [LOCK, schema] })
  const version = await versionOf(connection, schema)
  if (version === null) await connection.query({ text: `CREATE SCHEMA "${schema}"` })
  for (const [place, statements] of migrations.entries()) {
    if (place < (version ?? 0)) continue
    await connection.query({ text: statements.join(';\n') })
    await connection.query({ text: `INSERT INTO "${schema}".migrations VALUES ($1)`, values: [place + 1] })
  }
  await connection.query({ text: newBaseText(tablesOf(schema)) })
  await connection.query({ text: 'COMMIT', isWrite: true })
}

/** Whether the database was restored on a server that has counted less far than the one it comes from. */
async function isRestored(connection: OwnConnection, schema: string): Promise<boolean> {
  const [row] = await connection.query({ text: isRestoredText(tablesOf(schema)) })
  return row?.['is_restored'] === true
}

/**
 * How many migrations a schema has had; `null` where it is not there.
 *
 * It is looked for in the catalogue's tables: `to_regnamespace` goes on saying within a transaction what it said before
 * the lock was waited for.
 */
async function versionOf(connection: OwnConnection, schema: string): Promise<number | null> {
  const namespace = 'SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1'
  const found = `SELECT EXISTS (${namespace}) AS schema, current_setting('server_encoding') AS encoding,
    EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'migrations' AND relnamespace = (${namespace})) AS table`
  const [row] = await connection.query({ text: found, values: [schema] })
  if (row?.['encoding'] !== 'UTF8') {
    throw new StoreError('ERR_STORE_SCHEMA', 'the database is not encoded in UTF-8: make one that is')
  }
  if (row['table'] !== true) return row['schema'] === true ? 0 : null
  const version = `SELECT coalesce(max(version), 0) AS version FROM "${schema}".migrations`
  const [last] = await connection.query({ text: version })
  return checked(last?.['version'] as number, migrationsOf('').length)
}

function checked(version: number, known: number): number {
  if (version <= known) return version
  throw new StoreError(
    'ERR_STORE_SCHEMA',
    `the database has schema ${version}, and this version of Tenure knows ${known}: update Tenure`,
  )
}
