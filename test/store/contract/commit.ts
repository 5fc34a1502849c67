/** A decision is written whole or not at all, whichever of its rows moved on, and each row over the version it had. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { changeOf } from '../../../src/store/client-change.ts'
import type { ClientChange, Decision, Store, StoredClient, StoredUser, View } from '../../../src/store/port.ts'
import { at, sess, user } from '../../support/sessions.ts'
import {
  aNewClient,
  aNewSession,
  changeSession,
  clientId,
  dumpOf,
  purgeOf,
  put,
  readOne,
  transitionOf,
  userVersion,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const ANN = user('ann')

/** A store that holds what {@link aDecision} is about, and a view of it. */
async function prepare(store: Store): Promise<View> {
  await put(
    store,
    aNewClient([{ name: 'kept' }, { name: 'written' }, { name: 'purged', status: 'ended' }], { name: 'changed' }),
    aNewClient([{ name: 'gone', status: 'removed' }], { name: 'purged' }),
  )
  const { clients } = await store.read({ clientIds: [clientId('changed'), clientId('purged')], sessions: 'all' })
  const { user: ann } = await store.read({ userId: ANN, sessions: 'open' })
  return { clients, now: at(9), user: ann }
}

/** Writes a row of every kind: a user, a client and a session new, written over and purged, marks, and the ledger. */
function aDecision({ clients: [changed, purged] }: View): Decision<null> {
  assert.ok(changed && purged)
  const created = aNewClient([{ name: 'created' }], { name: 'created' })
  const joined = aNewSession(changed.id, 3, { name: 'joined' })
  const sessions = changed.sessions.flatMap((session) => {
    if (session.id === sess('purged')) return []
    return session.id === sess('written') ? [{ ...session, status: 'ended' as const, updatedAt: at(9) }] : [session]
  })
  const after = { ...changed, sessions: [...sessions, joined], updatedAt: at(9) }
  const ended = sessions.find(({ status }) => status === 'ended')
  assert.ok(ended)
  const transitions = [transitionOf(joined), transitionOf(ended, { from: 'active', cause: 'end' })]
  const changes: ClientChange[] = [
    changeOf(
      null,
      created,
      created.sessions.map((each) => transitionOf(each)),
      at(9),
    ),
    changeOf(changed, after, transitions, at(9)),
    purgeOf(purged, 9),
  ]
  return { result: null, changes, guardsUser: true }
}

/** Each a way in which a row of {@link aDecision} is not what it was when it was read. */
const MEANWHILE: Readonly<Record<string, (store: Store, view: View) => Promise<unknown>>> = {
  'a new client is there already': (store) => put(store, aNewClient([], { name: 'created' })),
  'a new session is there already, on another client': (store) =>
    put(store, aNewClient([{ name: 'joined' }], { name: 'other' })),
  'a new session of a new client is there already': (store) =>
    put(store, aNewClient([{ name: 'created' }], { name: 'other' })),
  'a client has moved on': (store, { clients: [changed] }) => touchClient(store, changed),
  'a session has moved on': (store, { clients: [changed] }) => touch(store, changed, 'written'),
  'a session to purge has moved on': (store, { clients: [changed] }) => touch(store, changed, 'purged'),
  'the session of a client to purge has moved on': (store, { clients: [, purged] }) => touch(store, purged, 'gone'),
  'a client to purge has moved on': (store, { clients: [, purged] }) => touchClient(store, purged),
  'a client is purged': async (store, { clients: [changed] }) => write(store, purgeOf(defined(changed), 5)),
  'a session is purged': (store, { clients: [changed] }) => purgeSession(store, changed, 'written'),
  'a session to purge is purged': (store, { clients: [changed] }) => purgeSession(store, changed, 'purged'),
  'the user has signed in': (store, view) => signIn(store, view.user),
}

function defined(client: StoredClient | undefined): StoredClient {
  assert.ok(client)
  return client
}

async function touch(store: Store, client: StoredClient | undefined, name: string): Promise<void> {
  assert.equal(await write(store, changeSession(defined(client), name, { lastActiveAt: at(5) })), true)
}

async function touchClient(store: Store, client: StoredClient | undefined): Promise<void> {
  const before = defined(client)
  assert.equal(await write(store, changeOf(before, { ...before, updatedAt: at(5) }, [], at(5))), true)
}

/** Purges a session, and leaves its client's version as it was, so that only the session's row can be missed. */
async function purgeSession(store: Store, client: StoredClient | undefined, name: string): Promise<void> {
  const { version, ...purge } = { ...purgeOf(defined(client), 5, name), version: defined(client).version }
  const after = { ...defined(purge.after ?? undefined), version }
  assert.equal(await write(store, { ...purge, after }), true)
}

async function signIn(store: Store, ann: StoredUser | null): Promise<void> {
  const view = { clients: [], now: at(5), user: ann }
  const client = aNewClient([{ name: 'elsewhere', user: 'ann' }], { name: 'elsewhere' })
  const changes = [
    changeOf(
      null,
      client,
      client.sessions.map((each) => transitionOf(each)),
      at(5),
    ),
  ]
  assert.equal(await store.commit(view, { result: null, changes, guardsUser: true }), true)
}

export function commits(kind: StoreKind): void {
  test('a decision of every kind of row is written whole', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const view = await prepare(store)
    assert.equal(await store.commit(view, aDecision(view)), true)
    const { clients, records } = await dumpOf(store)
    assert.deepEqual(
      clients.map(({ id, version, sessions }) => [id, version, sessions.map((each) => `${each.id} ${each.version}`)]),
      [
        ['client_changed', 2, ['sess_kept 1', 'sess_written 2', 'sess_joined 1']],
        ['client_created', 1, ['sess_created 1']],
      ],
    )
    const purged = records.filter(({ session }) => session === null)
    assert.deepEqual(
      purged.map(({ sessionId, purge, entries }) => [sessionId, purge, entries.length]),
      [
        ['sess_gone', { sessionId: 'sess_gone', clientId: 'client_purged', purgedAt: 9 }, 1],
        ['sess_purged', { sessionId: 'sess_purged', clientId: 'client_changed', purgedAt: 9 }, 1],
      ],
    )
    const { rows } = await store.listLedger({ limit: 100 })
    assert.deepEqual(
      rows.slice(4).map(({ sessionId, to, version }) => `${sessionId} ${to} ${version}`),
      ['sess_created active 1', 'sess_joined active 1', 'sess_written ended 2'],
    )
    assert.equal(await userVersion(store, ANN), 1)
  })

  for (const [what, happens] of Object.entries(MEANWHILE)) {
    test(`nothing of a decision is written where ${what}`, async () => {
      await using opened = await kind.open(new ManualClock())
      const { store } = opened
      const view = await prepare(store)
      await happens(await opened.again(), view)
      const [before, signIns] = [await dumpOf(store), await userVersion(store, ANN)]
      assert.equal(await store.commit(view, aDecision(view)), false)
      assert.deepEqual(await dumpOf(store), before)
      assert.equal(await userVersion(store, ANN), signIns)
    })
  }

  test('a decision is written once: the same again finds that its rows have moved on', async () => {
    await using opened = await kind.open(new ManualClock())
    const view = await prepare(opened.store)
    const decision = aDecision(view)
    assert.equal(await opened.store.commit(view, decision), true)
    const before = await dumpOf(opened.store)
    assert.equal(await opened.store.commit(view, decision), false)
    assert.deepEqual(await dumpOf(opened.store), before)
  })

  test('a user is guarded only where the decision says so, and counts the sign-ins that were', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    for (const count of [1, 2, 3]) {
      const { user: ann, now } = await store.read({ userId: ANN, sessions: 'open' })
      const client = aNewClient([], { name: `${count}` })
      const changes = [changeOf(null, client, [], now)]
      assert.equal(await store.commit({ clients: [], now, user: ann }, { result: 0, changes, guardsUser: true }), true)
      assert.equal(await userVersion(store, ANN), count)
    }
    const stale = { clients: [], now: at(0), user: { id: ANN, version: 1 } }
    const changes = [changeOf(null, aNewClient([], { name: 'unguarded' }), [], at(0))]
    assert.equal(await store.commit(stale, { result: 0, changes }), true)
    assert.equal(await userVersion(store, ANN), 3)
  })

  test('a touch writes its session alone, over the version that it was read at', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }, { name: 'b' }]))
    const before = defined(stored)
    const first = changeSession(before, 'a', { lastActiveAt: at(5), expireAt: at(1_005), updatedAt: at(5) })
    assert.equal(await write(opened.store, first), true)
    assert.deepEqual(await readOne(opened.store), first.after)
    assert.equal(await write(await opened.again(), changeSession(before, 'a', { lastActiveAt: at(6) })), false)
    assert.deepEqual(await readOne(opened.store), first.after)
    assert.equal((await opened.store.listLedger({ limit: 10 })).total, 2)
  })

  test('of touches at once over one version one is written, and of others each', async () => {
    await using opened = await kind.open(new ManualClock())
    const again = await opened.again()
    const names = ['a', 'b', 'c']
    const stored = await put(opened.store, ...names.map((name) => aNewClient([{ name }], { name })))
    const touches = [0, 1, 0, 2, 0, 1].map((place, index) => {
      const change = changeSession(defined(stored[place]), names[place] ?? '', { lastActiveAt: at(5 + index) })
      return write(index === 4 ? again : opened.store, change)
    })
    const written = await Promise.all(touches)
    const winners = [[0, 2, 4], [1, 5], [3]].map((rivals) => rivals.filter((index) => written[index]))
    assert.deepEqual(
      winners.map(({ length }) => length),
      [1, 1, 1],
    )
    for (const [place, [winner = 0]] of winners.entries()) {
      const [session] = (await readOne(opened.store, names[place])).sessions
      assert.deepEqual([session?.version, session?.lastActiveAt], [2, 5 + winner])
    }
  })

  test('a touch of a session that was purged writes nothing', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }, { name: 'b' }]))
    await write(opened.store, purgeOf(defined(stored), 3, 'a'))
    const before = await dumpOf(opened.store)
    assert.equal(await write(opened.store, changeSession(defined(stored), 'a', { lastActiveAt: at(5) })), false)
    assert.deepEqual(await dumpOf(opened.store), before)
  })

  test('a client that holds more sessions than were read is not purged', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'open' }, { name: 'over', status: 'ended' }]))
    const partly = await readOne(opened.store, 'a', { sessions: 'open' })
    assert.deepEqual(
      partly.sessions.map(({ id }) => id),
      ['sess_open'],
    )
    const before = await dumpOf(opened.store)
    assert.equal(await write(opened.store, purgeOf(partly, 3)), false)
    assert.deepEqual(await dumpOf(opened.store), before)
  })

  test('a transition of a session that did not change is misuse, and nothing is written', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }, { name: 'b' }]))
    const b = defined(stored).sessions[1]
    assert.ok(b)
    const change = changeSession(defined(stored), 'a', { lastActiveAt: at(5) }, [transitionOf(b)])
    const before = await dumpOf(opened.store)
    await assert.rejects(write(opened.store, change), TypeError)
    assert.deepEqual(await dumpOf(opened.store), before)
  })

  test('the ledger keeps the order it was written in, across commits and clients', async () => {
    await using opened = await kind.open(new ManualClock())
    const again = await opened.again()
    const names = ['b', 'a', 'c']
    for (const [index, name] of names.entries()) {
      await put(index % 2 === 0 ? opened.store : again, aNewClient([{ name }], { name }))
    }
    const { rows } = await opened.store.listLedger({ limit: 10 })
    assert.deepEqual(
      rows.map(({ sessionId }) => sessionId),
      names.map(sess),
    )
    const sequences = rows.map(({ sequence }) => sequence)
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    )
  })
}
