/** Many callers at once on PostgreSQL: what Tenure sends together, against a pool that sends each by itself. */
import { defaultPolicy } from '../../src/domain/policy.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Comparison } from '../measurement.ts'
import { BARE_READ, BARE_TOUCH } from './commands-postgres.ts'
import { atLeast, byCallers, compare, contest, INFORMATION_GAIN } from './contest.ts'
import { barePool, differences, type PostgresDatabases } from './postgres-databases.ts'
import { type Fleet, hourAfter, sessionIds } from './stored-fleet.ts'

const CALLERS = 64

/** Verdicts and touches of 64 callers, against a pool of ten that reads by primary key and updates over a version. */
export async function compareCallers(databases: PostgresDatabases, fleet: Fleet): Promise<Comparison[]> {
  const url = await databases.filled(fleet)
  const other = await databases.copy(url)
  const pool = barePool(other)
  const clock = new ManualClock(hourAfter(fleet))
  const tenure = await openTenure({ store: url, policy: defaultPolicy, clock })
  const verifies = await contest(
    {
      tenure: { what: 'tenure.verify', run: byCallers(CALLERS, verifying(sessionIds(fleet))) },
      pool: { what: 'pool of ten, read by primary key', run: byCallers(CALLERS, reading(sessionIds(fleet))), oneIn: 3 },
    },
    { rounds: 11, calls: 30_000 },
  )
  const calls = Math.min(8000, Math.floor(fleet.size / 12))
  const touches = await contest(
    {
      tenure: { what: 'tenure.touch', run: byCallers(CALLERS, touching(sessionIds(fleet))) },
      pool: { what: 'pool of ten, versioned update', run: byCallers(CALLERS, updating(sessionIds(fleet))) },
    },
    { rounds: 9, calls, before: () => clock.advanceBy(1000) },
  )
  await tenure.close()
  await pool.end()
  const differing = await differences(url, other)
  if (differing.length > 0) throw new Error(`touches: the databases differ, ${differing.join('; ')}`)
  for (const each of [url, other]) await databases.drop(each)
  return [
    compare(`verify, PostgreSQL, ${CALLERS} callers`, verifies, ['tenure', 'pool'], atLeast(3)),
    compare(`touch, PostgreSQL, ${CALLERS} callers`, touches, ['tenure', 'pool'], INFORMATION_GAIN),
  ]

  function verifying(id: () => string) {
    return async () => {
      if (!(await tenure.verify(id())).live) throw new Error('a session of the fleet is not live')
    }
  }

  function reading(id: () => string) {
    return async () => {
      const { rows } = await pool.query(BARE_READ, [id()])
      if (rows.length !== 1) throw new Error('a session of the fleet is not there')
    }
  }

  function touching(id: () => string) {
    return async () => {
      if (!(await tenure.touch(id())).changed) throw new Error('a touch changed nothing')
    }
  }

  function updating(id: () => string) {
    return async () => {
      // Every session is touched once only, so its version is known.
      const { rowCount } = await pool.query(BARE_TOUCH, [clock.now(), id(), 1])
      if (rowCount !== 1) throw new Error('an update changed nothing')
    }
  }
}
