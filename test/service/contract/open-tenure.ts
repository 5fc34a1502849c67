/** Opening and closing Tenure, its ids, its clock, and what it refuses as misuse. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import KSUID from 'ksuid'
import { openTenure } from '../../../src/service/open-tenure.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { countedRandomness, openService, reasonOf, START, signedIn } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

/** Every method that takes an id first. */
const OF_ID: Readonly<Record<string, (tenure: Tenure, id: never) => Promise<unknown>>> = {
  verify: (tenure, id) => tenure.verify(id),
  touch: (tenure, id) => tenure.touch(id),
  requireTask: (tenure, id) => tenure.requireTask(id),
  completeTasks: (tenure, id) => tenure.completeTasks(id),
  end: (tenure, id) => tenure.end(id),
  remove: (tenure, id) => tenure.remove(id),
  revoke: (tenure, id) => tenure.revoke(id),
  signOutClient: (tenure, id) => tenure.signOutClient(id, 'end'),
  getSession: (tenure, id) => tenure.getSession(id),
  getClient: (tenure, id) => tenure.getClient(id),
}

function secondOf(id: string): number {
  return KSUID.parse(id.replace(/^(sess|client)_/, '')).date.getTime()
}

export function opening(kind: StoreKind): void {
  test('it is opened on a URL, with the defaults of Clerk, and closed with its scope', async () => {
    await using opened = await kind.open(new ManualClock(START))
    let kept: Tenure
    {
      await using tenure = await openTenure({ store: opened.url, clock: new ManualClock(START) })
      kept = tenure
      const session = await signedIn(tenure, 'ann')
      assert.deepEqual([session.expireAt, session.abandonAt], [START + 7 * DAY, START + 30 * DAY])
    }
    await assert.rejects(kept.verify('sess_x'), { code: 'ERR_STORE_CLOSED' })
    await kept.close()
    if (kind.isShared) assert.equal((await opened.store.listClients({ limit: 1 })).total, 1)
  })

  test('once closed it refuses everything that was well asked', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await tenure.close()
    await tenure.close()
    const closed = { code: 'ERR_STORE_CLOSED' }
    for (const ask of Object.values(OF_ID)) await assert.rejects(ask(tenure, 'any' as never), closed)
    await assert.rejects(tenure.signIn({ userId: 'ann' }), closed)
    await assert.rejects(tenure.signIn({ userId: 'ann', sessionId: 'mine' }), closed)
    await assert.rejects(tenure.revokeAll({ userId: 'ann' }), closed)
    await assert.rejects(tenure.listSessions(), closed)
    await assert.rejects(tenure.listClients(), closed)
    await assert.rejects(tenure.history(), closed)
  })

  test('what was asked before it was closed is done', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { id } = await signedIn(tenure, 'ann')
    const verdict = tenure.verify(id)
    await tenure.close()
    assert.equal((await verdict).live, true)
  })

  test('ids are KSUIDs of the second that createdAt lies in, made of the randomness that is given', async () => {
    const idsOf = async () => {
      await using opened = await kind.open(new ManualClock(START))
      const clock = new ManualClock(START)
      const tenure = await openTenure({ store: opened.store, clock, randomness: countedRandomness() })
      const ids: string[] = []
      for (const later of [0, 1, 999, 1_000, 86_400_000]) {
        clock.advanceTo(START + later)
        const { id, clientId, createdAt } = await signedIn(tenure, 'ann')
        assert.equal(secondOf(id), Math.floor(createdAt / 1_000) * 1_000)
        assert.equal(secondOf(clientId), Math.floor(createdAt / 1_000) * 1_000)
        ids.push(id, clientId)
      }
      return ids
    }
    const ids = await idsOf()
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(await idsOf(), ids)
    const sessions = ids.filter((id) => id.startsWith('sess_'))
    assert.deepEqual(sessions, sessions.toSorted())
  })

  test('by the randomness of the system no two ids are alike', async () => {
    await using opened = await kind.open(new ManualClock(START))
    const tenure = await openTenure({ store: opened.store, clock: new ManualClock(START) })
    const sessions = await Promise.all(Array.from({ length: 50 }, () => signedIn(tenure, 'ann')))
    assert.equal(new Set(sessions.flatMap(({ id, clientId }) => [id, clientId])).size, 100)
  })

  test('a clock that steps back moves no timestamp back, and revives nothing', async () => {
    await using service = await openService(kind, { maximumLifetime: 100, touchInterval: 0 })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceTo(START + 100)
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    clock.advanceTo(START + 50)
    // The sign-in wrote down that the deadline had fallen.
    assert.deepEqual([(await tenure.verify('a')).live, reasonOf(await tenure.touch('a'))], [false, 'expired'])
    assert.equal((await tenure.getClient(clientId))?.updatedAt, START + 100)
    await signedIn(tenure, 'cho', { sessionId: 'c', clientId })
    assert.equal((await tenure.getClient(clientId))?.updatedAt, START + 100)
    assert.equal((await tenure.getSession('c'))?.createdAt, START + 50)
  })

  test('an id that is no text is misuse, and so is a name that is no id', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    for (const ask of Object.values(OF_ID)) {
      for (const id of [undefined, null, 7, {}, ['sess_a']]) await assert.rejects(ask(tenure, id as never), TypeError)
    }
    const names = ['', ' ', 'a b', 'a\n', '\u0000', '\ud800', 'x'.repeat(256), undefined, null, 7]
    for (const userId of names) await assert.rejects(tenure.signIn({ userId } as never), TypeError)
    for (const name of names.filter((each) => each !== undefined)) {
      await assert.rejects(tenure.signIn({ userId: 'ann', sessionId: name } as never), TypeError)
      await assert.rejects(tenure.signIn({ userId: 'ann', clientId: name } as never), TypeError)
      await assert.rejects(tenure.signIn({ userId: 'ann', askedBy: name } as never), TypeError)
      await assert.rejects(tenure.end('sess_a', { askedBy: name } as never), TypeError)
    }
    for (const status of ['expired', 'ended', '', null]) {
      await assert.rejects(tenure.signIn({ userId: 'ann', status } as never), TypeError)
    }
    assert.deepEqual(await dumpOf(service.store), { clients: [], records: [] })
  })

  test('a store that is none is misuse, and said at once', async () => {
    for (const store of [undefined, null, 7, {}, new URL('sqlite::memory:')]) {
      await assert.rejects(openTenure({ store } as never), { name: 'TypeError', message: /^store is sqlite:PATH/ })
    }
  })

  test('ids of 255 characters of any script are kept', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const [userId, sessionId] = ['\u{1f600}'.repeat(255), 'é'.repeat(255)]
    const session = await signedIn(tenure, userId, { sessionId, askedBy: userId })
    assert.deepEqual([session.userId, session.id], [userId, sessionId])
    assert.equal((await tenure.verify(sessionId)).live, true)
    assert.equal((await tenure.listSessions({ userId })).total, 1)
    assert.equal((await tenure.history({ userId })).items[0]?.askedBy, userId)
  })
}
