/** Opening, closing, and what outlives both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../../src/domain/errors.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store } from '../../../src/store/port.ts'
import { at, sess, user } from '../../support/sessions.ts'
import {
  aNewClient,
  anItem,
  changeSession,
  clientId,
  dumpOf,
  put,
  readOne,
  viewOf,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

/** Every question and every order that a store takes. */
const CALLS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  findSession: (store) => store.findSession(sess('a')),
  read: (store) => store.read({ clientIds: [clientId('a')], sessions: 'open' }),
  commit: (store) => put(store, aNewClient([], { name: 'late' })),
  'a light commit': (store) => write(store, changeSession(aNewClient([{ name: 'a' }]), 'a', { lastActiveAt: at(1) })),
  'a commit of nothing': (store) => store.commit(viewOf([]), { result: 0, changes: [] }),
  change: (store) => store.change({ sessions: 'open' }, () => ({ result: 0, changes: [] })),
  changeDue: (store) =>
    store.changeDue({ dueBy: at(0), limit: 1, choose: (found) => found }, () => ({ result: 0, changes: [] })),
  findSessions: (store) => store.findSessions([sess('a')]),
  listSessions: (store) => store.listSessions({ asOf: at(0), limit: 1 }),
  listClients: (store) => store.listClients({ limit: 1 }),
  listLedger: (store) => store.listLedger({ limit: 1 }),
  readFeed: (store) => store.readFeed(null, 1),
  feedEnd: (store) => store.feedEnd(),
  findDue: (store) => store.findDue(at(0), 1),
  findOpenOfUser: (store) => store.findOpenOfUser({ userId: user('a'), after: null, limit: 1 }),
  findClosed: (store) => store.findClosed(at(0), 1),
  findEmpty: (store) => store.findEmpty(at(0), 1),
  findPurged: (store) => store.findPurged([sess('a')]),
  oldestDue: (store) => store.oldestDue(),
  countDue: (store) => store.countDue(at(0), 1),
  findItem: (store) => store.findItem('thing', 'a'),
  'findItem of nobody': (store) => store.findItem('thing', ''),
  listItems: (store) => store.listItems('thing'),
  putItem: (store) => store.putItem(anItem()),
  deleteItem: (store) => store.deleteItem('thing', 'a', 1),
  'deleteItem of nobody': (store) => store.deleteItem('thing', '', 1),
  deleteExpiredItems: (store) => store.deleteExpiredItems(at(0), 1),
  snapshot: (store) => store.snapshot(),
}

export function closing(kind: StoreKind): void {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`a store that is closed refuses ${name}`, async () => {
      await using opened = await kind.open(new ManualClock())
      await opened.store.close()
      const isClosed = (error: unknown) => error instanceof StoreError && error.code === 'ERR_STORE_CLOSED'
      await assert.rejects(async () => call(opened.store), isClosed)
    })
  }

  test('closing a second time does nothing, and neither does disposing', async () => {
    await using opened = await kind.open(new ManualClock())
    await opened.store.close()
    await opened.store.close()
    await opened.store[Symbol.asyncDispose]()
  })

  test('what a store was asked before it was closed is done', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    await put(store, aNewClient([{ name: 'a' }]))
    const writes = Array.from({ length: 8 }, (_, index) => put(store, aNewClient([], { name: `c${index}` })))
    const read = store.findSession(sess('a'))
    const list = store.listClients({ limit: 1 })
    await Promise.all([store.close(), ...writes])
    assert.equal((await read).session?.id, sess('a'))
    assert.ok((await list).total > 0)
  })

  // What is in memory is gone with its store, and nobody else sees it.
  if (!kind.isShared) return

  test('what was written is there when the database is opened again', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const before = await dumpOf(opened.store)
    await opened.store.close()
    const again = await opened.again()
    assert.deepEqual(await dumpOf(again), before)
    const change = changeSession(await readOne(again), 'a', { lastActiveAt: at(4) })
    assert.equal(await write(again, change), true)
  })

  test('a store that is closed leaves others on the same database open', async () => {
    await using opened = await kind.open(new ManualClock())
    const again = await opened.again()
    await put(opened.store, aNewClient([{ name: 'a' }]))
    await opened.store.close()
    assert.equal((await again.findSession(sess('a'))).session?.version, 1)
  })

  test('a database is opened by many at once, and made once', async () => {
    await using opened = await kind.open(new ManualClock())
    const stores = await Promise.all(Array.from({ length: 6 }, () => opened.again()))
    await Promise.all(stores.map((store, index) => put(store, aNewClient([], { name: `c${index}` }))))
    assert.equal((await opened.store.listClients({ limit: 1 })).total, 6)
  })
}
