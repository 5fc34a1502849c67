/**
 * A fleet of stored sessions, one on each client, as they stand after so many sign-ins: filled in by SQL, which both
 * databases speak, so that a million take less time than what is measured on them.
 *
 * Ids go by creation, as KSUIDs do; users come in no order, unless it is said.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../src/domain/instant.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How far apart the sign-ins were where nobody says, milliseconds. */
const SPACING = 50

/** Twenty characters of an id, other than those of an imported one; seven digits follow. */
const PREFIX = '3HMq4Rb0cVw7Xk2tZ9yL'

/** A fleet, and how long its sessions last. */
export interface Fleet {
  readonly size: number
  /** When the first was created, epoch milliseconds. */
  readonly start: EpochMs
  /** How far apart the sign-ins were, milliseconds. */
  readonly spacing: number
  readonly expireAfter: number
  readonly abandonAfter: number
  /** Whether users signed in for the first time, one after the other, rather than in no order. */
  readonly hasUsersInOrder: boolean
}

/** A fleet whose last session was created just now, with the lifetimes of the default policy. */
export function fleetOf(size: number, expireAfter = 7 * DAY, abandonAfter = 30 * DAY): Fleet {
  return {
    size,
    start: (Date.now() - size * SPACING - 1000) as EpochMs,
    spacing: SPACING,
    expireAfter,
    abandonAfter,
    hasUsersInOrder: false,
  }
}

/** A fleet whose sessions expire one after the other, so far apart, the first of them in so many milliseconds. */
export function expiringFleet(size: number, spacing: number, after: number): Fleet {
  return { ...fleetOf(size), start: (Date.now() + after - 7 * DAY) as EpochMs, spacing }
}

/** The same fleet, its users' ids in the order of their sessions. */
export function withUsersInOrder(fleet: Fleet): Fleet {
  return { ...fleet, hasUsersInOrder: true }
}

/** The instant at which so many of a fleet's sessions are due. */
export function instantOf({ start, spacing, expireAfter }: Fleet, due: number): EpochMs {
  return (start + expireAfter + (due - 1) * spacing) as EpochMs
}

/** An hour after a fleet's last sign-in, when no touch is throttled. */
export function hourAfter({ start, spacing, size }: Fleet): EpochMs {
  return (start + size * spacing + HOUR) as EpochMs
}

/** The ids of a fleet's sessions, once round, in an order that jumps about in the table. */
export function sessionIds({ size }: Fleet): () => string {
  const stride = strideOf(size)
  let index = 0
  return () => {
    index = (index + stride) % size
    return `sess_${PREFIX}${String(index).padStart(7, '0')}`
  }
}

/** What fills a fleet's tables, each row of a client, of its session and of how that began. `number` is its place. */
export function fleetSql(
  { size, start, spacing, expireAfter, abandonAfter, hasUsersInOrder }: Fleet,
  { digits, table }: { readonly digits: (number: string) => string; readonly table: (name: string) => string },
): { readonly clients: string; readonly sessions: string; readonly ledger: string } {
  const id = (kind: string, number = 'number') => `'${kind}_${PREFIX}' || ${digits(number)}`
  const [client, session] = [id('client'), id('sess')]
  const user = id('user', hasUsersInOrder ? 'number' : `(number * ${strideOf(size)}) % ${size}`)
  const created = `${start} + number * ${spacing}`
  return {
    clients: `INSERT INTO ${table('clients')} (id, version, session_ids, last_active_session_id, created_at, updated_at)
      SELECT ${client}, 1, '["' || ${session} || '"]', ${session}, ${created}, ${created} FROM numbers`,
    sessions: `INSERT INTO ${table('sessions')} (id, client_id, user_id, status, version, place, created_at, updated_at,
        last_active_at, expire_at, abandon_at, due_at)
      SELECT ${session}, ${client}, ${user}, 'active', 1, 0, ${created}, ${created}, ${created},
        ${created} + ${expireAfter}, ${created} + ${abandonAfter}, ${created} + ${expireAfter} FROM numbers`,
    ledger: `INSERT INTO ${table('ledger')} (session_id, client_id, user_id, version, to_status, cause, at, recorded_at)
      SELECT ${session}, ${client}, ${user}, 1, 'active', 'sign-in', ${created}, ${created} FROM numbers`,
  }
}

/** Fills a SQLite database that has Tenure's tables. */
export function fillSqlite(database: DatabaseSync, fleet: Fleet): void {
  const sql = fleetSql(fleet, { digits: (number) => `printf('%07d', ${number})`, table: (name) => name })
  database.exec('PRAGMA cache_size = -400000')
  database.exec(`CREATE TEMP VIEW numbers AS
    WITH RECURSIVE up (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM up WHERE number + 1 < ${fleet.size})
    SELECT number FROM up`)
  for (const statement of Object.values(sql)) database.exec(statement)
}

/** A step through so many that comes to each of them, and is far: a prime that does not divide it. */
function strideOf(size: number): number {
  return [104_729, 104_723, 104_717].find((prime) => size % prime !== 0) as number
}
