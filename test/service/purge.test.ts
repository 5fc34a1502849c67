/** Purging: what goes when, what stays of it, and what others do meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFileService } from '../support/file-service.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { openService, START, signedIn, story } from '../support/services.ts'
import { DAY, sess } from '../support/sessions.ts'
import { allOf, aNewClient, dumpOf, put } from '../support/stored.ts'
import { overStores } from '../support/stores.ts'

const RETENTION = 30 * DAY
const DONE = { busy: 0, isDone: true }

overStores((kind) => {
  test('a session goes at exactly its retention after it closed, and a millisecond sooner it stays', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    clock.advanceBy(DAY)
    await tenure.end('a')
    const closedBy = START + DAY
    clock.advanceTo(closedBy + RETENTION - 1)
    const early = { sessions: 0, clients: 0, closedBy: closedBy - 1, ...DONE }
    assert.deepEqual(await tenure.purge(), early)
    clock.advanceBy(1)
    assert.deepEqual(await tenure.purge(), { sessions: 1, clients: 0, closedBy, ...DONE })
    assert.equal(await tenure.getSession('a'), null)
    assert.deepEqual((await tenure.getClient(clientId))?.sessionIds, ['b'])
    assert.deepEqual(await tenure.purge(), { sessions: 0, clients: 0, closedBy, ...DONE })
  })

  test('the ledger of a purged session stays, and so does the mark that keeps its id from coming back', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await tenure.end('a')
    clock.advanceBy(RETENTION)
    await tenure.purge()
    assert.deepEqual(await story(tenure), ['0 a v1 nothing -> active sign-in', '0 a v2 active -> ended end'])
    const { records } = await dumpOf(store)
    assert.deepEqual(
      records.map(({ session, purge }) => [session, purge]),
      [[null, { sessionId: 'a', clientId, purgedAt: START + RETENTION }]],
    )
    const again = await tenure.signIn({ userId: 'ann', sessionId: 'a' })
    assert.deepEqual(again, { changed: false, reason: 'id-taken', session: null })
  })

  test('retention counts from when a session first closed, not from what became of it since', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await tenure.end('a')
    clock.advanceBy(DAY)
    await tenure.remove('a')
    clock.advanceTo(START + RETENTION)
    assert.equal((await tenure.purge()).sessions, 1)
  })

  test('a session that only its deadlines have closed stays until a sweep has written that down', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceBy(30 * DAY + RETENTION)
    assert.equal((await tenure.purge()).sessions, 0)
    await tenure.sweep()
    assert.deepEqual(await tenure.purge(), { sessions: 1, clients: 1, closedBy: START + 30 * DAY, ...DONE })
    assert.deepEqual(
      (await tenure.history()).items.map(({ to }) => to),
      ['active', 'expired', 'abandoned'],
    )
  })

  test('a client goes when it holds no session and was last changed at least the retention ago', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    await put(store, aNewClient([], { name: 'empty', updatedAt: START }))
    await put(store, aNewClient([{ status: 'ended', name: 'a' }], { name: 'late', updatedAt: START + 5 }))
    clock.advanceTo(START + RETENTION - 1)
    const first = await tenure.purge()
    assert.deepEqual([first.sessions, first.clients], [1, 0])
    assert.deepEqual((await tenure.getClient('client_late'))?.updatedAt, START + 5)
    clock.advanceBy(1)
    assert.equal((await tenure.purge()).clients, 1)
    assert.equal(await tenure.getClient('client_empty'), null)
    clock.advanceBy(5)
    assert.equal((await tenure.purge()).clients, 1)
    assert.deepEqual((await dumpOf(store)).clients, [])
  })

  test('a client that named a purged session as its last active one names none, and is not updated by that', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const sessions = [{ status: 'ended', name: 'a' } as const, { name: 'b', expireAt: START, abandonAt: 2 * START }]
    await put(store, aNewClient(sessions, { lastActive: 'a', updatedAt: 7 }))
    clock.advanceTo(RETENTION)
    assert.equal((await tenure.purge()).sessions, 1)
    const [client] = (await dumpOf(store)).clients
    assert.deepEqual(client?.lastActiveSessionId, null)
    assert.deepEqual([client?.updatedAt, client?.version, client?.sessionIds], [7, 2, [sess('b')]])
  })

  test('a limit leaves the rest for another purge, the longest closed first', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    for (const name of ['c', 'a', 'b']) {
      await signedIn(tenure, name, { sessionId: name })
      await tenure.end(name)
      clock.advanceBy(1)
    }
    clock.advanceBy(RETENTION)
    const first = await tenure.purge({ limit: 2 })
    assert.deepEqual([first.sessions, first.clients, first.isDone], [2, 2, false])
    const { records } = await dumpOf(store)
    assert.deepEqual(
      records.filter(({ session }) => session !== null).map(({ sessionId }) => sessionId),
      ['b'],
    )
    assert.equal((await tenure.purge({ limit: 2 })).isDone, true)
    await assert.rejects(tenure.purge({ limit: 0 }), TypeError)
  })

  test('many batches are purged in one pass', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const clients = Array.from({ length: 1203 }, (_, index) => {
      return aNewClient([{ name: `${index}`, status: 'revoked' }], { name: `${index}` })
    })
    await put(store, ...clients)
    clock.advanceTo(START)
    const outcome = await tenure.purge()
    assert.deepEqual([outcome.sessions, outcome.clients, outcome.isDone], [1203, 1203, true])
    assert.deepEqual((await dumpOf(store)).clients, [])
  })

  test('a client that somebody signs in on before it is purged stays, without what was purged', async () => {
    await using service = await openService(kind)
    const { tenure, clock, store } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await tenure.end('a')
    clock.advanceBy(RETENTION)
    let isTaken = false
    const contended = interposedStore(store, {
      commit: async (view, decision) => {
        if (!isTaken) await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
        isTaken = true
        return store.commit(view, decision)
      },
    })
    const outcome = await (await service.over(contended)).purge()
    assert.deepEqual([outcome.sessions, outcome.clients], [1, 0])
    assert.deepEqual((await tenure.getClient(clientId))?.sessionIds, ['b'])
    assert.deepEqual(await allOf(tenure.audit()), [])
  })
})

test('a live session is never purged, be its row damaged', async () => {
  await using service = await openFileService()
  const { tenure, clock } = service
  await signedIn(tenure, 'ann', { sessionId: 'a' })
  service.damage('UPDATE sessions SET closed_at = 0')
  clock.advanceBy(RETENTION)
  const { sessions, isDone } = await tenure.purge()
  assert.deepEqual([sessions, isDone], [0, false])
})
