/** A change of what is due finds, locks, decides and writes at once, the oldest deadline first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { ClientChange, Decision, DueSelection, Store, StoredClient, View } from '../../../src/store/port.ts'
import { at } from '../../support/sessions.ts'
import { aNewClient, changeSession, clientId, dumpOf, put, readOne, transitionOf, write } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const all: DueSelection['choose'] = (found) => found

/** A client with one session, both of a name, that expires at an instant. */
const due = (name: string, expireAt: number) => aNewClient([{ name, expireAt }], { name })

/** What expires a client's first session, by the name of both. */
function expired(client: StoredClient): ClientChange {
  const [session] = client.sessions
  assert.ok(session)
  const step = { from: 'active', to: 'expired', cause: 'expire-deadline', at: session.expireAt } as const
  const parts = { status: 'expired', updatedAt: session.expireAt } as const
  return changeSession(client, session.id.slice('sess_'.length), parts, [transitionOf(session, step)])
}

/** Expires every session that is seen, and answers whose they were. */
function expireAll({ clients }: View): Decision<readonly string[]> {
  return { result: clients.map(({ id }) => id), changes: clients.map(expired) }
}

async function expire(store: Store, dueBy: number, limit = 9, choose = all) {
  return (await store.changeDue({ dueBy: at(dueBy), limit, choose }, expireAll))?.result
}

export function changesDue(kind: StoreKind): void {
  test('what is due is found, read and written in the order of its deadlines, at exactly a deadline and no sooner', async () => {
    await using opened = await kind.open(new ManualClock(7))
    const { store } = opened
    await put(store, due('a', 30), due('b', 10), due('c', 20))
    assert.deepEqual(await expire(store, 9), [])
    const dump = await dumpOf(store)
    const seen = await store.changeDue({ dueBy: at(20), limit: 9, choose: all }, (view) => ({
      result: view,
      changes: [],
    }))
    assert.deepEqual(seen?.result, {
      clients: [await readOne(store, 'b', { documents: false }), await readOne(store, 'c', { documents: false })],
      now: 7,
      user: null,
    })
    assert.deepEqual(await dumpOf(store), dump)
    assert.deepEqual(await expire(store, 30, 2), ['b', 'c'].map(clientId))
    assert.deepEqual(await expire(store, 30), [clientId('a')])
    const { rows } = await store.listLedger({ limit: 9 })
    assert.deepEqual(
      rows.filter(({ cause }) => cause === 'expire-deadline').map((row) => [row.sessionId, row.at, row.version]),
      [
        ['sess_b', 10, 2],
        ['sess_c', 20, 2],
        ['sess_a', 30, 2],
      ],
    )
    assert.deepEqual(await store.findDue(at(30), 9), [])
  })

  test('each client is found once, whole, and only those that are chosen are seen, in the order they were chosen in', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const two = [
      { name: 'a1', expireAt: 10 },
      { name: 'a2', expireAt: 11 },
      { name: 'a3', expireAt: 900 },
      { name: 'a4', status: 'ended' },
    ] as const
    await put(store, aNewClient(two, { name: 'a' }), due('b', 12), due('c', 13))
    const founds: (readonly string[])[] = []
    const look = (choose: DueSelection['choose']) =>
      store.changeDue(
        {
          dueBy: at(20),
          limit: 9,
          choose: (found) => {
            founds.push(found)
            return choose(found)
          },
        },
        ({ clients }) => ({ result: clients.map((client) => client.sessions.map(({ id }) => id)), changes: [] }),
      )
    assert.deepEqual((await look((found) => found.toReversed()))?.result, [
      ['sess_c'],
      ['sess_b'],
      ['sess_a1', 'sess_a2', 'sess_a3'],
    ])
    assert.deepEqual((await look(() => []))?.result, [])
    assert.deepEqual((await look(() => [clientId('b')]))?.result, [['sess_b']])
    assert.deepEqual(founds, Array(3).fill(['a', 'b', 'c'].map(clientId)))
  })

  test('a deadline that somebody moved before it was locked is seen as it is now', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, due('a', 10), due('b', 10))
    assert.ok(stored)
    const again = await opened.again()
    assert.deepEqual(await again.findDue(at(10), 9), ['a', 'b'].map(clientId))
    assert.equal(await write(store, changeSession(stored, 'a', { expireAt: at(50), lastActiveAt: at(5) })), true)
    assert.deepEqual(await expire(again, 10), [clientId('b')])
    assert.equal((await readOne(store, 'a')).sessions[0]?.status, 'active')
  })

  test('several at once, over several doors, write each session once', async () => {
    await using opened = await kind.open(new ManualClock())
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`)
    await put(opened.store, ...names.map((name, index) => due(name, 10 + index)))
    const stores = [opened.store, await opened.again(), await opened.again()]
    const sweep = async (store: Store) => {
      const written: string[] = []
      while ((await store.findDue(at(100), 1)).length > 0) written.push(...((await expire(store, 100, 7)) ?? []))
      return written
    }
    const written = (await Promise.all(stores.map(sweep))).flat()
    assert.deepEqual(written.toSorted(), names.map(clientId).toSorted())
  })

  test('a change of what is due that decides on what is not there answers null, and writes nothing', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, due('a', 10))
    assert.ok(stored)
    const stale = expired({ ...stored, version: stored.version - 1 })
    const before = await dumpOf(store)
    const selection = { dueBy: at(10), limit: 9, choose: all }
    assert.equal(await store.changeDue(selection, () => ({ result: 0, changes: [stale] })), null)
    assert.deepEqual(await dumpOf(store), before)
    assert.deepEqual(await expire(store, 10), [clientId('a')])
  })
}
