/** A snapshot shows one moment, however long reading takes and whoever writes meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { changeOf } from '../../../src/store/client-change.ts'
import type { Store } from '../../../src/store/port.ts'
import { at, sess, user } from '../../support/sessions.ts'
import {
  allOf,
  aNewClient,
  changeSession,
  dumpOf,
  purgeOf,
  put,
  readOne,
  transitionOf,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

/** More than a store reads at a time. */
const MANY = 1_201

const numbered = (index: number) => `${index}`.padStart(5, '0')

/** Writes of every kind: rows changed, added and purged, before and behind wherever a reader is. */
async function writeEverywhere(store: Store): Promise<void> {
  for (const index of [0, 600, 1_199]) {
    const name = numbered(index)
    const client = await readOne(store, name)
    const [session] = client.sessions
    assert.ok(session)
    const ended = { ...session, status: 'ended' as const, updatedAt: at(9) }
    const change = changeSession(client, name, ended, [
      transitionOf(ended, { from: 'active', cause: 'end', at: at(9) }),
    ])
    assert.equal(await write(store, change), true)
  }
  await put(store, ...['00000!', '00700!', 'z'].map((name) => aNewClient([{ name }], { name })))
  for (const index of [1, 601, 1_200])
    assert.equal(await write(store, purgeOf(await readOne(store, numbered(index)), 9)), true)
}

export function snapshots(kind: StoreKind): void {
  test('what is written while a snapshot is read is not in it', async () => {
    await using opened = await kind.open(new ManualClock(5))
    const { store } = opened
    const again = await opened.again()
    await put(
      store,
      ...Array.from({ length: MANY }, (_, index) => aNewClient([{ name: numbered(index) }], { name: numbered(index) })),
    )
    const before = await dumpOf(store)
    assert.equal(before.clients.length, MANY)
    await using snapshot = await store.snapshot()
    const clients = snapshot.clients()[Symbol.asyncIterator]()
    const records = snapshot.sessionRecords()[Symbol.asyncIterator]()
    const first = [(await clients.next()).value, (await records.next()).value]
    await writeEverywhere(again)
    const rest = async <T>(iterator: AsyncIterator<T>) => allOf({ [Symbol.asyncIterator]: () => iterator })
    assert.deepEqual([first[0], ...(await rest(clients))], before.clients)
    assert.deepEqual([first[1], ...(await rest(records))], before.records)
    // And a second time, from its beginning.
    assert.deepEqual(await allOf(snapshot.clients()), before.clients)
    assert.equal((await dumpOf(store)).clients.length, MANY)
    assert.notDeepEqual(await dumpOf(store), before)
  })

  test('a snapshot of which nothing was read yet shows the moment it was taken', async () => {
    await using opened = await kind.open(new ManualClock(5))
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const before = await dumpOf(opened.store)
    await using snapshot = await opened.store.snapshot()
    await put(await opened.again(), aNewClient([{ name: 'b' }], { name: 'b' }))
    assert.deepEqual(await allOf(snapshot.clients()), before.clients)
    assert.deepEqual(await allOf(snapshot.sessionRecords()), before.records)
    assert.equal(snapshot.now, 5)
  })

  test('clients and sessions come by their ids, with all that there is of them', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const document = { form: 'wire', text: '{"é":1}' } as const
    await put(store, aNewClient([{ name: 'z' }], { name: 'z', document }), aNewClient([], { name: 'Z' }))
    const [stored] = await put(store, aNewClient([{ name: 'b' }, { name: 'a', document }], { name: 'a' }))
    assert.ok(stored)
    await write(store, purgeOf(stored, 4, 'b'))
    const { clients, records } = await dumpOf(store)
    assert.deepEqual(
      clients.map(({ id }) => id),
      ['client_Z', 'client_a', 'client_z'],
    )
    assert.deepEqual([clients[2]?.document, clients[1]?.sessions[0]?.document], [document, document])
    assert.deepEqual(
      records.map(({ sessionId }) => sessionId),
      ['a', 'b', 'z'].map(sess),
    )
    assert.deepEqual(records[1], {
      ...{ sessionId: 'sess_b', session: null, purge: { sessionId: 'sess_b', clientId: 'client_a', purgedAt: 4 } },
      ...{ entries: records[1]?.entries, dueAt: null },
    })
    assert.deepEqual(
      records[1]?.entries.map(({ to, version }) => [to, version]),
      [['active', 1]],
    )
  })

  test('the ledger of a session comes in the order it was written', async () => {
    await using opened = await kind.open(new ManualClock())
    let [client] = await put(opened.store, aNewClient([{ name: 'a' }]))
    for (const [index, cause] of (['task-required', 'tasks-completed', 'task-required'] as const).entries()) {
      assert.ok(client)
      const status = index % 2 === 0 ? 'pending' : 'active'
      const step = { from: index % 2 === 0 ? 'active' : 'pending', cause, at: at(index) } as const
      const [session] = client.sessions
      assert.ok(session)
      const change = changeSession(client, 'a', { status }, [transitionOf({ ...session, status }, step)])
      assert.equal(await write(opened.store, change), true)
      client = change.after
    }
    const { records } = await dumpOf(opened.store)
    assert.deepEqual(
      records[0]?.entries.map(({ cause, version }) => [cause, version]),
      [
        ['sign-in', 1],
        ['task-required', 2],
        ['tasks-completed', 3],
        ['task-required', 4],
      ],
    )
  })

  test('a snapshot that is left before its end lets the store write, read and close', async () => {
    const opened = await kind.open(new ManualClock())
    const { store } = opened
    await put(
      store,
      ...Array.from({ length: 3 }, (_, index) => aNewClient([{ name: `${index}` }], { name: `${index}` })),
    )
    {
      await using snapshot = await store.snapshot()
      for await (const { id } of snapshot.clients()) {
        assert.equal(id, 'client_0')
        break
      }
    }
    const taken = await Promise.all(Array.from({ length: 3 }, () => store.snapshot()))
    for (const snapshot of taken) await snapshot[Symbol.asyncDispose]()
    const before = await readOne(store, '0')
    const change = changeOf(before, { ...before, updatedAt: at(3) }, [], at(3))
    assert.equal(await write(store, change), true)
    assert.deepEqual((await dumpOf(store)).clients[0], change.after)
    await opened[Symbol.asyncDispose]()
  })

  test('an empty store has an empty snapshot', async () => {
    await using opened = await kind.open(new ManualClock())
    assert.deepEqual(await dumpOf(opened.store), { clients: [], records: [] })
    assert.equal((await opened.store.read({ userId: user('ann'), sessions: 'open' })).user?.version, 0)
  })
}
