/**
 * The SQL that says which status a row has at an instant, and the columns that the sweep and retention go by, held to the
 * lifecycle: every status x every order of deadlines x every instant about them.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nextDeadline } from '../../../src/domain/deadlines.ts'
import { isClosed, STATUSES } from '../../../src/domain/status.ts'
import { statusAt } from '../../../src/lifecycle/index.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { StoredSession } from '../../../src/store/port.ts'
import { at } from '../../support/sessions.ts'
import { aNewClient, dumpOf, put } from '../../support/stored.ts'
import type { OpenedStore, StoreKind } from '../../support/stores.ts'

const [EARLY, LATE] = [10, 20]
const ORDERS = [
  [EARLY, LATE],
  [LATE, EARLY],
  [EARLY, EARLY],
  [LATE, LATE],
] as const
/** The boundaries, and one to either side. */
const INSTANTS = [0, EARLY - 1, EARLY, EARLY + 1, LATE - 1, LATE, LATE + 1, 8.64e15].map(at)

/** One client each, so that what is due is told by its client. */
const CLIENTS = STATUSES.flatMap((status) =>
  ORDERS.map(([expireAt, abandonAt]) => {
    const name = `${status}-${expireAt}-${abandonAt}`
    return aNewClient([{ name, status, expireAt, abandonAt, closedAt: 7 }], { name })
  }),
)
const SESSIONS = CLIENTS.flatMap(({ sessions }) => sessions)

const sorted = (ids: readonly string[]) => ids.toSorted()
const idsOf = (sessions: readonly StoredSession[]) => sorted(sessions.map(({ id }) => id))

export function statuses(kind: StoreKind): void {
  let opened: OpenedStore
  before(async () => {
    opened = await kind.open(new ManualClock())
    await put(opened.store, ...CLIENTS)
  })
  after(() => opened[Symbol.asyncDispose]())

  for (const asOf of INSTANTS) {
    test(`at ${asOf} every row is listed under the status that the lifecycle gives it`, async () => {
      for (const status of STATUSES) {
        const { rows, total } = await opened.store.listSessions({ status: [status], asOf, limit: 1000 })
        const expected = SESSIONS.filter((session) => statusAt(session, asOf) === status)
        assert.deepEqual([idsOf(rows), total], [idsOf(expected), expected.length], status)
      }
    })

    test(`at ${asOf} what is due is what has a deadline then or before, the oldest first`, async () => {
      const due = SESSIONS.filter((session) => (nextDeadline(session) ?? Number.POSITIVE_INFINITY) <= asOf)
      const found = await opened.store.findDue(asOf, 1000)
      assert.deepEqual(sorted(found), sorted(due.map(({ clientId }) => clientId)))
      const dueAt = new Map(due.map((session) => [session.clientId, nextDeadline(session) ?? 0]))
      const deadlines = found.map((id) => dueAt.get(id) ?? 0)
      assert.deepEqual(
        deadlines,
        deadlines.toSorted((a, b) => a - b),
      )
      // Whatever is due is brought about by settling, and nothing else is.
      const settles = SESSIONS.filter((session) => statusAt(session, asOf) !== session.status)
      assert.deepEqual(idsOf(due), idsOf(settles))
    })
  }

  test('a row is due at its next deadline, or never where it is closed, and closed when it was', async () => {
    const { records } = await dumpOf(opened.store)
    assert.equal(records.length, SESSIONS.length)
    for (const { session, dueAt } of records) {
      assert.ok(session)
      assert.equal(dueAt, nextDeadline(session), session.id)
      assert.equal(session.closedAt, isClosed(session.status) ? 7 : null, session.id)
    }
    assert.deepEqual(sorted(await opened.store.findClosed(at(6), 1000)), [])
    const closed = SESSIONS.filter(({ status }) => isClosed(status))
    assert.deepEqual(sorted(await opened.store.findClosed(at(7), 1000)), sorted(closed.map(({ clientId }) => clientId)))
  })
}
