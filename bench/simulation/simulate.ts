import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EpochMs } from '../../src/domain/instant.ts'
import { isLive } from '../../src/domain/status.ts'
import { settleSession } from '../../src/lifecycle/settle-session.ts'
import { NOTHING_DUE, sessionOf } from '../fleet.ts'
import { type Comparison, median } from '../measurement.ts'

const TENURE = fileURLToPath(new URL('../../dist/src/cli/tenure.js', import.meta.url))
const FAULTS = fileURLToPath(new URL('../../examples/simulation/faults.json', import.meta.url))
const DAY = 86_400_000

const CLIENTS = 10_000
const DAYS = 90
const ROUNDS = 3

/** A simulated quarter of ten thousand clients, with faults, takes less than this. */
const LIMIT_SECONDS = 30

/**
 * The built `tenure simulate` of a quarter, faults and all checks included: against the clock, and, for each day that a
 * session is live, against the lifecycle's table alone, which settles every session of a fleet once a day.
 */
export function compareSimulation(): Comparison[] {
  const runs = Array.from({ length: ROUNDS }, (_, round) => simulateQuarter(round + 1))
  const seconds = median(runs.map((run) => run.seconds))
  const perSessionDay = median(runs.map((run) => (1e9 * run.seconds) / run.sessionDays))
  const pure = settleDaily()
  const quarter = `${CLIENTS.toLocaleString('en')} clients, ${DAYS} days, with faults`
  return [
    {
      name: `tenure simulate, ${quarter}`,
      subject: { what: 'the whole run', nanoseconds: seconds * 1e9 },
      baseline: { what: `${LIMIT_SECONDS} seconds`, nanoseconds: LIMIT_SECONDS * 1e9 },
      ratio: seconds / LIMIT_SECONDS,
      target: 'less than 1x',
      holds: seconds < LIMIT_SECONDS,
    },
    {
      name: `a session-day: ${rate(perSessionDay)} a second through the service, ${rate(pure)} by the table`,
      subject: { what: 'through service, jobs, faults and checks', nanoseconds: perSessionDay },
      baseline: { what: 'settleSession once a day', nanoseconds: pure },
      ratio: perSessionDay / pure,
      target: '',
      holds: true,
    },
  ]
}

interface Run {
  readonly seconds: number
  readonly sessionDays: number
}

function simulateQuarter(seed: number): Run {
  const args = ['simulate', '--seed', String(seed), '--clients', String(CLIENTS), '--days', String(DAYS)]
  const { status, stdout } = spawnSync(process.execPath, [TENURE, ...args, '--faults', FAULTS], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`seed ${seed} ended with ${status}: is the package built (npm run build)?`)
  return JSON.parse(stdout)
}

/** Nanoseconds for each day that a session of a fleet is live, where all are settled once a day until none is. */
function settleDaily(): number {
  const sessions = Array.from({ length: 200_000 }, (_, index) => sessionOf(index, 0))
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    let days = 0
    const begun = process.hrtime.bigint()
    for (let day = 0; day < 9; day += 1) {
      const now = (NOTHING_DUE + day * DAY) as EpochMs
      for (const session of sessions) if (isLive(settleSession(session, now).session.status)) days += 1
    }
    if (round > 0) times.push(Number(process.hrtime.bigint() - begun) / days)
  }
  return median(times)
}

function rate(nanoseconds: number): string {
  return Math.round(1e9 / nanoseconds).toLocaleString('en')
}
