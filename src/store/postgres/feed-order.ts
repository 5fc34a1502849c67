/**
 * Where a row of the ledger stands in the feed, as SQL that the server works out.
 *
 * A sequence is drawn before its transaction commits, so a lower one may come to be seen after a higher one, and who reads
 * on behind the higher one has lost it. Rows therefore have an order beside it, and stand by (order, sequence):
 *
 *   order    the greater of the writing transaction's number and the last number that had finished when its write began
 *   horizon  the number of the oldest transaction that has not finished; only rows of a lower order are given
 *
 * 1. No row comes to stand before one that was given. A row's order is never less than its transaction's number. Every
 *    transaction below the horizon has finished, so each row below it can be seen already, or never will be. The horizon
 *    does not move back.
 * 2. Rows of one client are in the order they happened. Each is written over a version of the client that a statement
 *    before had read, whether nothing was locked or everything. So whoever wrote that version had finished when this write
 *    began: its own number is no greater than the last that had finished, and nor is the order that it took. Where the
 *    orders are equal the sequence says it, for that is drawn once the client's row is locked. A touch that is recorded is
 *    written over a version of its session alone, and so is in order among the rows of that.
 * 3. No row is kept back for ever. Its order is the number of a transaction that has finished once the row's own has, and
 *    the horizon is above that as soon as all older ones have.
 *
 * The transaction's number alone would not do: one that locks several rows has its number from the first of them, and may
 * wait for the next until a younger transaction has written there and committed.
 *
 * The horizon is that of the whole server: whoever has written in any of its databases and not yet committed, a prepared
 * transaction too, delays the feed. Who only reads, however long, does not: such a transaction has no number. Numbers
 * are of 64 bits, and never begin anew on a server. A database that is restored on another may hold orders that this
 * one has not come to, which would stand above the horizon for as long. Where one is found when the store is opened, a
 * base is written down that all further orders, and the horizon, are counted from: behind every row that is there, so
 * that cursors stay good.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
import type { Tables } from './database.ts'

const OWN = 'pg_current_xact_id()::text::bigint'
const OLDEST = 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
const NEXT = 'pg_snapshot_xmax(pg_current_snapshot())::text::bigint'

/** What orders are counted from: the last base that was written down. */
function baseText(tables: Tables): string {
  return `(SELECT coalesce(max(base), 0) FROM ${tables('feed_bases')})`
}

/** The order of a row that this statement writes. */
export function orderText(tables: Tables): string {
  return `${baseText(tables)} + greatest(${OWN}, ${NEXT} - 1)`
}

/** The order that rows have to be below to be given. */
export function horizonText(tables: Tables): string {
  return `${baseText(tables)} + ${OLDEST}`
}

/**
 * Says whether there is a row of an order that no transaction of this server can have taken: `is_restored`. A row that
 * can be seen is of a transaction that has finished.
 */
export function isRestoredText(tables: Tables): string {
  return `SELECT max(feed_order) >= ${baseText(tables)} + ${NEXT} AS is_restored FROM ${tables('ledger')}`
}

/** Writes down a base behind every row, where there is such a row. */
export function newBaseText(tables: Tables): string {
  return `INSERT INTO ${tables('feed_bases')} SELECT max(feed_order) + 1 FROM ${tables('ledger')}
    HAVING max(feed_order) >= ${baseText(tables)} + ${NEXT}`
}
