import { MAXIMUM_DEAD_LISTED } from '../../job.ts'
import { tablesOf } from '../database.ts'

/** What is asked of the engine's tables, and its own calls do not answer. */
export type EngineStatements = ReturnType<typeof engineStatementsOf>

/** Text of the server's for an instant in epoch milliseconds. */
const MILLISECONDS = (instant: string) => `floor(extract(epoch FROM ${instant}) * 1000)::bigint`

/** Text of the server's for an instant in epoch microseconds, which is as fine as it keeps them. */
const MICROSECONDS = (instant: string) => `floor(extract(epoch FROM ${instant}) * 1000000)::bigint`

/** When a lease ends. */
const LEASE_END = "started_on + expire_seconds * interval '1 second'"

/** Statements on the engine's tables. */
export function engineStatementsOf(schema: string) {
  const tables = tablesOf(schema)
  const job = tables('job')
  const now = `${tables('job_now')}()`
  const STRICT = "policy = 'key_strict_fifo'"
  return {
    /** The jobs of a queue whose leases have ended, with the attempts that they were taken for. */
    expired: `SELECT id::text AS id, retry_count FROM ${job}
      WHERE name = $1 AND state = 'active' AND ${LEASE_END} <= ${now} LIMIT 1000`,
    /**
     * Takes jobs as the engine's own fetch does, whose statement reads all that waits each time. This one goes along the
     * engine's index of what waits, in order, and asks of each whether it is the first of its key and whether another holds
     * that: what is tried again holds it, and so comes first. Both are asked in a form that the planner can neither turn into a join nor take for rarely true: so it ends at the
     * limit, whatever the table's statistics say.
     */
    take: `WITH next AS MATERIALIZED (
        SELECT j.id FROM ${job} AS j
        WHERE j.name = $1 AND j.${STRICT} AND j.state < 'active' AND NOT j.blocked AND j.start_after <= ${now}
          AND (j.state = 'retry' OR (SELECT f.id = j.id FROM ${job} AS f WHERE f.name = $1
            AND f.singleton_key = j.singleton_key AND f.state < 'active' AND NOT f.blocked AND f.${STRICT}
            AND f.start_after <= ${now} ORDER BY f.created_on, f.id LIMIT 1))
          AND NOT coalesce((SELECT true FROM ${job} AS h WHERE h.name = $1 AND h.singleton_key = j.singleton_key
            AND h.state IN ('active', 'retry', 'failed') AND h.${STRICT} AND h.id <> j.id LIMIT 1), false)
        ORDER BY j.priority DESC, j.created_on LIMIT $2 FOR UPDATE OF j SKIP LOCKED)
      UPDATE ${job} AS j SET state = 'active', started_on = ${now}, heartbeat_on = ${now},
        retry_count = CASE WHEN j.started_on IS NOT NULL THEN j.retry_count + 1 ELSE j.retry_count END
      FROM next WHERE j.name = $1 AND j.id = next.id
      RETURNING j.id::text AS id, j.singleton_key, j.data, j.retry_count, ${MICROSECONDS('j.created_on')} AS created_on`,
    /**
     * In how long something of a queue may be taken. What is taken or tried again holds its key, and there is at most one
     * of them a key; what else waits may be taken at once where nobody holds its key.
     */
    nextIn: `SELECT CASE WHEN EXISTS (
        SELECT FROM ${job} AS c WHERE c.name = $1 AND c.state = 'created' AND NOT c.blocked AND c.${STRICT}
          AND NOT EXISTS (SELECT FROM ${job} AS h WHERE h.name = $1 AND h.singleton_key = c.singleton_key
            AND h.state IN ('active', 'retry', 'failed') AND h.${STRICT})
      ) THEN 0 ELSE ceil(extract(epoch FROM least(
        (SELECT min(start_after) FROM ${job} WHERE name = $1 AND state = 'retry'),
        (SELECT min(${LEASE_END}) FROM ${job} WHERE name = $1 AND state = 'active')
      ) - ${now}) * 1000)::bigint END AS next_in`,
    count: `SELECT
      (SELECT count(*) FROM ${job} WHERE name = $1 AND state IN ('created', 'retry', 'active')) AS open,
      (SELECT count(*) FROM ${job} WHERE name = $2 AND state IN ('created', 'retry', 'active')) AS dead`,
    dead: `SELECT id::text AS id, singleton_key, data, ${MILLISECONDS('created_on')} AS buried_at FROM ${job}
      WHERE name = $1 AND id > $2::uuid ORDER BY id LIMIT least($3, ${MAXIMUM_DEAD_LISTED})`,
    lastDead: `SELECT id::text AS id FROM ${job} WHERE name = $1 ORDER BY id DESC LIMIT 1`,
    lockDead: `SELECT id::text AS id, singleton_key, data, expire_seconds AS lease FROM ${job}
      WHERE name = $1 AND id > $2::uuid AND id <= $3::uuid ORDER BY id LIMIT $4 FOR UPDATE`,
    lockDeadOf: `SELECT id::text AS id, singleton_key, data, expire_seconds AS lease FROM ${job}
      WHERE name = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE`,
    deleteDead: `DELETE FROM ${job} WHERE name = $1 AND id = ANY($2::uuid[])`,
    /** Of the queues that are ours: those of which there is one for the dead. */
    deleteOldDead: `WITH old AS MATERIALIZED (
        SELECT name, id FROM ${job} WHERE name IN (
          SELECT d.name FROM ${tables('queue')} AS d JOIN ${tables('queue')} AS q ON d.name = q.name || '/dead'
          WHERE q.${STRICT}
        ) AND created_on < to_timestamp(($1::bigint + 1) / 1000.0) ORDER BY created_on LIMIT $2 FOR UPDATE SKIP LOCKED)
      DELETE FROM ${job} AS j USING old WHERE j.name = old.name AND j.id = old.id RETURNING j.id`,
    subscribed: `SELECT event, name FROM ${tables('subscription')} WHERE event = ANY($1::text[]) ORDER BY event, name`,
  } as const
}
