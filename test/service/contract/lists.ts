/** Reading: one session, one client, the lists as they are now, and what the ledger says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../src/store/port.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { openService, START, signedIn } from '../../support/services.ts'
import { aNewClient, dumpOf, put } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function reading(kind: StoreKind): void {
  test('what is read is settled at that instant, and reading writes nothing', async () => {
    await using service = await openService(kind, { maximumLifetime: 100 })
    const { tenure, clock } = service
    const { id, clientId, version } = await signedIn(tenure, 'ann')
    const before = await dumpOf(service.store)
    clock.advanceTo(START + 100)
    const session = await tenure.getSession(id)
    assert.deepEqual([session?.status, session?.updatedAt, session?.version], ['expired', START + 100, version])
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.sessions, client?.lastActiveSessionId, client?.updatedAt], [[session], null, START + 100])
    assert.deepEqual((await tenure.listSessions({ status: 'expired' })).items, [session])
    assert.deepEqual((await tenure.listSessions({ status: 'active' })).items, [])
    assert.deepEqual((await tenure.listClients()).items, [client])
    // The ledger is what was written down, and nobody has yet.
    assert.equal((await tenure.history()).total, 1)
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('what nobody knows is null', async () => {
    await using service = await openService(kind)
    assert.equal(await service.tenure.getSession('sess_x'), null)
    assert.equal(await service.tenure.getClient('client_x'), null)
  })

  test('members that came with a snapshot are read under the names of the SDK, and what was written since wins', async () => {
    await using service = await openService(kind)
    const { tenure, store } = service
    const wire = (members: object) => ({ form: 'wire', text: JSON.stringify(members) }) as const
    const document = wire({ status: 'active', last_active_token: { jwt: 'x' }, unknown_to_us: [1], expire_at: 5 })
    const session = { name: 'a', createdAt: START, expireAt: START + 9, abandonAt: START + 10, document }
    await put(
      store,
      aNewClient([session], { createdAt: START, document: wire({ sign_in_id: 'si', custom: { a: 1 } }) }),
    )
    await tenure.end('sess_a')
    const read = (await tenure.getSession('sess_a')) as Record<string, unknown> | null
    assert.deepEqual([read?.['status'], read?.['expireAt'], read?.['version']], ['ended', START + 9, 2])
    assert.deepEqual(
      [read?.['lastActiveToken'] ?? read?.['last_active_token'], read?.['unknown_to_us']],
      [{ jwt: 'x' }, [1]],
    )
    const client = (await tenure.getClient('client_a')) as Record<string, unknown> | null
    assert.deepEqual([client?.['signInId'], client?.['custom']], ['si', { a: 1 }])
    assert.deepEqual((await tenure.listSessions()).items, [read])
    assert.deepEqual((await tenure.listClients()).items, [client])
  })

  test('lists come in pages, newest first, each with its total, to the last', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const ids: string[] = []
    for (let index = 0; index < 7; index += 1) {
      clock.advanceBy(index % 2)
      ids.unshift((await signedIn(tenure, index === 3 ? 'ben' : 'ann', { sessionId: `s${index}` })).id)
    }
    const seen: string[] = []
    const sizes: number[] = []
    for (let after: { createdAt: never; id: string } | undefined; ; ) {
      const page = await tenure.listSessions({ limit: 3, after })
      seen.push(...page.items.map(({ id }) => id))
      assert.ok(seen.length <= ids.length, 'a page repeats what the page before it had')
      sizes.push(page.items.length)
      assert.equal(page.total, 7)
      if (page.next === null) break
      after = page.next as typeof after
    }
    assert.deepEqual([seen, sizes], [ids, [3, 3, 1]])
    assert.deepEqual(
      (await tenure.listSessions({ limit: 2, offset: 2 })).items.map(({ id }) => id),
      ids.slice(2, 4),
    )
    assert.deepEqual(
      (await tenure.listSessions({ userId: 'ben' })).items.map(({ id }) => id),
      ['s3'],
    )
    const clients = await tenure.listClients({ limit: 4 })
    assert.deepEqual([clients.items.length, clients.total, clients.next === null], [4, 7, false])
    assert.deepEqual(
      (await tenure.listClients({ userId: 'ben' })).items.map(({ sessionIds }) => sessionIds),
      [['s3']],
    )
  })

  test('a client that is purged while its page is read is not on it, and the page has a next all the same', async () => {
    await using service = await openService(kind, { retention: 10 })
    const { tenure, clock, store } = service
    const oldest = await signedIn(tenure, 'ann')
    clock.advanceBy(1)
    const gone = await signedIn(tenure, 'ben')
    clock.advanceBy(1)
    const newest = await signedIn(tenure, 'cho')
    await tenure.end(gone.id)
    const listed: Store['listClients'] = async (query) => {
      const rows = await store.listClients(query)
      clock.advanceBy(20)
      await tenure.purge()
      return rows
    }
    const slow = await service.over(interposedStore(store, { listClients: listed }))
    const page = await slow.listClients({ limit: 2 })
    assert.deepEqual(
      page.items.map(({ id }) => id),
      [newest.clientId],
    )
    assert.ok(page.next !== null)
    const rest = await tenure.listClients({ limit: 2, after: page.next })
    assert.deepEqual(
      rest.items.map(({ id }) => id),
      [oldest.clientId],
    )
  })

  test('the history of a session, a client and a user is read in the order it was written, page by page', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await tenure.end('a')
    await tenure.revoke('b', { askedBy: 'admin' })
    const told = async (filter: Parameters<typeof tenure.history>[0]) =>
      (await tenure.history(filter)).items.map(({ sessionId, to }) => `${sessionId} ${to}`)
    assert.deepEqual(await told({ clientId }), ['a active', 'b active', 'a ended', 'b revoked'])
    assert.deepEqual(await told({ sessionId: 'a' }), ['a active', 'a ended'])
    assert.deepEqual(await told({ userId: 'ben' }), ['b active', 'b revoked'])
    assert.deepEqual(await told({ userId: 'ben', sessionId: 'a' }), [])
    const first = await tenure.history({ clientId, limit: 3 })
    assert.deepEqual([first.items.length, first.total], [3, 4])
    assert.ok(first.next !== null)
    const second = await tenure.history({ clientId, limit: 3, after: first.next })
    assert.deepEqual([second.items.map(({ to }) => to), second.next], [['revoked'], null])
    assert.deepEqual(await told({ clientId, offset: 1, limit: 2 }), ['b active', 'a ended'])
  })

  test('a limit, an offset or a status that is none is misuse', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    for (const page of [
      { limit: 0 },
      { limit: 1001 },
      { limit: 1.5 },
      { limit: Number.NaN },
      { offset: -1 },
      { offset: 0.5 },
    ]) {
      await assert.rejects(tenure.listSessions(page), TypeError)
      await assert.rejects(tenure.listClients(page), TypeError)
      await assert.rejects(tenure.history(page), TypeError)
    }
    for (const after of [null, 'x', Number.NaN, {}, { createdAt: Number.NaN, id: 's' }, { createdAt: START, id: 1 }]) {
      for (const list of ['listSessions', 'listClients', 'history'] as const) {
        await assert.rejects(tenure[list]({ after } as never), { name: 'TypeError', message: /^after is the next of/ })
      }
    }
    for (const status of ['live', '', null, ['active', 'gone']]) {
      await assert.rejects(tenure.listSessions({ status: status as never }), TypeError)
    }
    assert.equal((await tenure.listSessions({ limit: 1000, offset: 5, status: [] })).total, 0)
    assert.equal((await tenure.listSessions({ status: Array.from({ length: 70_000 }, () => 'active') })).total, 0)
  })
}
