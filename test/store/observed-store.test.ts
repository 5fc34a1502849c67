/** A store that tells what was written through it: the same promises as the store behind it, and nothing told that is not so. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { StoreError } from '../../src/domain/errors.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { changeOf } from '../../src/store/client-change.ts'
import { observeStore } from '../../src/store/observed-store.ts'
import type { ClientChange, Selection, Store } from '../../src/store/port.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { at, user } from '../support/sessions.ts'
import { aNewClient, changeSession, clientId, purgeOf, put, readOne, viewOf, write } from '../support/stored.ts'
import { overStores, type StoreKind, sqliteMemory } from '../support/stores.ts'
import { changes } from './contract/change.ts'
import { closing } from './contract/closing.ts'
import { commits } from './contract/commit.ts'
import { deadJobs } from './contract/dead-jobs.ts'
import { due } from './contract/due.ts'
import { errands } from './contract/errands.ts'
import { feed } from './contract/feed.ts'
import { items } from './contract/items.ts'
import { lists } from './contract/lists.ts'
import { queues } from './contract/queues.ts'
import { reads } from './contract/read.ts'
import { snapshots } from './contract/snapshot.ts'

const ONE: Selection = { clientIds: [clientId('a')], sessions: 'all' }

/** A store that is observed, and everything that it has told. */
function observed(store: Store): { readonly observed: Store; readonly told: (readonly ClientChange[])[] } {
  const told: (readonly ClientChange[])[] = []
  return { observed: observeStore(store, (written) => told.push(written)), told }
}

describe('an observed store keeps the promises of the one behind it', () => {
  const memory = sqliteMemory()
  const kind: StoreKind = {
    ...memory,
    async open(clock, options) {
      const opened = await memory.open(clock, options)
      const store = observeStore(opened.store, () => {})
      return { ...opened, store, again: async () => store }
    },
  }
  const contract = { reads, commits, changes, lists, feed, errands, due, items, queues, deadJobs, snapshots, closing }
  for (const [what, define] of Object.entries(contract)) describe(what, () => define(kind))
  after(() => kind.end())
})

overStores((kind) => {
  test('a commit and a change that were written are told, each once and as they were decided', async () => {
    await using opened = await kind.open(new ManualClock())
    const { observed: store, told } = observed(opened.store)
    const [stored] = await put(store, aNewClient([{ name: 'a' }]), aNewClient([], { name: 'b' }))
    assert.ok(stored)
    assert.deepEqual(
      told.splice(0).map((each) => each.map(({ before, after }) => [before, after?.id])),
      [
        [
          [null, clientId('a')],
          [null, clientId('b')],
        ],
      ],
    )
    const touched = changeSession(stored, 'a', { lastActiveAt: at(1) })
    assert.equal(await write(store, touched), true)
    const changed = changeSession(touched.after, 'a', { lastActiveAt: at(2) })
    assert.notEqual(await store.change(ONE, () => ({ result: 0, changes: [changed] })), null)
    const purged = purgeOf(changed.after, 3)
    assert.equal(await write(store, purged), true)
    assert.deepEqual(told, [[touched], [changed], [purged]])
  })

  test('a decision that changes nothing is not told, nor is one that is refused', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    await put(opened.store, aNewClient([], { name: 'b' }))
    const { observed: store, told } = observed(opened.store)
    assert.equal(await store.commit(viewOf([]), { result: 0, changes: [] }), true)
    assert.deepEqual(await store.change(ONE, () => ({ result: 0, changes: [] })), { result: 0, changes: [] })

    const late = changeSession(stored, 'a', { lastActiveAt: at(1) })
    assert.equal(await write(opened.store, late), true)
    assert.equal(await write(store, late), false)
    const again = changeOf(null, aNewClient([], { name: 'b' }), [], at(0))
    assert.equal(await write(store, again), false)
    assert.equal(await store.change(ONE, () => ({ result: 0, changes: [again] })), null)
    assert.deepEqual(told, [])
  })

  test('what a decision throws comes out, and nothing is told', async () => {
    await using opened = await kind.open(new ManualClock())
    const { observed: store, told } = observed(opened.store)
    const thrown = new RangeError('no decision')
    const refusal = store.change({ userId: user('ann'), sessions: 'open' }, () => {
      throw thrown
    })
    await assert.rejects(refusal, thrown)
    assert.deepEqual(told, [])
  })
})

test('what was written is told before its caller is answered, and by then it can be read', async () => {
  const kind = sqliteMemory()
  await using opened = await kind.open(new ManualClock())
  const order: string[] = []
  const store = observeStore(opened.store, ([change]) => order.push(`told of ${change?.after?.id}`))
  await put(store, aNewClient([], { name: 'a' }))
  order.push('answered')
  assert.deepEqual(order, ['told of client_a', 'answered'])
  assert.equal((await readOne(store)).version, 1)
})

test('a write that failed is not told', async () => {
  await using opened = await sqliteMemory().open(new ManualClock())
  const failing = async () => {
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'the connection was lost')
  }
  const { observed: store, told } = observed(interposedStore(opened.store, { commit: failing, change: failing }))
  await assert.rejects(put(store, aNewClient([], { name: 'a' })), StoreError)
  await assert.rejects(
    store.change(ONE, () => ({ result: 0, changes: [] })),
    StoreError,
  )
  assert.deepEqual(told, [])
})

test('an observed store has the authority of the one behind it, and is closed with it', async () => {
  await using opened = await sqliteMemory().open(new ManualClock(7))
  const database = interposedStore(opened.store, { authority: 'database' })
  assert.equal(observeStore(database, () => {}).authority, 'database')
  const store = observeStore(opened.store, () => {})
  assert.equal(store.authority, 'process')
  assert.equal(await store.now(), 7)
  await store[Symbol.asyncDispose]()
  await assert.rejects(async () => opened.store.listItems('thing'), { code: 'ERR_STORE_CLOSED' })
})
