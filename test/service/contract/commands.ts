/** The commands of one session: what each changes, what it is told where it changes nothing, and what is written down. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STATUSES, type Status } from '../../../src/domain/status.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { COMMAND_LAW } from '../../support/closed-form.ts'
import { openService, reasonOf, START, signedIn, story } from '../../support/services.ts'
import { at } from '../../support/sessions.ts'
import { aNewClient, dumpOf, put } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const COMMANDS = ['requireTask', 'completeTasks', 'end', 'remove', 'revoke'] as const

/** The status that a command leaves, by the law's own text. */
function lawful(command: (typeof COMMANDS)[number], status: Status): { readonly to: Status; readonly reason: string } {
  const { accepted, result } = COMMAND_LAW[command]
  if ((accepted as readonly Status[]).includes(status)) return { to: result, reason: 'changed' }
  return { to: status, reason: status === result ? 'repeated' : status }
}

export function commands(kind: StoreKind): void {
  for (const command of COMMANDS) {
    test(`${command} is accepted in some statuses and told of the others, and writes one row and one entry or nothing`, async () => {
      await using service = await openService(kind)
      const { tenure, store } = service
      const forever = { createdAt: START, expireAt: START + 100, abandonAt: START + 200 }
      const sessions = STATUSES.map((status) => ({ name: status, status, ...forever }))
      await put(store, aNewClient(sessions, { createdAt: START, lastActive: 'active' }))
      for (const status of STATUSES) {
        const { to, reason } = lawful(command, status)
        const before = await dumpOf(store)
        const outcome = await tenure[command](`sess_${status}`, { askedBy: 'somebody' })
        assert.deepEqual([reasonOf(outcome), outcome.session?.status], [reason, to], `${command} of ${status}`)
        const entries = (await story(tenure, { sessionId: `sess_${status}` })).slice(1)
        if (outcome.changed) {
          const { cause } = COMMAND_LAW[command]
          assert.deepEqual(entries, [`0 sess_${status} v2 ${status} -> ${to} ${cause} by somebody`])
          assert.deepEqual(await tenure.getSession(`sess_${status}`), outcome.session)
          // Given again it has had its effect already.
          assert.equal(reasonOf(await tenure[command](`sess_${status}`)), 'repeated')
        } else {
          assert.deepEqual(await dumpOf(store), before)
        }
      }
    })

    test(`${command} of a session that nobody knows is an outcome`, async () => {
      await using service = await openService(kind)
      const unknown = { changed: false, reason: 'unknown-session', session: null }
      assert.deepEqual(await service.tenure[command]('sess_x'), unknown)
    })
  }

  test('a command writes down first what the deadlines did, each at its own instant', async () => {
    await using service = await openService(kind, {
      maximumLifetime: 100,
      abandonment: { after: 300, from: 'creation' },
    })
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    clock.advanceTo(START + 250)
    const revoked = await tenure.revoke('a', { askedBy: 'admin' })
    assert.ok(revoked.changed)
    assert.deepEqual(
      revoked.transitions.map(({ to, recordedAt }) => [to, recordedAt]),
      [
        ['expired', START + 250],
        ['revoked', START + 250],
      ],
    )
    await signedIn(tenure, 'ann', { sessionId: 'b' })
    clock.advanceTo(START + 700)
    assert.equal(reasonOf(await tenure.revoke('b')), 'abandoned')
    assert.equal(reasonOf(await tenure.remove('b')), 'changed')
    assert.deepEqual(await story(tenure), [
      '0 a v1 nothing -> active sign-in',
      '100 a v2 active -> expired expire-deadline',
      '250 a v2 expired -> revoked revoke by admin',
      '250 b v1 nothing -> active sign-in',
      '350 b v2 active -> expired expire-deadline',
      '550 b v2 expired -> abandoned abandon-deadline',
      '700 b v2 abandoned -> removed remove',
    ])
  })

  test('what ends leaves its place to the session that was active last, in one write', async () => {
    await using service = await openService(kind, { touchInterval: 0 })
    const { tenure, clock } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await signedIn(tenure, 'cho', { sessionId: 'c', clientId })
    clock.advanceBy(1)
    await tenure.touch('b')
    clock.advanceBy(1)
    await tenure.touch('c')
    clock.advanceBy(1)
    const before = await tenure.getClient(clientId)
    await tenure.end('c')
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.lastActiveSessionId, client?.updatedAt], ['b', START + 3])
    assert.equal(client?.version, (before?.version ?? 0) + 1)
    assert.deepEqual(
      client?.sessions.map(({ version }) => version),
      [1, 2, 3],
    )
  })

  test('what is removed is no longer shown by its client, and can be read, listed and told of', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await signedIn(tenure, 'ben', { sessionId: 'b', clientId })
    await tenure.remove('b')
    const client = await tenure.getClient(clientId)
    assert.deepEqual(
      [client?.sessionIds, client?.sessions.map(({ id }) => id), client?.lastActiveSessionId],
      [['a'], ['a'], 'a'],
    )
    assert.equal((await tenure.getSession('b'))?.status, 'removed')
    assert.equal((await tenure.listSessions({ clientId })).total, 2)
    assert.equal((await tenure.history({ clientId })).total, 3)
  })

  test('what is revoked is shown by its client in multi mode, and not in single mode', async () => {
    await using service = await openService(kind, { sessionMode: 'single', onConflict: 'replace' })
    const { tenure, store } = service
    const { clientId } = await signedIn(tenure, 'ann', { sessionId: 'a' })
    await tenure.revoke('a')
    assert.deepEqual((await tenure.getClient(clientId))?.sessions, [])
    await using multi = await openService(kind)
    assert.deepEqual(
      (await (await multi.over(store)).getClient(clientId))?.sessions.map(({ id }) => id),
      ['a'],
    )
  })

  test('every write of a session is one version on, whatever it is', async () => {
    await using service = await openService(kind, { touchInterval: 0 })
    const { tenure, clock } = service
    const { id } = await signedIn(tenure, 'ann')
    const steps: ((tenure: Tenure) => Promise<unknown>)[] = [
      (each) => each.requireTask(id),
      (each) => each.touch(id),
      (each) => each.completeTasks(id),
      (each) => each.touch(id),
      (each) => each.end(id),
      (each) => each.remove(id),
    ]
    for (const [index, step] of steps.entries()) {
      clock.advanceBy(1)
      await step(tenure)
      assert.equal((await tenure.getSession(id))?.version, index + 2)
    }
    const { items } = await tenure.history()
    assert.deepEqual(
      items.map(({ version }) => version),
      [1, 2, 4, 6, 7],
    )
    const sequences = items.map(({ sequence }) => sequence)
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
    )
  })

  test('a command by a clock that stepped back takes effect no earlier than the last change', async () => {
    await using service = await openService(kind, { touchInterval: 0 })
    const { tenure, clock } = service
    const { id } = await signedIn(tenure, 'ann')
    clock.advanceTo(START + 50)
    await tenure.touch(id)
    clock.advanceTo(START + 20)
    const outcome = await tenure.end(id)
    assert.ok(outcome.changed)
    assert.deepEqual(
      outcome.transitions.map(({ at, recordedAt }) => [at, recordedAt]),
      [[at(START + 50), at(START + 20)]],
    )
    assert.equal((await tenure.getSession(id))?.updatedAt, START + 50)
  })
}
