/** Importing: what a snapshot begins, what it changes, what it cannot change, and what is rejected. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { ClientId, SessionId } from '../../../src/domain/session.ts'
import { STATUSES } from '../../../src/domain/status.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { BORN, type Document, FORMS, fixturePath, inForm, sdkClient, sdkSession } from '../../support/documents.ts'
import { exportAll, importAll, imported } from '../../support/imports.ts'
import { openService, statuses, story } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { allOf, dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const HOUR = 3_600_000
const CLIENT = 'client_1' as ClientId

/** A session of `client_1`, changed so long after it was created. */
const session = (name: string, after: number, parts: Document = {}) =>
  sdkSession({ id: name, userId: `user_${name}`, updatedAt: BORN + after, ...parts })

/** A snapshot of `client_1`, changed so long after it was created. */
const snapshot = (after: number, sessions: readonly Document[], parts: Document = {}) =>
  sdkClient({ updatedAt: BORN + after, ...parts }, sessions)

async function audited(tenure: Tenure): Promise<void> {
  assert.deepEqual(await allOf(tenure.audit()), [])
}

async function lastActive(tenure: Tenure) {
  return (await tenure.getClient(CLIENT))?.lastActiveSessionId
}

async function listed(tenure: Tenure): Promise<unknown> {
  const [line] = await exportAll(tenure, { form: 'sdk' })
  return (JSON.parse(line as string) as Document)['sessionIds']
}

export function importing(kind: StoreKind): void {
  test('a client that is not stored begins as it is in its snapshot, a ledger row for each session', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    clock.advanceBy(40 * DAY)
    const sessions = STATUSES.map((status) => session(status, HOUR, { status }))
    const [result] = await importAll(tenure, [snapshot(HOUR, sessions)], { askedBy: 'user_admin' })
    assert.equal(result?.result, 'imported')
    assert.deepEqual(result.sessions, { added: [...STATUSES], changed: [], kept: [] })
    assert.deepEqual(
      await story(tenure),
      STATUSES.map((status) => `${HOUR} ${status} v1 nothing -> ${status} import by user_admin`),
    )
    const { clients } = await dumpOf(service.store)
    // Not settled, though their deadlines lie behind: each falls at its own instant when it is swept.
    assert.deepEqual(
      clients[0]?.sessions.map(({ status }) => status),
      STATUSES,
    )
    assert.equal((await tenure.verify('active')).live, false)
    await tenure.sweep()
    assert.equal((await statuses(tenure))['active'], 'abandoned')
    await audited(tenure)
  })

  test('what is imported again is unchanged, and not a row of it is written, sooner or later', async () => {
    await using service = await openService(kind)
    const sessions = STATUSES.map((status) => session(status, HOUR, { status }))
    const odd = session('odd', 9 * DAY, { expireAt: 0, abandonAt: 1 })
    const documents = [snapshot(HOUR, [...sessions, odd]), readFileSync(fixturePath('seed-client.json'), 'utf8')]
    await importAll(service.tenure, documents)
    const before = await dumpOf(service.store)
    for (const later of [0, DAY, 30 * DAY]) {
      service.clock.advanceBy(later)
      assert.deepEqual(await imported(service.tenure, documents), ['unchanged', 'unchanged'])
      assert.deepEqual(await dumpOf(service.store), before)
    }
  })

  test('a newer snapshot takes a live session on, an older one changes nothing', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const old = snapshot(0, [session('a', 0)])
    const parts = { lastActiveAt: BORN + HOUR, expireAt: BORN + 9 * DAY, abandonAt: BORN + 40 * DAY }
    const newer = snapshot(HOUR, [session('a', HOUR, { status: 'pending', ...parts })], { signInId: 'sign_in_1' })
    assert.deepEqual(await imported(tenure, [old, newer]), ['imported +a', 'imported ~a'])
    const before = await dumpOf(service.store)
    assert.deepEqual(await imported(tenure, [old]), ['unchanged older:a'])
    assert.deepEqual(await dumpOf(service.store), before)
    const { status, lastActiveAt, expireAt, abandonAt } = before.clients[0]?.sessions[0] ?? assert.fail()
    assert.deepEqual({ status, lastActiveAt, expireAt, abandonAt }, { status: 'pending', ...parts })
    assert.equal(JSON.parse(before.clients[0]?.document?.text ?? '')['signInId'], 'sign_in_1')
    await audited(tenure)
  })

  test('a status that a newer snapshot has is a transition at its updatedAt, with the cause import', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const steps = ['active', 'pending', 'expired', 'ended', 'replaced', 'removed']
    for (const [hour, status] of steps.entries()) {
      await importAll(tenure, [snapshot(hour * HOUR, [session('a', hour * HOUR, { status })])], { askedBy: 'user_x' })
    }
    assert.deepEqual(
      await story(tenure),
      steps.map(
        (status, hour) => `${hour * HOUR} a v${hour + 1} ${steps[hour - 1] ?? 'nothing'} -> ${status} import by user_x`,
      ),
    )
    await audited(tenure)
  })

  test('a dead session never comes back to life, be it dead only by a deadline that nobody wrote down', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    await importAll(tenure, [snapshot(0, [session('a', 0), session('b', 0)])])
    await tenure.revoke('a')
    clock.advanceBy(8 * DAY)
    const before = await dumpOf(service.store)
    const revived = ['a', 'b'].map((name) => session(name, 8 * DAY, { expireAt: BORN + 90 * DAY, actor: {} }))
    const results = await imported(tenure, [snapshot(0, revived)])
    assert.deepEqual(results, ['unchanged dead:a dead:b'])
    assert.deepEqual(await dumpOf(service.store), before)
    assert.deepEqual(await statuses(tenure), { a: 'revoked', b: 'expired' })
  })

  test('deadlines that lay before the news of a death fall first, those behind it do not', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    await importAll(tenure, [snapshot(0, [session('late', 0), session('early', 0)])])
    clock.advanceBy(20 * DAY)
    const dead = [session('late', 10 * DAY, { status: 'revoked' }), session('early', 2 * DAY, { status: 'revoked' })]
    await importAll(tenure, [snapshot(10 * DAY, dead)], { askedBy: 'user_x' })
    assert.deepEqual(await story(tenure, { sessionId: 'late' as SessionId }), [
      '0 late v1 nothing -> active import',
      `${7 * DAY} late v2 active -> expired expire-deadline`,
      `${10 * DAY} late v2 expired -> revoked import by user_x`,
    ])
    assert.deepEqual(await story(tenure, { sessionId: 'early' as SessionId }), [
      '0 early v1 nothing -> active import',
      `${2 * DAY} early v2 active -> revoked import by user_x`,
    ])
    await audited(tenure)
  })

  test('a dead session of a rank stays what it is, and its deadlines where they are; its document follows', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const parts = { expireAt: BORN + 9 * DAY, abandonAt: BORN + 90 * DAY, actor: { sub: 'user_2' } }
    await importAll(tenure, [
      snapshot(0, [session('a', 0, { status: 'expired' }), session('b', 0, { status: 'ended' })]),
    ])
    const news = [session('a', 1, { status: 'expired', ...parts }), session('b', 1, { status: 'revoked', ...parts })]
    assert.deepEqual(await imported(tenure, [snapshot(1, news)]), ['imported ~a ~b'])
    const { clients } = await dumpOf(service.store)
    for (const [at, status] of ['expired', 'ended'].entries()) {
      const { expireAt, abandonAt, updatedAt, document, ...stored } = clients[0]?.sessions[at] ?? assert.fail()
      assert.deepEqual([stored.status, expireAt, abandonAt], [status, BORN + 7 * DAY, BORN + 30 * DAY])
      assert.equal(updatedAt, BORN + 1)
      assert.equal(document?.text, JSON.stringify(news[at]))
    }
    await audited(tenure)
  })

  test('a session joins a client that is stored, and those that a snapshot does not have stay', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await importAll(tenure, [snapshot(HOUR, [session('a', 0), session('b', 0)])])
    const newer = snapshot(2 * HOUR, [session('c', 0), session('b', 0)])
    assert.deepEqual(await imported(tenure, [newer]), ['imported +c'])
    assert.deepEqual(await listed(tenure), ['a', 'c', 'b'])
    const older = snapshot(0, [session('d', 0), session('e', 0, { status: 'removed' })], { sessionIds: ['d'] })
    assert.deepEqual(await imported(tenure, [older]), ['imported +d +e'])
    assert.deepEqual(await listed(tenure), ['a', 'c', 'b', 'd'])
    const { clients } = await dumpOf(service.store)
    assert.deepEqual(
      clients[0]?.sessions.map(({ id, place }) => [id, place]),
      [...'abcde'].map((id, place) => [id, place]),
    )
    assert.equal(clients[0]?.updatedAt, BORN + 2 * HOUR)
    assert.equal(await lastActive(tenure), 'c')
    await audited(tenure)
  })

  test('a purged session stays out, and so does its id', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const document = snapshot(0, [session('a', 0, { status: 'ended' }), session('b', 0)], { lastActiveSessionId: 'a' })
    await importAll(tenure, [document])
    clock.advanceBy(31 * DAY)
    assert.equal((await tenure.purge()).sessions, 1)
    const before = await dumpOf(service.store)
    assert.deepEqual(await imported(tenure, [document]), ['unchanged purged:a'])
    assert.deepEqual(await dumpOf(service.store), before)
    assert.deepEqual(await listed(tenure), ['b'])
  })

  test('a session that is purged with its client stays out when the client begins anew', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    await importAll(tenure, [snapshot(0, [session('a', 0)])])
    await tenure.end('a')
    clock.advanceBy(31 * DAY)
    assert.deepEqual(await tenure.purge(), {
      sessions: 1,
      clients: 1,
      closedBy: BORN + DAY,
      busy: 0,
      isDone: true,
    })
    const again = snapshot(0, [
      session('a', 0),
      session('b', 0, { expireAt: BORN + 90 * DAY, abandonAt: BORN + 90 * DAY }),
    ])
    assert.deepEqual(await imported(tenure, [again]), ['imported +b purged:a'])
    assert.deepEqual(await listed(tenure), ['b'])
    // The one that the snapshot has live and last active is not there, so the next has its place.
    assert.equal(await lastActive(tenure), 'b')
  })

  test('a session that is removed here is not listed because a snapshot lists it', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const document = snapshot(0, [session('a', 0), session('b', 0)])
    await importAll(tenure, [document])
    clock.advanceBy(HOUR)
    await tenure.remove('a')
    const newer = snapshot(2 * HOUR, [session('a', 0), session('b', 0)])
    assert.deepEqual(await imported(tenure, [newer]), ['imported older:a'])
    assert.deepEqual(await listed(tenure), ['b'])
    assert.equal(await lastActive(tenure), 'b')
    await audited(tenure)
  })

  test('where the last active session of a snapshot is dead here, the next live one takes its place, or none', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const all = (after: number) =>
      snapshot(
        after,
        ['a', 'b', 'c'].map((name, at) => session(name, 0, { lastActiveAt: BORN + at })),
      )
    await importAll(tenure, [all(0)])
    clock.advanceBy(HOUR)
    await tenure.end('a')
    await importAll(tenure, [all(2 * HOUR)])
    assert.equal(await lastActive(tenure), 'c')
    await tenure.touch('b')
    await importAll(tenure, [all(3 * HOUR)])
    assert.equal(await lastActive(tenure), 'b', 'the stored one is live, and stays')
    await tenure.signOutClient(CLIENT, 'end')
    await importAll(tenure, [all(4 * HOUR)])
    assert.equal(await lastActive(tenure), null)
    await audited(tenure)
  })

  test('news of a session that may come next are a write of its client, for whoever decides on it meanwhile', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await importAll(tenure, [snapshot(0, [session('a', 0), session('b', 0)])])
    const versions = async () => (await dumpOf(service.store)).clients[0]?.version
    await importAll(tenure, [snapshot(-1, [session('b', 1, { lastActiveAt: BORN + 1 })])])
    assert.equal(await versions(), 2)
    await importAll(tenure, [snapshot(-1, [session('a', 1, { lastActiveAt: BORN + 1 })])])
    assert.equal(await versions(), 2, 'the last active one is written alone')
  })

  test('documents of one client in one stream are taken in their order, and written as one', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const stream = [
      snapshot(0, [session('a', 0)]),
      snapshot(HOUR, [session('a', HOUR, { status: 'ended' }), session('b', HOUR)]),
      snapshot(0, [session('a', 0)]),
      snapshot(2 * HOUR, [session('b', 2 * HOUR, { status: 'removed' })]),
      snapshot(2 * HOUR, [session('b', 2 * HOUR, { status: 'removed' })]),
    ]
    assert.deepEqual(await imported(tenure, stream), [
      'imported +a',
      'imported +b ~a',
      'unchanged older:a',
      'imported ~b',
      'unchanged',
    ])
    assert.deepEqual(await statuses(tenure), { a: 'ended', b: 'removed' })
    await audited(tenure)
  })

  for (const form of FORMS) {
    test(`${form}: what cannot be true is rejected whole, and the rest of the stream is not`, async () => {
      await using service = await openService(kind)
      const { tenure } = service
      const other = { id: 'client_2', createdAt: BORN }
      const foreign = (name: string) => session(name, 0, { clientId: 'client_2' })
      const stored = inForm(form, sdkClient(other, [foreign('held')]))
      await importAll(tenure, [inForm(form, snapshot(0, [session('a', 0)])), stored])
      const before = await dumpOf(service.store)
      const rejects: readonly (readonly [Document, string])[] = [
        [snapshot(1, [session('x', 0), session('x', 0)]), 'duplicate-session-id:/sessions/1/id'],
        [snapshot(1, [session('x', 0), foreign('y')]), 'foreign-session:/sessions/1/clientId'],
        [snapshot(1, [session('x', 0), session('held', 0)]), 'session-of-another-client:/sessions/1/id'],
        [snapshot(1, [session('a', 1, { userId: 'user_2' })]), 'changed-origin:/sessions/0/userId'],
        [snapshot(1, [session('a', 1, { createdAt: BORN - 1 })]), 'changed-origin:/sessions/0/createdAt'],
        [snapshot(1, [session('a', 1)], { createdAt: BORN - 1 }), 'changed-origin:/createdAt'],
        [snapshot(1, [session('a', 1, { status: 'snoozed' })]), 'unknown-status:/sessions/0/status'],
      ]
      const named = (each: string) => (form === 'sdk' ? each : each.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`))
      assert.deepEqual(
        await imported(
          tenure,
          rejects.map(([document]) => inForm(form, document)),
        ),
        rejects.map(([, reason]) => `rejected ${named(reason)}`),
      )
      assert.deepEqual(await dumpOf(service.store), before)
    })
  }

  test('a session that an earlier document of the stream gave to another client is rejected', async () => {
    await using service = await openService(kind)
    const second = sdkClient({ id: 'client_2' }, [session('a', 0, { clientId: 'client_2' })])
    assert.deepEqual(await imported(service.tenure, [snapshot(0, [session('a', 0)]), second]), [
      'imported +a',
      'rejected session-of-another-client:/sessions/0/id',
    ])
  })

  test('what is no snapshot is rejected with its reason and the id it goes by, in its place', async () => {
    await using service = await openService(kind)
    const circle: Document = {}
    circle['self'] = circle
    const stream = ['{', 'null', '', null, undefined, 7, [], circle, { n: 1n }, { ...sdkClient(), updatedAt: 'soon' }]
    const results = await importAll(service.tenure, [...stream, sdkClient()])
    assert.deepEqual(
      results.map(({ index, result, id }) => [index, result, id]),
      [...stream.map((_, index) => [index, 'rejected', index === 9 ? 'client_1' : null]), [10, 'imported', 'client_1']],
    )
    assert.deepEqual(
      results.map(({ errors }) => errors[0]?.code),
      [
        ...['json-truncated', 'not-a-client', 'json-truncated', 'not-a-client', 'not-a-client', 'not-a-client'],
        ...['not-a-client', 'not-a-client', 'not-a-client', 'instant-not-integer', undefined],
      ],
    )
  })

  test('a strict import rejects what is odd', async () => {
    await using service = await openService(kind)
    const odd = snapshot(0, [session('a', 0, { lastActiveAt: BORN + 1, id: 'sess_a', userId: 'user_a' })])
    assert.deepEqual(await imported(service.tenure, [odd], { strict: true }), [
      'rejected activity-in-future:/sessions/0/lastActiveAt',
    ])
    service.clock.advanceBy(1)
    assert.deepEqual(await imported(service.tenure, [odd], { strict: true }), ['imported +sess_a'])
  })

  test('a session that signed in here is merged with a snapshot of it, and its document comes with it', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    const outcome = await tenure.signIn({ userId: 'user_1', sessionId: 'a' })
    assert.ok(outcome.changed)
    const { clientId, ...members } = outcome.session
    clock.advanceBy(HOUR)
    const document = sdkClient({ id: clientId, updatedAt: BORN + HOUR, lastAuthenticationStrategy: 'password' }, [
      sdkSession({ ...members, clientId, updatedAt: BORN + HOUR, lastActiveOrganizationId: 'org_1' }),
    ])
    assert.deepEqual(await imported(tenure, [document]), ['imported ~a'])
    const record = await tenure.getSession('a')
    assert.equal((record as unknown as Document)['lastActiveOrganizationId'], 'org_1')
    await audited(tenure)
  })
}
