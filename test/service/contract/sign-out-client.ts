/** Signing out of a client: every live session ended, or every session removed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openService, START, signedIn, statuses, story } from '../../support/services.ts'
import { dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function signingOut(kind: StoreKind): void {
  test('every live session of the client ends, and no other', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId, status: 'pending' })
    await signedIn(tenure, 'cho', { sessionId: 'c', clientId })
    await tenure.revoke('c')
    await signedIn(tenure, 'ann', { sessionId: 'elsewhere' })
    const outcome = await tenure.signOutClient(clientId, 'end', { askedBy: 'ann' })
    assert.ok(outcome.changed)
    assert.deepEqual(
      outcome.transitions.map(({ sessionId, to }) => `${sessionId} ${to}`),
      ['a ended', 'b ended'],
    )
    assert.deepEqual(await statuses(tenure), { a: 'ended', b: 'ended', c: 'revoked', elsewhere: 'active' })
    assert.deepEqual((await story(tenure)).slice(-2), [
      '0 a v2 active -> ended end by ann',
      '0 b v2 pending -> ended end by ann',
    ])
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.sessionIds, client?.lastActiveSessionId], [['a', 'b', 'c'], null])
  })

  test('every session of the client is removed, the closed ones too, and it shows none', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await tenure.end('a')
    assert.equal((await tenure.signOutClient(clientId, 'remove')).changed, true)
    assert.deepEqual(await statuses(tenure), { a: 'removed', b: 'removed' })
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.sessionIds, client?.sessions], [[], []])
  })

  for (const command of ['end', 'remove'] as const) {
    test(`a second ${command} of everything is repeated, and writes nothing`, async () => {
      await using service = await openService(kind)
      const { tenure } = service
      const { clientId } = await signedIn(tenure, 'ann')
      await tenure.signOutClient(clientId, command)
      const before = await dumpOf(service.store)
      assert.deepEqual(await tenure.signOutClient(clientId, command), { changed: false, reason: 'repeated' })
      assert.deepEqual(await tenure.signOutClient('client_x', command), { changed: false, reason: 'unknown-client' })
      assert.deepEqual(await dumpOf(service.store), before)
    })
  }

  test('a session that is dead by its deadline, unswept, is not ended', async () => {
    await using service = await openService(kind, { maximumLifetime: 100 })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceTo(START + 100)
    assert.deepEqual(await tenure.signOutClient(clientId, 'end'), { changed: false, reason: 'repeated' })
    assert.deepEqual(await statuses(tenure), { a: 'expired' })
  })

  test('another command than the two is misuse', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann')
    for (const command of ['revoke', '', undefined]) {
      await assert.rejects(tenure.signOutClient(clientId, command as never), TypeError)
    }
    assert.equal((await tenure.listSessions({ status: 'active' })).total, 1)
  })
}
