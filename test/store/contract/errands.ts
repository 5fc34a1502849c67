/** What the jobs ask for: who is due, whose sessions to revoke, what was closed long ago, which clients are empty. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientId } from '../../../src/domain/session.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { changeOf } from '../../../src/store/client-change.ts'
import { at, sess, user } from '../../support/sessions.ts'
import {
  aNewClient,
  changeSession,
  clientId,
  dumpOf,
  purgeOf,
  put,
  readOne,
  transitionOf,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const ids = (...names: readonly string[]) => names.map(clientId)

export function errands(kind: StoreKind): void {
  test('what is due comes with the oldest deadline first, each client once, and never more than asked for', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    await put(
      store,
      aNewClient(
        [
          { name: 'a1', expireAt: 30 },
          { name: 'a2', expireAt: 11 },
        ],
        { name: 'a' },
      ),
      aNewClient(
        [
          { name: 'b1', expireAt: 10 },
          { name: 'b2', expireAt: 40 },
        ],
        { name: 'b' },
      ),
      aNewClient(
        [
          { name: 'c1', expireAt: 9, status: 'ended' },
          { name: 'c2', expireAt: 12 },
        ],
        { name: 'c' },
      ),
    )
    assert.deepEqual(await store.findDue(at(9), 10), [])
    assert.deepEqual(await store.findDue(at(10), 10), ids('b'))
    assert.deepEqual(await store.findDue(at(12), 10), ids('b', 'a', 'c'))
    assert.deepEqual(await store.findDue(at(12), 2), ids('b', 'a'))
    assert.deepEqual(await store.findDue(at(40), 10), ids('b', 'a', 'c'))
  })

  test('what is due follows every write: a deadline that slides, a status that closes', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, aNewClient([{ name: 'a', expireAt: 10, abandonAt: 50 }]))
    assert.ok(stored)
    const slid = changeSession(stored, 'a', { expireAt: at(20), lastActiveAt: at(5) })
    await write(store, slid)
    assert.deepEqual([await store.findDue(at(19), 9), await store.findDue(at(20), 9)], [[], ids('a')])
    const expired = { status: 'expired', updatedAt: at(20) } as const
    const step = { from: 'active', to: 'expired', cause: 'expire-deadline', at: at(20) } as const
    const [slept] = slid.after.sessions
    assert.ok(slept)
    const dormant = changeSession(slid.after, 'a', expired, [transitionOf(slept, step)])
    await write(store, dormant)
    assert.deepEqual([await store.findDue(at(49), 9), await store.findDue(at(50), 9)], [[], ids('a')])
    const [sleeps] = dormant.after.sessions
    assert.ok(sleeps)
    const left = { from: 'expired', to: 'abandoned', cause: 'abandon-deadline', at: at(50) } as const
    const over = changeSession(dormant.after, 'a', { status: 'abandoned', updatedAt: at(50) }, [
      transitionOf(sleeps, left),
    ])
    await write(store, over)
    assert.deepEqual(await store.findDue(at(1_000), 9), [])
  })

  test("a user's open sessions are found by client, page by page, up to an instant of creation", async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const clients = Array.from({ length: 10 }, (_, index) =>
      aNewClient(
        [
          { name: `${index}a`, user: 'ann', createdAt: index },
          { name: `${index}b`, user: 'ann', createdAt: index, status: 'expired' },
          { name: `${index}c`, user: 'ben', createdAt: index, status: index === 0 ? 'active' : 'ended' },
        ],
        { name: `${index}` },
      ),
    )
    await put(store, ...clients)
    const pages = async (userId: string, limit: number) => {
      const found: ClientId[][] = []
      for (let after: ClientId | null = null; ; ) {
        const page: readonly ClientId[] = await store.findOpenOfUser({
          userId: user(userId),
          after,
          limit,
        })
        if (page.length === 0) return found
        found.push([...page])
        assert.ok(found.length <= clients.length, 'a page repeats what the page before it had')
        after = page.at(-1) ?? null
      }
    }
    const all = clients.map(({ id }) => id)
    assert.deepEqual(await pages('ann', 4), [all.slice(0, 4), all.slice(4, 8), all.slice(8)])
    assert.deepEqual(await pages('ann', 100), [all])
    assert.deepEqual(await pages('ben', 100), [all.slice(0, 1)])
    assert.deepEqual(await pages('cho', 100), [])
  })

  test('what was closed longest comes first, each client once, up to an instant', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    await put(
      store,
      aNewClient([{ name: 'a1', status: 'ended', closedAt: 30 }, { name: 'a2' }], { name: 'a' }),
      aNewClient(
        [
          { name: 'b1', status: 'removed', closedAt: 10 },
          { name: 'b2', status: 'ended', closedAt: 20 },
        ],
        { name: 'b' },
      ),
      aNewClient([{ name: 'c1', status: 'revoked', closedAt: 15 }], { name: 'c' }),
      aNewClient([{ name: 'd1', status: 'expired' }], { name: 'd' }),
    )
    assert.deepEqual(await store.findClosed(at(9), 10), [])
    assert.deepEqual(await store.findClosed(at(10), 10), ids('b'))
    assert.deepEqual(await store.findClosed(at(30), 10), ids('b', 'c', 'a'))
    assert.deepEqual(await store.findClosed(at(30), 1), ids('b'))
  })

  test('a session is closed when it first was, whatever closes it again', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    const [a] = stored.sessions
    assert.ok(a)
    const ended = { ...a, status: 'ended' as const, updatedAt: at(5) }
    const first = changeSession(stored, 'a', ended, [transitionOf(ended, { from: 'active', cause: 'end', at: at(5) })])
    assert.equal(await write(store, first), true)
    const removed = { ...ended, status: 'removed' as const, updatedAt: at(8) }
    const again = transitionOf(removed, { from: 'ended', cause: 'remove', at: at(8) })
    assert.equal(
      await write(store, changeSession(first.after, 'a', { status: 'removed', updatedAt: at(8) }, [again])),
      true,
    )
    assert.equal((await readOne(store)).sessions[0]?.closedAt, 5)
    assert.deepEqual([await store.findClosed(at(4), 9), await store.findClosed(at(5), 9)], [[], ids('a')])
  })

  test('clients without any session are found up to the instant of their last change', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    await put(
      store,
      aNewClient([], { name: 'a', updatedAt: 10 }),
      aNewClient([{ name: 'b', status: 'removed' }], { name: 'b', updatedAt: 10 }),
      aNewClient([], { name: 'c', updatedAt: 20 }),
    )
    assert.deepEqual(await store.findEmpty(at(9), 10), [])
    assert.deepEqual(await store.findEmpty(at(10), 10), ids('a'))
    assert.deepEqual((await store.findEmpty(at(20), 10)).toSorted(), ids('a', 'c'))
    assert.equal((await store.findEmpty(at(20), 1)).length, 1)
  })

  test('what is purged leaves a mark and its ledger, and no row', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const closed = { status: 'ended', user: 'ann' } as const
    const [a, b] = await put(
      store,
      aNewClient([{ name: 'a1', ...closed }, { name: 'a2' }]),
      aNewClient([{ name: 'b1' }], { name: 'b' }),
    )
    assert.ok(a && b)
    assert.equal(await write(store, purgeOf(a, 77, 'a1'), purgeOf(b, 78)), true)
    assert.deepEqual(await store.findPurged([sess('a1'), sess('a2'), sess('b1'), sess('x')]), [
      { sessionId: 'sess_a1', clientId: 'client_a', purgedAt: 77 },
      { sessionId: 'sess_b1', clientId: 'client_b', purgedAt: 78 },
    ])
    assert.deepEqual(await store.findPurged([]), [])
    const left = await readOne(store)
    assert.deepEqual(
      [left.version, left.sessions.map(({ id }) => id), left.sessionIds],
      [2, [sess('a2')], [sess('a2')]],
    )
    assert.equal((await store.findSession(sess('a1'))).session, null)
    assert.deepEqual(await store.listSessions({ userId: user('ann'), asOf: at(0), limit: 9 }), { rows: [], total: 0 })
    assert.equal((await store.listLedger({ sessionId: sess('a1'), limit: 9 })).total, 1)
    const { clients, records } = await dumpOf(store)
    assert.deepEqual(
      clients.map(({ id }) => id),
      ids('a'),
    )
    assert.deepEqual(
      records.map(({ sessionId, session, purge, dueAt }) => [
        sessionId,
        session === null,
        purge?.purgedAt ?? null,
        dueAt,
      ]),
      [
        ['sess_a1', true, 77, null],
        ['sess_a2', false, null, 1_000],
        ['sess_b1', true, 78, null],
      ],
    )
  })

  test('a client whose sessions are all purged is empty then, and can be purged itself', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, aNewClient([{ name: 'a', status: 'ended' }]))
    assert.ok(stored)
    await write(store, purgeOf(stored, 5, 'a'))
    assert.deepEqual(await store.findEmpty(at(0), 9), ids('a'))
    assert.equal(await write(store, purgeOf(await readOne(store), 6)), true)
    assert.deepEqual((await store.read({ clientIds: ids('a'), sessions: 'all' })).clients, [])
    assert.deepEqual(await store.findEmpty(at(0), 9), [])
    // Its name is free for another.
    const other = aNewClient([], { name: 'a' })
    assert.equal(await write(store, changeOf(null, other, [], at(7))), true)
  })
}
