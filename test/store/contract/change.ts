/** A change locks what it selects, decides on what is there then, and has its turn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { changeOf } from '../../../src/store/client-change.ts'
import type { Decision, Selection, Store, View } from '../../../src/store/port.ts'
import { at, user } from '../../support/sessions.ts'
import { aNewClient, changeSession, clientId, dumpOf, put, readOne, userVersion, write } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const ONE: Selection = { clientIds: [clientId('a')], sessions: 'all' }

/** Moves the activity of session `a` one millisecond on, and answers where it was. */
function advance({ clients: [client] }: View): Decision<number> {
  const session = client?.sessions[0]
  assert.ok(client && session)
  const change = changeSession(client, 'a', { lastActiveAt: at(session.lastActiveAt + 1) })
  return { result: session.lastActiveAt, changes: [change] }
}

async function lastActive(store: Store): Promise<number | undefined> {
  return (await readOne(store)).sessions[0]?.lastActiveAt
}

export function changes(kind: StoreKind): void {
  test('a change sees what others have written, and writes over it', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const again = await opened.again()
    assert.deepEqual((await again.change(ONE, advance))?.result, 0)
    assert.deepEqual((await opened.store.change(ONE, advance))?.result, 1)
    assert.equal(await lastActive(again), 2)
  })

  test('a change answers its decision as it was made', async () => {
    await using opened = await kind.open(new ManualClock(7))
    await put(opened.store, aNewClient([{ name: 'a' }]))
    let seen: View | undefined
    const decision: Decision<string> = { result: 'decided', changes: [] }
    const answered = await opened.store.change({ ...ONE, documents: true }, (view) => {
      seen = view
      return decision
    })
    assert.equal(answered, decision)
    assert.deepEqual(seen, { clients: [await readOne(opened.store)], now: 7, user: null })
  })

  test('a change that decides to change nothing writes nothing', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const before = await dumpOf(opened.store)
    assert.deepEqual(await opened.store.change(ONE, () => ({ result: 3, changes: [] })), { result: 3, changes: [] })
    assert.deepEqual(await dumpOf(opened.store), before)
  })

  test('what a decision throws comes out, nothing is written, and nothing stays locked', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const before = await dumpOf(opened.store)
    const thrown = new RangeError('no decision')
    const refusal = opened.store.change(ONE, () => {
      throw thrown
    })
    await assert.rejects(refusal, thrown)
    assert.deepEqual(await dumpOf(opened.store), before)
    assert.deepEqual((await (await opened.again()).change(ONE, advance))?.result, 0)
  })

  test('of changes at once each sees the one before it, and none is lost', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const stores = [opened.store, await opened.again()]
    const changes = Array.from({ length: 32 }, (_, index) => stores[index % 2]?.change(ONE, advance))
    const seen = (await Promise.all(changes)).map((decision) => decision?.result)
    assert.deepEqual(
      seen.toSorted((a = 0, b = 0) => a - b),
      Array.from({ length: 32 }, (_, index) => index),
    )
    assert.equal(await lastActive(opened.store), 32)
  })

  test('changes at once of two clients, named in either order, do not wait for each other for ever', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]), aNewClient([{ name: 'b' }], { name: 'b' }))
    const stores = [opened.store, await opened.again()]
    const ids = [clientId('a'), clientId('b')]
    const both = ({ clients, now }: View): Decision<null> => {
      const changes = clients.map((client) => {
        const sessions = client.sessions.map((session) => ({ ...session, lastActiveAt: at(session.lastActiveAt + 1) }))
        return changeOf(client, { ...client, sessions, updatedAt: at(client.updatedAt + 1) }, [], now)
      })
      return { result: null, changes }
    }
    const changes = Array.from({ length: 24 }, (_, index) => {
      const clientIds = index % 3 === 0 ? ids.toReversed() : ids
      return stores[index % 2]?.change({ clientIds, sessions: 'all' }, both)
    })
    assert.ok((await Promise.all(changes)).every((decision) => decision !== null))
    assert.equal(await lastActive(opened.store), 24)
  })

  test('a change finds the rows of a user, locks them, and guards the sign-ins', async () => {
    await using opened = await kind.open(new ManualClock())
    const ann = user('ann')
    await put(opened.store, aNewClient([{ name: 'a', user: 'ann' }]))
    const stores = [opened.store, await opened.again()]
    const signIn = (name: string) => (view: View) => {
      const client = aNewClient([{ name, user: 'ann' }], { name })
      return { result: view.clients.length, changes: [changeOf(null, client, [], view.now)], guardsUser: true }
    }
    const tries = Array.from({ length: 8 }, (_, index) =>
      stores[index % 2]?.change({ userId: ann, sessions: 'open' }, signIn(`c${index}`)),
    )
    const seen = (await Promise.all(tries)).flatMap((decision) => (decision ? [decision.result] : []))
    // Whoever was let through saw every session of those let through before.
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      seen.map((_, index) => index + 1),
    )
    assert.equal(await userVersion(opened.store, ann), seen.length)
  })

  test('a change that would make what is there already answers null, and writes nothing', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    const before = await dumpOf(opened.store)
    const again = changeOf(null, aNewClient([], { name: 'a' }), [], at(0))
    const other = changeSession(stored, 'a', { lastActiveAt: at(1) })
    assert.equal(await opened.store.change(ONE, () => ({ result: 0, changes: [other, again] })), null)
    assert.deepEqual(await dumpOf(opened.store), before)
    assert.equal(await write(opened.store, other), true)
  })
}
