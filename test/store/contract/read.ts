/** What a selection reads: which clients, and which of their sessions. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionId } from '../../../src/domain/session.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Selection, View } from '../../../src/store/port.ts'
import { at, sess, user } from '../../support/sessions.ts'
import { aNewClient, changeSession, clientId, put, write } from '../../support/stored.ts'
import type { OpenedStore, StoreKind } from '../../support/stores.ts'

const STORED = [
  // The places run against the ids.
  aNewClient(
    [
      { name: 'a9', user: 'ann' },
      { name: 'a8', user: 'ben', status: 'ended' },
      { name: 'a7', user: 'ben', status: 'pending' },
      { name: 'a6', user: 'cho', status: 'expired' },
      { name: 'a5', user: 'ann', status: 'removed' },
    ],
    { name: 'a' },
  ),
  aNewClient([{ name: 'b1', user: 'ann', status: 'expired' }], {
    name: 'b',
    document: { form: 'sdk', text: '{"b":1}' },
  }),
  aNewClient([{ name: 'c1', user: 'ann', status: 'revoked' }], { name: 'c' }),
  aNewClient([], { name: 'd', lastActive: 'gone' }),
]

/** A view as text: each client by its name, and its sessions by theirs, in their order. */
function shown({ clients }: View): readonly string[] {
  const names = ({ id }: { readonly id: string }) => id.replace(/^(client|sess)_/, '')
  return clients.map((client) => `${names(client)}: ${client.sessions.map(names).join(' ')}`).sort()
}

const ids = (...names: readonly string[]) => names.map(clientId)

const SELECTIONS: readonly (readonly [what: string, selection: Selection, expected: readonly string[]])[] = [
  ['nothing that is named finds nothing', { sessions: 'all' }, []],
  ['all sessions of a client, by their places', { clientIds: ids('a'), sessions: 'all' }, ['a: a9 a8 a7 a6 a5']],
  ['the live and the dormant ones of a client', { clientIds: ids('a'), sessions: 'open' }, ['a: a9 a7 a6']],
  ['a client without sessions', { clientIds: ids('d'), sessions: 'open' }, ['d: ']],
  ['several clients, each once', { clientIds: ids('a', 'b', 'a'), sessions: 'open' }, ['a: a9 a7 a6', 'b: b1']],
  ['clients that are there, and not those that are not', { clientIds: ids('x', 'b'), sessions: 'all' }, ['b: b1']],
  ['the client of an open session', { sessionIds: [sess('a7')], sessions: 'open' }, ['a: a9 a7 a6']],
  ['a closed session that is named, in its place', { sessionIds: [sess('a8')], sessions: 'open' }, ['a: a9 a8 a7 a6']],
  ['a closed session that is named twice', { sessionIds: [sess('c1'), sess('c1')], sessions: 'open' }, ['c: c1']],
  [
    'closed sessions that are named, on two clients',
    { sessionIds: [sess('a5'), sess('c1'), sess('a8')], sessions: 'open' },
    ['a: a9 a8 a7 a6 a5', 'c: c1'],
  ],
  ['a session that is not there', { sessionIds: [sess('x'), sess('b1')], sessions: 'open' }, ['b: b1']],
  [
    'a client and its session',
    { clientIds: ids('a'), sessionIds: [sess('a5')], sessions: 'all' },
    ['a: a9 a8 a7 a6 a5'],
  ],
  [
    'the clients of a user with open sessions there, and everybody on them',
    { userId: user('ann'), sessions: 'open' },
    ['a: a9 a7 a6', 'b: b1'],
  ],
  ['the same with all their sessions', { userId: user('ann'), sessions: 'all' }, ['a: a9 a8 a7 a6 a5', 'b: b1']],
  ['a user with closed sessions only beside', { userId: user('ben'), sessions: 'open' }, ['a: a9 a7 a6']],
  ['a user that nobody knows', { userId: user('x'), sessions: 'open' }, []],
  [
    'a client, a session and a user',
    { clientIds: ids('d'), sessionIds: [sess('c1')], userId: user('cho'), sessions: 'open' },
    ['a: a9 a7 a6', 'c: c1', 'd: '],
  ],
]

export function reads(kind: StoreKind): void {
  let opened: OpenedStore
  const clock = new ManualClock(5)
  before(async () => {
    opened = await kind.open(clock)
    await put(opened.store, ...STORED)
  })
  after(() => opened[Symbol.asyncDispose]())

  for (const [what, selection, expected] of SELECTIONS) {
    test(`a selection reads ${what}`, async () => {
      assert.deepEqual(shown(await opened.store.read(selection)), expected)
    })
    test(`a change reads ${what}`, async () => {
      const decision = await opened.store.change(selection, (view) => ({ result: shown(view), changes: [] }))
      assert.deepEqual(decision?.result, expected)
    })
  }

  test('selections that are read at once see each what it named, and no more', async () => {
    const each = (read: (selection: Selection) => Promise<View>) =>
      Promise.all(SELECTIONS.map(([, named]) => read(named)))
    const expected = SELECTIONS.map(([, , clients]) => clients)
    assert.deepEqual((await each((selection) => opened.store.read(selection))).map(shown), expected)
    const named = ['a8', 'a9', 'a5', 'x', 'b1', 'a9', 'c1'].map((name) => [sess(name)])
    const views = await Promise.all(named.map((sessionIds) => opened.store.read({ sessionIds, sessions: 'open' })))
    assert.deepEqual(views.map(shown), [
      ['a: a9 a8 a7 a6'],
      ['a: a9 a7 a6'],
      ['a: a9 a7 a6 a5'],
      [],
      ['b: b1'],
      ['a: a9 a7 a6'],
      ['c: c1'],
    ])
    const found = await Promise.all(['a5', 'x', 'a9', 'a9'].map((name) => opened.store.findSession(sess(name))))
    assert.deepEqual(
      found.map(({ session }) => session?.status),
      ['removed', undefined, 'active', 'active'],
    )
  })

  test('documents are read where they are asked for, and are absent where they are not', async () => {
    const named = { clientIds: ids('b'), sessions: 'open' } as const
    const { clients: bare } = await opened.store.read(named)
    const { clients: whole } = await opened.store.read({ ...named, documents: true })
    assert.deepEqual(
      [bare.map((client) => 'document' in client), 'document' in (bare[0]?.sessions[0] ?? {})],
      [[false], false],
    )
    assert.deepEqual([whole[0]?.document, whole[0]?.sessions[0]?.document], [{ form: 'sdk', text: '{"b":1}' }, null])
  })

  test('a view and a session say when they were read, by the clock', async () => {
    clock.advanceTo(77)
    assert.equal(await opened.store.now(), 77)
    assert.equal((await opened.store.read({ sessions: 'open' })).now, 77)
    assert.equal((await opened.store.findSession(sess('a9'))).now, 77)
    clock.advanceTo(76)
    assert.equal(
      (await opened.store.change({ sessions: 'open' }, ({ now }) => ({ result: now, changes: [] })))?.result,
      76,
    )
  })

  test('a view has the user that it was asked for, at version 0 where none signed in under a maximum', async () => {
    assert.equal((await opened.store.read({ clientIds: ids('a'), sessions: 'open' })).user, null)
    const { user: nobody } = await opened.store.read({ userId: user('x'), sessions: 'open' })
    assert.deepEqual(nobody, { id: user('x'), version: 0 })
  })

  test('a session is found by its primary key, and by several', async () => {
    assert.equal((await opened.store.findSession(sess('x'))).session, null)
    const found = await opened.store.findSessions([sess('x'), sess('c1'), sess('a5')])
    assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([sess('c1'), sess('a5')]))
    assert.deepEqual(await opened.store.findSessions([]), [])
    assert.deepEqual(await opened.store.findSessions(['' as SessionId]), [])
  })

  test('many sessions and many clients are read at once', async () => {
    await using many = await kind.open(new ManualClock())
    const clients = Array.from({ length: 1_200 }, (_, index) =>
      aNewClient([{ name: `s${index}` }], { name: `c${index}` }),
    )
    await put(many.store, ...clients)
    const sessionIds = clients.map(({ sessions }) => sessions[0]?.id ?? sess('none'))
    assert.equal((await many.store.findSessions(sessionIds)).length, 1_200)
    assert.equal((await many.store.read({ sessionIds, sessions: 'open' })).clients.length, 1_200)
    assert.equal(
      (await many.store.read({ clientIds: clients.map(({ id }) => id), sessions: 'all' })).clients.length,
      1_200,
    )
  })

  test('what another process has written is read at once', async () => {
    await using shared = await kind.open(new ManualClock())
    const again = await shared.again()
    const [stored] = await put(shared.store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    assert.deepEqual((await again.findSession(sess('a'))).session?.version, 1)
    await write(again, changeSession(stored, 'a', { lastActiveAt: at(3) }))
    assert.equal((await shared.store.findSession(sess('a'))).session?.lastActiveAt, 3)
  })
}
