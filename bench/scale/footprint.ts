/** What a fleet takes up in a PostgreSQL database, by table and index. */
import type pg from 'pg'

/** A table, or an index of one. */
export interface Footprint {
  readonly name: string
  /** What it takes up for a session, bytes; of a table its rows and what lies beside them, without its indexes. */
  readonly bytes: number
}

/** Everything in the schema that has a row a session. */
export async function footprintsOf(client: pg.Client, sessions: number): Promise<readonly Footprint[]> {
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `SELECT c.relname AS name, CASE c.relkind WHEN 'i' THEN pg_relation_size(c.oid) ELSE pg_table_size(c.oid) END AS bytes
     FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'tenure'::regnamespace AND c.relkind IN ('r', 'i')
     ORDER BY coalesce(i.indrelid, c.oid), c.relkind DESC, c.relname`,
  )
  return rows.map(({ name, bytes }) => ({ name, bytes: Number(bytes) / sessions })).filter(({ bytes }) => bytes >= 1)
}

/** Pages that finding a batch of the due goes through, and how long it takes. */
export interface DueSearch {
  readonly pages: number
  readonly milliseconds: number
}

/** Finds the longest due, as the sweep does. */
export async function searchDue(client: pg.Client, dueBy: number, limit: number): Promise<DueSearch> {
  const search = `SELECT client_id FROM sessions WHERE due_at <= ${dueBy} ORDER BY due_at LIMIT ${limit}`
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${search}`)
  const [{ Plan: plan, 'Execution Time': milliseconds }] = rows[0]['QUERY PLAN']
  return { pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], milliseconds }
}

/** What writing has left behind in the table of sessions. */
export interface Wear {
  /** Of the updates, those that left the indexes alone: 0 to 1. */
  readonly hot: number
  /** Row versions that nobody sees any more. */
  readonly dead: number
  /** How much larger the table and its indexes have become, bytes. */
  readonly grown: number
  /** How long VACUUM took, milliseconds. */
  readonly vacuum: number
}

/** Has work done, and says what it left behind. */
export async function wearOf(client: pg.Client, work: () => Promise<void>): Promise<Wear> {
  await client.query('VACUUM sessions')
  const before = await statistics(client)
  await work()
  const after = await statistics(client)
  const begun = performance.now()
  await client.query('VACUUM sessions')
  const vacuum = performance.now() - begun
  const updates = after.updates - before.updates
  return {
    hot: (after.hot - before.hot) / updates,
    dead: after.dead - before.dead,
    grown: after.bytes - before.bytes,
    vacuum,
  }
}

async function statistics(client: pg.Client) {
  // Statistics of other sessions come within a second.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await client.query('SELECT pg_stat_clear_snapshot()')
  const { rows } = await client.query(
    `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot, n_dead_tup AS dead, pg_total_relation_size(relid) AS bytes
     FROM pg_stat_user_tables WHERE relid = 'sessions'::regclass`,
  )
  const [row] = rows as Record<string, string>[]
  const numberOf = (name: string) => Number(row?.[name])
  return { updates: numberOf('updates'), hot: numberOf('hot'), dead: numberOf('dead'), bytes: numberOf('bytes') }
}
