/** The verdict on a session: live, or why not and since when, by its deadlines at this instant. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLive, STATUSES, type Status } from '../../../src/domain/status.ts'
import { statusAt } from '../../../src/lifecycle/index.ts'
import { openService, START, signedIn } from '../../support/services.ts'
import { aNewClient, dumpOf, put } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function verdicts(kind: StoreKind): void {
  test('a live session is live up to its last instant, and answered as it is stored', async () => {
    await using service = await openService(kind, { maximumLifetime: 100 })
    const { tenure, clock } = service
    const session = await signedIn(tenure, 'ann')
    for (const instant of [START, START + 99]) {
      clock.advanceTo(instant)
      assert.deepEqual(await tenure.verify(session.id), { live: true, status: 'active', session })
    }
    const waiting = await signedIn(tenure, 'ben', { status: 'pending' })
    assert.deepEqual(await tenure.verify(waiting.id), { live: true, status: 'pending', session: waiting })
  })

  test('at exactly each deadline the verdict changes, whatever was swept, and nothing is written', async () => {
    await using service = await openService(kind, {
      maximumLifetime: 100,
      abandonment: { after: 300, from: 'creation' },
    })
    const { tenure, clock } = service
    const { id } = await signedIn(tenure, 'ann')
    const before = await dumpOf(service.store)
    const expired = { live: false, reason: 'expired', since: START + 100 }
    const abandoned = { live: false, reason: 'abandoned', since: START + 300 }
    for (const [instant, verdict] of [
      [100, expired],
      [101, expired],
      [299, expired],
      [300, abandoned],
      [1e12, abandoned],
    ] as const) {
      clock.advanceTo(START + instant)
      assert.deepEqual(await tenure.verify(id), verdict, `${instant}`)
    }
    assert.deepEqual(await dumpOf(service.store), before)
  })

  test('every stored status, in every order of deadlines, has the verdict of the lifecycle', async () => {
    await using service = await openService(kind)
    const { tenure, store, clock } = service
    const deadlines = [
      [10, 20],
      [20, 10],
      [15, 15],
    ] as const
    const parts = STATUSES.flatMap((status) =>
      deadlines.map(([expireAt, abandonAt]) => {
        const name = `${status}-${expireAt}`
        return {
          name,
          status,
          createdAt: START,
          updatedAt: START + 3,
          expireAt: START + expireAt,
          abandonAt: START + abandonAt,
        }
      }),
    )
    const client = aNewClient(parts)
    await put(store, client)
    for (const instant of [9, 10, 11, 14, 15, 16, 19, 20, 21]) {
      clock.advanceTo(START + instant)
      for (const session of client.sessions) {
        const verdict = await tenure.verify(session.id)
        const status = statusAt(session, clock.now())
        assert.equal(verdict.live, isLive(status), `${session.id} ${instant}`)
        assert.equal(verdict.live ? verdict.status : verdict.reason, status, `${session.id} ${instant}`)
        if (!verdict.live) assert.equal(verdict.since, sinceWhen(session, status), `${session.id} ${instant}`)
      }
    }
  })

  for (const [command, reason] of [
    ['end', 'ended'],
    ['revoke', 'revoked'],
    ['remove', 'removed'],
  ] as const) {
    test(`after ${command} a session is ${reason}, since then and for ever`, async () => {
      await using service = await openService(kind, { maximumLifetime: 100 })
      const { tenure, clock } = service
      const { id } = await signedIn(tenure, 'ann')
      clock.advanceTo(START + 7)
      await tenure[command](id)
      for (const instant of [7, 100, 1e12, 0]) {
        clock.advanceTo(START + instant)
        assert.deepEqual(await tenure.verify(id), { live: false, reason, since: START + 7 })
      }
    })
  }

  test('a session that was replaced, and one that nobody knows', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const { id, clientId } = await signedIn(tenure, 'ann')
    clock.advanceBy(3)
    await signedIn(tenure, 'ann', { clientId })
    assert.deepEqual(await tenure.verify(id), { live: false, reason: 'replaced', since: START + 3 })
    for (const unknown of [
      'sess_x',
      '',
      '\u0000',
      'a\u0000b',
      '\ud800',
      "'; DROP TABLE sessions --",
      'x'.repeat(10_000),
      '\u{1f600}',
    ]) {
      assert.deepEqual(await tenure.verify(unknown), { live: false, reason: 'unknown-session', since: null })
    }
  })

  test('what another process has written is in the next verdict', async () => {
    await using service = await openService(kind)
    const other = await service.again()
    const { id } = await signedIn(service.tenure, 'ann')
    assert.equal((await other.verify(id)).live, true)
    await service.tenure.revoke(id)
    assert.equal((await other.verify(id)).live, false)
  })
}

/** At its deadline; what is stored as over already may have been so before that. */
function sinceWhen(
  session: { status: Status; expireAt: number; abandonAt: number; updatedAt: number },
  status: Status,
) {
  if (status === session.status) return session.updatedAt
  return status === 'expired' ? session.expireAt : session.abandonAt
}
