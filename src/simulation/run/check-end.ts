import type { SessionId } from '../../domain/session.ts'
import { openTenure } from '../../service/open-tenure.ts'
import type { StoredSession, StoreSnapshot } from '../../store/port.ts'
import { lawfulDue, lawfulRank } from './law.ts'
import type { World } from './world.ts'

/** How long after its time something may be done at the latest, besides the interval of who does it, milliseconds. */
const SLACK = 150_000

/** Replays the ledger against the rows. */
export async function checkLedger(world: World): Promise<void> {
  const { database, databaseClock, scenario, journal, randomness, oracle } = world
  const { policy } = scenario
  await database.call(databaseClock, async (store) => {
    const tenure = await openTenure({ store, policy, clock: databaseClock, randomness: randomness.fork('audit') })
    const audit = tenure.audit()
    for (let next = await audit.next(); ; next = await audit.next()) {
      if (next.done === true) {
        const { entries } = next.value
        if (entries !== oracle.entries)
          journal.breach('ledger-replays', `${entries} rows, and ${oracle.entries} were written`)
        journal.note(`audit: ${JSON.stringify(next.value)}`)
        return
      }
      journal.breach('ledger-replays', JSON.stringify(next.value))
    }
  })
}

/** Holds the world, once everything has come to rest, to what must have happened by then. */
export async function checkEnd(world: World): Promise<void> {
  await checkLedger(world)
  await world.database.call(world.databaseClock, async (store) => {
    const snapshot = await store.snapshot()
    try {
      await checkRows(world, snapshot)
    } finally {
      await snapshot[Symbol.asyncDispose]()
    }
  })
  const { oracle, audience, receivers } = world
  for (const { receiver, queue } of receivers) {
    receiver.checkAll()
    const count = await world.database.call(world.databaseClock, (_store, queues) => queues.count(queue))
    if (count.open + count.dead > 0) {
      world.journal.breach('delivered-in-time', `${JSON.stringify(count)} are left in ${queue}`)
    }
  }
  audience.checkAll((id) => oracle.sessions.get(id)?.session.status)
}

async function checkRows(world: World, snapshot: StoreSnapshot): Promise<void> {
  const { oracle, journal } = world
  const rows = new Map<SessionId, StoredSession>()
  for await (const client of snapshot.clients()) for (const session of client.sessions) rows.set(session.id, session)
  for (const [id, { session, isPurged }] of oracle.sessions) {
    const row = rows.get(id)
    rows.delete(id)
    if (isPurged !== (row === undefined))
      journal.breach('rows-as-written', `${id} is there or gone against what was written`)
    if (row === undefined) continue
    if (gist(row) !== gist(session))
      journal.breach('rows-as-written', `${gist(row)} is stored, and ${gist(session)} was written`)
    checkDone(world, row)
  }
  for (const id of rows.keys()) journal.breach('rows-as-written', `${id} is stored, and nobody wrote it`)
}

/** What the jobs owe once nothing goes wrong any more. */
function checkDone({ scenario, agenda, journal }: World, session: StoredSession): void {
  const { policy, workload } = scenario
  const late = agenda.now - SLACK
  if (lawfulDue(session) <= late - workload.sweepInterval) {
    journal.breach(
      'swept-in-time',
      `${session.id} was due at ${lawfulDue(session)}, and is ${session.status} at ${agenda.now}`,
    )
  }
  const closedBy = late - policy.retention - workload.sweepInterval - workload.purgeInterval
  if (lawfulRank(session.status) < 2 && (session.closedAt ?? 0) <= closedBy) {
    journal.breach('purged-in-time', `${session.id} closed at ${session.closedAt}, and is there at ${agenda.now}`)
  }
}

function gist({ id, clientId, userId, status, version, closedAt, ...session }: StoredSession): string {
  const { createdAt, updatedAt, lastActiveAt, expireAt, abandonAt } = session
  return JSON.stringify([
    id,
    clientId,
    userId,
    status,
    version,
    closedAt,
    createdAt,
    updatedAt,
    lastActiveAt,
    expireAt,
    abandonAt,
  ])
}
