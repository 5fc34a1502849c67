/** Signing in: on which client, under which id, and what makes way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openService, reasonOf, START, signedIn, statuses, story } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { dumpOf, purgeOf, readOne, write } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function signingIn(kind: StoreKind): void {
  test('without a client a new one is made, with the session as its last active one', async () => {
    await using service = await openService(kind)
    const outcome = await service.tenure.signIn({ userId: 'ann', askedBy: 'the-backend' })
    assert.ok(outcome.changed)
    const { session, transitions } = outcome
    assert.deepEqual(session, {
      ...{ id: session.id, clientId: session.clientId, userId: 'ann', status: 'active', version: 1 },
      ...{ createdAt: START, updatedAt: START, lastActiveAt: START },
      ...{ expireAt: START + 7 * DAY, abandonAt: START + 30 * DAY },
    })
    assert.match(`${session.id} ${session.clientId}`, /^sess_\w{27} client_\w{27}$/)
    assert.deepEqual(await service.tenure.getClient(session.clientId), {
      ...{ id: session.clientId, sessionIds: [session.id], sessions: [session], lastActiveSessionId: session.id },
      ...{ createdAt: START, updatedAt: START, version: 1 },
    })
    const entry = {
      ...{ clientId: session.clientId, sessionId: session.id, userId: 'ann', from: null, to: 'active' },
      ...{ cause: 'sign-in', at: START, recordedAt: START, askedBy: 'the-backend' },
    }
    assert.deepEqual(transitions, [entry])
    const { items } = await service.tenure.history()
    assert.deepEqual(items, [{ ...entry, version: 1, sequence: items[0]?.sequence }])
  })

  test('on a client that is named the session joins the others, and is last active', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(5)
    const second = await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    assert.deepEqual([second.clientId, second.createdAt], [clientId, START + 5])
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.sessionIds, client?.lastActiveSessionId, client?.version], [['a', 'b'], 'b', 2])
    assert.deepEqual(await statuses(tenure), { a: 'active', b: 'active' })
  })

  test('on a client that nobody knows nothing is written', async () => {
    await using service = await openService(kind)
    const refused = { changed: false, reason: 'unknown-client', session: null }
    assert.deepEqual(await service.tenure.signIn({ userId: 'ann', clientId: 'client_x' }), refused)
    assert.deepEqual(await dumpOf(service.store), { clients: [], records: [] })
  })

  test('a pending session is live, and not last active until it is touched', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const session = await signedIn(tenure, 'ann', { status: 'pending' })
    assert.equal((await tenure.verify(session.id)).live, true)
    assert.equal((await tenure.getClient(session.clientId))?.lastActiveSessionId, null)
    assert.deepEqual(
      (await tenure.history()).items.map(({ to }) => to),
      ['pending'],
    )
  })

  test('the same call again, on a client or without one, changes nothing and says which session there is', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const first = await signedIn(tenure, 'ann', { sessionId: 'mine' })
    clock.advanceBy(1_000)
    const before = await dumpOf(service.store)
    const repeated = { changed: false, reason: 'repeated', session: first }
    assert.deepEqual(await tenure.signIn({ userId: 'ann', sessionId: 'mine' }), repeated)
    assert.deepEqual(await tenure.signIn({ userId: 'ann', sessionId: 'mine', clientId: first.clientId }), repeated)
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test("an id that is another user's, another client's, or over, is taken", async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'mine' })
    const other = await signedIn(tenure, 'ben', { sessionId: 'elsewhere' })
    await tenure.end('elsewhere')
    const before = await dumpOf(service.store)
    const taken = { changed: false, reason: 'id-taken', session: null }
    assert.deepEqual(await tenure.signIn({ userId: 'ben', sessionId: 'mine' }), taken)
    assert.deepEqual(await tenure.signIn({ userId: 'ben', sessionId: 'mine', clientId }), taken)
    assert.deepEqual(await tenure.signIn({ userId: 'ann', sessionId: 'mine', clientId: other.clientId }), taken)
    assert.deepEqual(await tenure.signIn({ userId: 'ben', sessionId: 'elsewhere' }), taken)
    assert.deepEqual(await tenure.signIn({ userId: 'ben', sessionId: 'elsewhere', clientId: other.clientId }), taken)
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('an id is taken at exactly expireAt of the session that had it, and after', async () => {
    await using service = await openService(kind, { maximumLifetime: 100 })
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'mine' })
    clock.advanceTo(START + 99)
    assert.equal(reasonOf(await tenure.signIn({ userId: 'ann', sessionId: 'mine' })), 'repeated')
    clock.advanceTo(START + 100)
    assert.equal(reasonOf(await tenure.signIn({ userId: 'ann', sessionId: 'mine' })), 'id-taken')
  })

  test('the id of a session that was purged stays taken', async () => {
    await using service = await openService(kind)
    const { tenure, store } = service
    await signedIn(tenure, 'ann', { sessionId: 'mine', clientId: undefined })
    const { clients } = await store.read({ sessionIds: ['mine' as never], sessions: 'all' })
    const [client] = clients
    assert.ok(client)
    assert.equal(await write(store, purgeOf(client, START)), true)
    const taken = { changed: false, reason: 'id-taken', session: null }
    assert.deepEqual(await tenure.signIn({ userId: 'ann', sessionId: 'mine' }), taken)
    assert.deepEqual((await dumpOf(store)).clients, [])
  })

  test("in multi mode the user's older sessions on the client are replaced, in its ledger by the new one", async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'old' })
    await signedIn(tenure, 'ben', { sessionId: 'ben', clientId })
    await signedIn(tenure, 'ann', { sessionId: 'elsewhere' })
    clock.advanceBy(5)
    await signedIn(tenure, 'ann', { sessionId: 'new', clientId })
    assert.deepEqual(await statuses(tenure), { old: 'replaced', ben: 'active', elsewhere: 'active', new: 'active' })
    assert.deepEqual((await story(tenure)).slice(3), [
      '5 new v1 nothing -> active sign-in',
      '5 old v2 active -> replaced replace by new',
    ])
  })

  test('in single mode every live session of the client is replaced', async () => {
    await using service = await openService(kind, { sessionMode: 'single', onConflict: 'replace' })
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await signedIn(tenure, 'cho', { sessionId: 'c', clientId, status: 'pending' })
    assert.deepEqual(await statuses(tenure), { a: 'replaced', b: 'replaced', c: 'pending' })
  })

  test('in single mode that rejects, a live session keeps others out until it is dead, unswept', async () => {
    await using service = await openService(kind, { sessionMode: 'single', onConflict: 'reject', maximumLifetime: 100 })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceTo(START + 99)
    const before = await dumpOf(service.store)
    const refused = { changed: false, reason: 'session-exists', session: null }
    assert.deepEqual(await tenure.signIn({ userId: 'ben', sessionId: 'b', clientId }), refused)
    assert.deepEqual(await dumpOf(service.store), before)
    clock.advanceTo(START + 100)
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    assert.deepEqual(await story(tenure), [
      '0 a v1 nothing -> active sign-in',
      '100 a v2 active -> expired expire-deadline',
      '100 b v1 nothing -> active sign-in',
    ])
  })

  test('new sessions take places behind all that were, purged ones too where others stay', async () => {
    await using service = await openService(kind)
    const { tenure, store } = service
    const { clientId } = await signedIn(tenure, 'u0', { sessionId: 's0' })
    for (const index of [1, 2]) await signedIn(tenure, `u${index}`, { sessionId: `s${index}`, clientId })
    const name = clientId.slice('client_'.length)
    const client = await readOne(store, name)
    const sessions = client.sessions.filter(({ id }) => id !== ('s1' as never))
    const after = { ...client, sessions, version: client.version + 1 }
    assert.equal(await write(store, { before: client, after, transitions: [], at: client.updatedAt }), true)
    await signedIn(tenure, 'u3', { sessionId: 's3', clientId })
    assert.deepEqual(
      (await readOne(store, name)).sessions.map(({ id, place }) => `${id} ${place}`),
      ['s0 0', 's2 2', 's3 3'],
    )
  })
}
