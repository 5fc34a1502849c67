import { openTenure } from '../../src/service/open-tenure.ts'
import type { Comparison } from '../measurement.ts'
import { atMost, compare, contest, inTurn } from './contest.ts'
import { bareSqlite, type SqliteFiles } from './sqlite-files.ts'
import { type Fleet, sessionIds } from './stored-fleet.ts'

/** What a verdict is made of, and no more. */
export const BARE_READ = `SELECT id, client_id, user_id, status, version, place, created_at, updated_at, last_active_at,
  expire_at, abandon_at, closed_at FROM sessions WHERE id = ?`

/** A verdict, against reading the same columns of the same file by primary key and doing nothing with them. */
export async function compareVerify(files: SqliteFiles, fleet: Fleet): Promise<Comparison[]> {
  const path = files.filled(fleet)
  await using tenure = await openTenure({ store: `sqlite:${path}` })
  using database = bareSqlite(path)
  const read = database.prepare(BARE_READ)
  const [verified, bare] = [sessionIds(fleet), sessionIds(fleet)]
  const { live } = await tenure.verify(verified())
  if (!live || read.get(bare()) === undefined) throw new Error('a session of the fleet is not live')
  const rounds = await contest(
    {
      verify: { what: 'tenure.verify', run: inTurn(() => tenure.verify(verified())) },
      read: {
        what: 'bare read by primary key',
        run: (calls) => {
          for (let made = 0; made < calls; made += 1) read.get(bare())
        },
      },
    },
    { rounds: 21, calls: 15_000 },
  )
  return [compare('verify, SQLite', rounds, ['verify', 'read'], atMost(1.5))]
}
