import type { EpochMs } from '../src/domain/instant.ts'
import type { Session } from '../src/domain/session.ts'
import { settleClient } from '../src/lifecycle/client.ts'
import { settleSession } from '../src/lifecycle/settle-session.ts'
import { clientOf, NOTHING_DUE, SOME_DUE } from './fleet.ts'
import { type Comparison, within } from './measurement.ts'

const MILLION = 1_000_000
const SESSIONS_A_CLIENT = 4

/** Settling a million sessions, against a bare loop that says what each of the same objects is. */
export async function compareSettling(): Promise<Comparison[]> {
  const clients = Array.from({ length: MILLION / SESSIONS_A_CLIENT }, (_, index) => clientOf(index, SESSIONS_A_CLIENT))
  const sessions = clients.flatMap((client) => client.sessions)

  const bySession = (now: EpochMs) => () => {
    let live = 0
    for (const session of sessions) if (settleSession(session, now).session.status === 'active') live += 1
    return live
  }
  const byClient = (now: EpochMs) => () => {
    let live = 0
    for (const client of clients) {
      for (const session of settleClient(client, now).client.sessions) if (session.status === 'active') live += 1
    }
    return live
  }
  const bare = (now: EpochMs) => () => {
    let live = 0
    for (const session of sessions) if (classify(session, now) === 'active') live += 1
    return live
  }
  for (const now of [NOTHING_DUE, SOME_DUE]) {
    if (bySession(now)() !== bare(now)() || byClient(now)() !== bare(now)()) throw new Error('the loops disagree')
  }

  const bareLoop = (now: EpochMs) => ({ what: 'bare loop over 1M', call: bare(now) })
  const sessionLoop = (now: EpochMs) => ({ what: 'settleSession over 1M', call: bySession(now) })
  const clientLoop = (now: EpochMs) => ({ what: 'settleClient over 1M', call: byClient(now) })
  return [
    await within('settleSession, nothing due', 5, sessionLoop(NOTHING_DUE), bareLoop(NOTHING_DUE)),
    await within('settleClient, nothing due', Number.POSITIVE_INFINITY, clientLoop(NOTHING_DUE), bareLoop(NOTHING_DUE)),
    await within('settleSession, 30 % due', Number.POSITIVE_INFINITY, sessionLoop(SOME_DUE), bareLoop(SOME_DUE)),
    await within('settleClient, 30 % due', Number.POSITIVE_INFINITY, clientLoop(SOME_DUE), bareLoop(SOME_DUE)),
  ]
}

function classify({ status, expireAt, abandonAt }: Session, now: EpochMs): string {
  if (status !== 'active' && status !== 'pending' && status !== 'expired') return status
  if (now >= abandonAt) return 'abandoned'
  return now >= expireAt ? 'expired' : status
}
