/** Revoking many: of a user on every client, or of a client, however many there are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../src/store/port.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { openService, reasonOf, START, signedIn, statuses, story } from '../../support/services.ts'
import { aNewClient, dumpOf, put } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function revokingAll(kind: StoreKind): void {
  test("every open session of a user is revoked, and nobody else's", async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a1' })
    await signedIn(tenure, 'ben', { sessionId: 'b1', clientId })
    await signedIn(tenure, 'ann', { sessionId: 'a2', status: 'pending' })
    await signedIn(tenure, 'ann', { sessionId: 'a3' })
    await tenure.end('a3')
    assert.deepEqual(await tenure.revokeAll({ userId: 'ann', askedBy: 'admin' }), { revoked: 2 })
    assert.deepEqual(await statuses(tenure), { a1: 'revoked', a2: 'revoked', a3: 'ended', b1: 'active' })
    assert.deepEqual((await story(tenure, { sessionId: 'a2' })).slice(1), [
      '0 a2 v2 pending -> revoked revoke by admin',
    ])
    assert.equal((await tenure.getClient(clientId))?.lastActiveSessionId, 'b1')
  })

  test('again it revokes nothing, and writes nothing', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await signedIn(tenure, 'ann')
    await tenure.revokeAll({ userId: 'ann' })
    const before = await dumpOf(service.store)
    assert.deepEqual(await tenure.revokeAll({ userId: 'ann' }), { revoked: 0 })
    assert.deepEqual(await tenure.revokeAll({ userId: 'nobody' }), { revoked: 0 })
    assert.deepEqual(await tenure.revokeAll({ clientId: 'client_x' }), { revoked: 0 })
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('the session that asks stays, of a user and of a client', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'mine' })
    await signedIn(tenure, 'ben', { sessionId: 'ben', clientId })
    await signedIn(tenure, 'ann', { sessionId: 'elsewhere' })
    assert.deepEqual(await tenure.revokeAll({ userId: 'ann', except: 'mine' }), { revoked: 1 })
    assert.deepEqual(await tenure.revokeAll({ clientId, except: 'mine' }), { revoked: 1 })
    assert.deepEqual(await statuses(tenure), { mine: 'active', ben: 'revoked', elsewhere: 'revoked' })
  })

  test('of a client every open session is revoked, whoever the user', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await signedIn(tenure, 'ann', { sessionId: 'elsewhere' })
    assert.deepEqual(await tenure.revokeAll({ clientId }), { revoked: 2 })
    assert.deepEqual(await statuses(tenure), { a: 'revoked', b: 'revoked', elsewhere: 'active' })
    assert.equal((await tenure.getClient(clientId))?.lastActiveSessionId, null)
  })

  test('a dormant session is revoked, what a deadline abandoned is not, and both are written down', async () => {
    await using service = await openService(kind, {
      maximumLifetime: 100,
      abandonment: { after: 300, from: 'creation' },
    })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'gone' })
    clock.advanceTo(START + 150)
    await signedIn(tenure, 'ann', { sessionId: 'dormant' })
    clock.advanceTo(START + 310)
    assert.deepEqual(await tenure.revokeAll({ userId: 'ann' }), { revoked: 1 })
    assert.deepEqual(await statuses(tenure), { gone: 'abandoned', dormant: 'revoked' })
    // What changes nothing is left to the sweep.
    assert.equal((await tenure.history({ clientId })).total, 1)
    assert.deepEqual((await story(tenure, { sessionId: 'dormant' })).slice(1), [
      '250 dormant v2 active -> expired expire-deadline',
      '310 dormant v2 expired -> revoked revoke',
    ])
  })

  test('thousands over many clients are revoked to the last, several on one client too', async () => {
    await using service = await openService(kind)
    const { tenure, store } = service
    const parts = { user: 'ann', createdAt: START, expireAt: START + 100, abandonAt: START + 200 }
    const clients = Array.from({ length: 1_050 }, (_, index) =>
      aNewClient(
        [
          { name: `${index}a`, ...parts },
          { name: `${index}b`, ...parts, status: 'pending' },
          { name: `${index}c`, ...parts, user: 'ben' },
        ],
        { name: `${index}`, createdAt: START },
      ),
    )
    await put(store, ...clients)
    assert.deepEqual(await tenure.revokeAll({ userId: 'user_ann', except: 'sess_7b' }), { revoked: 2_099 })
    const left = await tenure.listSessions({ userId: 'user_ann', status: ['active', 'pending', 'expired'] })
    assert.deepEqual(
      left.items.map(({ id }) => id),
      ['sess_7b'],
    )
    assert.equal((await tenure.listSessions({ userId: 'user_ben', status: 'active' })).total, 1_050)
    assert.equal((await tenure.history({ userId: 'user_ann' })).total, 2_100 + 2_099)
  })

  // Of what is in memory the many cost little.
  if (!kind.isShared)
    test('more clients than are found at once are found a few times, and all revoked', async () => {
      await using service = await openService(kind)
      const { store } = service
      const parts = { user: 'ann', createdAt: START, expireAt: START + 100, abandonAt: START + 200 }
      const clients = Array.from({ length: 10_050 }, (_, index) =>
        aNewClient([{ name: `${index}`, ...parts }], { name: `${index}`, createdAt: START }),
      )
      await put(store, ...clients)
      let finds = 0
      const findOpenOfUser: Store['findOpenOfUser'] = (query) => {
        finds += 1
        return store.findOpenOfUser(query)
      }
      const tenure = await service.over(interposedStore(store, { findOpenOfUser }))
      assert.deepEqual(await tenure.revokeAll({ userId: 'user_ann' }), { revoked: 10_050 })
      assert.ok(finds < 5, `${finds} finds`)
    })

  test('a clock that stepped back hides no session', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    clock.advanceTo(START + 1_000)
    await signedIn(tenure, 'ann', { sessionId: 'later' })
    clock.advanceTo(START)
    assert.deepEqual(await tenure.revokeAll({ userId: 'ann' }), { revoked: 1 })
    assert.equal(reasonOf(await tenure.touch('later')), 'revoked')
  })

  test('revoking everything of nobody, of both, or by nobody is misuse', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await signedIn(tenure, 'ann')
    const before = await dumpOf(service.store)
    for (const request of [
      {},
      { userId: 'ann', clientId: 'client_x' },
      { userId: 7 },
      { userId: 'ann', askedBy: '' },
    ]) {
      await assert.rejects(tenure.revokeAll(request as never), TypeError)
    }
    assert.deepEqual(await dumpOf(service.store), before)
  })
}
