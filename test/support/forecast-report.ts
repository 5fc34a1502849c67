/** A report of many sessions, some of whose ids would be markup if they were let. */
import type { DurationMs } from '../../src/domain/duration.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { ClientId, UserId } from '../../src/domain/session.ts'
import { readPolicy } from '../../src/index.ts'
import { Forecast } from '../../src/simulation/forecast/forecast.ts'
import { renderReport } from '../../src/simulation/forecast/report/render-report.ts'
import { aClient, at, DAY } from './sessions.ts'

const HOUR = 3_600_000
/** 2026-08-05T12:00:00Z. */
const NOW = 1_785_931_200_000

/** Ids of users that hold what HTML, CSS and a terminal would read as their own. */
export const HOSTILE_IDS = [
  '</script><script>window.hit=1</script>',
  '"onmouseover="window.hit=1"x="',
  "'><img/src=x/onerror=window.hit=1>",
  '</title></style><b>',
  '&lt;b&gt;',
  '\u202edetrever\u202c',
] as const

/** The report of a policy against what is stored, or against another one. */
export async function aReport({ against = null, sessions = 200 }: { against?: Policy | null; sessions?: number } = {}) {
  const policy = readPolicy({ maximumLifetime: 'P5D', inactivityTimeout: 'PT12H' })
  const forecast = new Forecast({ at: at(NOW), horizon: (90 * DAY) as DurationMs, policy, against })
  for (let index = 0; index < sessions; index += 1) {
    const createdAt = NOW - 6 * DAY + ((index * 7919) % 100) * 1.4 * HOUR
    const lastActiveAt = Math.max(createdAt, NOW - ((index * 104_729) % 30) * HOUR)
    const parts = {
      name: `s${index}`,
      createdAt,
      lastActiveAt,
      expireAt: createdAt + 7 * DAY,
      abandonAt: createdAt + 30 * DAY,
    }
    const client = aClient([parts])
    const userId = (HOSTILE_IDS[index % 8] ?? `user_${index}`) as UserId
    const id = `client_${index}` as ClientId
    forecast.add({ ...client, id, sessions: client.sessions.map((session) => ({ ...session, userId })) })
  }
  for (const _ of forecast.finish());
  const files = ['clients.ndjson', '<script>window.hit=1</script>.ndjson']
  const names = { policy: '<b>new</b>.json', against: against === null ? null : 'old.json' }
  return renderReport(forecast.result(), { files, rejected: 1, ...names, documents: { policy, against } })
}
