/** Events: one for each row of the ledger, in order, none skipped; and subscriptions that are told of them until they heard. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { SessionEvent } from '../../../src/service/events/event.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { type OpenedService, openService, START, signedIn } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const EXPIRED = 'session.expired'

async function all(tenure: Tenure): Promise<SessionEvent[]> {
  return (await tenure.events({ limit: 1000 })).events.map(({ event }) => event)
}

/** Lets what is under way go on until something holds; by a clock that moves on, where waiting is what is under way. */
async function until(holds: () => boolean, { clock }: OpenedService): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    assert.ok(turns < 100_000, 'it never came to hold')
    await setImmediate()
    if (turns % 50 === 49) clock.advanceBy(500)
  }
}

export function events(kind: StoreKind): void {
  test('each row of the ledger is an event of its type, with its instants, and the session as that event made it', async () => {
    await using opened = await openService(kind)
    const { tenure, clock } = opened
    await signedIn(tenure, 'user_1', { sessionId: 'sess_1', status: 'pending' })
    clock.advanceBy(1)
    await tenure.completeTasks('sess_1', { askedBy: 'user_1' })
    clock.advanceBy('P31D')
    await tenure.sweep()
    await tenure.remove('sess_1')
    const told = await all(tenure)
    assert.deepEqual(
      told.map(({ type, at, session }) => [type, at - START, session?.status]),
      [
        ['session.created', 0, 'pending'],
        ['session.activated', 1, 'active'],
        ['session.expired', 7 * DAY, 'expired'],
        ['session.abandoned', 30 * DAY, 'abandoned'],
        ['session.removed', 31 * DAY + 1, 'removed'],
      ],
    )
    assert.deepEqual([told[1]?.askedBy, told[2]?.askedBy, told[2]?.recordedAt], ['user_1', null, START + 31 * DAY + 1])
  })

  test('no two events have one id, and each has the same each time it is read, by another process too', async () => {
    await using opened = await openService(kind)
    const { tenure, clock } = opened
    for (const name of ['a', 'b', 'c']) {
      await signedIn(tenure, 'user_1', { sessionId: `sess_${name}` })
      await tenure.requireTask(`sess_${name}`)
      await tenure.completeTasks(`sess_${name}`)
      await tenure.requireTask(`sess_${name}`)
    }
    clock.advanceBy('P31D')
    await tenure.sweep()
    const ids = (await all(tenure)).map(({ id }) => id)
    assert.equal(new Set(ids).size, 18)
    assert.deepEqual(
      (await all(await opened.again())).map(({ id }) => id),
      ids,
    )
  })

  test('pages follow each other by their cursors, of some types too, and what a page passes over is not looked at again', async () => {
    await using opened = await openService(kind)
    const { tenure, clock } = opened
    for (const name of ['a', 'b', 'c', 'd', 'e']) await signedIn(tenure, 'user_1', { sessionId: `sess_${name}` })
    clock.advanceBy('P8D')
    await tenure.sweep()
    const seen: string[] = []
    let after: string | null = null
    for (let full = true; full; ) {
      const page = await tenure.events({ after, limit: 3, types: [EXPIRED] })
      seen.push(...page.events.map(({ event }) => event.sessionId))
      after = page.cursor
      full = page.isFull
    }
    assert.deepEqual(seen.sort(), ['sess_a', 'sess_b', 'sess_c', 'sess_d', 'sess_e'])
    assert.deepEqual((await tenure.events({ after })).events, [])
    await assert.rejects(tenure.events({ after: 'no cursor' }), TypeError)
  })

  test('a session that was purged is told of without it', async () => {
    await using opened = await openService(kind, { retention: DAY })
    const { tenure, clock } = opened
    await signedIn(tenure, 'user_1', { sessionId: 'sess_1' })
    await tenure.end('sess_1')
    clock.advanceBy('P2D')
    await tenure.purge()
    assert.deepEqual(
      (await all(tenure)).map(({ type, session }) => [type, session]),
      [
        ['session.created', null],
        ['session.ended', null],
      ],
    )
  })

  test('a subscription hears what happens from now on, in order, and only of its types', async () => {
    await using opened = await openService(kind)
    const { tenure, clock } = opened
    await signedIn(tenure, 'user_1', { sessionId: 'sess_old' })
    const heard: string[] = []
    const handler = ({ type, sessionId }: SessionEvent) => heard.push(`${type} ${sessionId}`)
    await using _subscribed = await tenure.on(['session.created', EXPIRED], handler, { name: 'mail' })
    await signedIn(tenure, 'user_1', { sessionId: 'sess_new' })
    await tenure.requireTask('sess_new')
    clock.advanceBy('P7D')
    await tenure.sweep()
    await until(() => heard.length >= 3, opened)
    assert.deepEqual(
      [heard[0], heard.slice(1).sort()],
      ['session.created sess_new', ['session.expired sess_new', 'session.expired sess_old']],
    )
    await tenure.close()
  })

  test('a subscription from the beginning hears all there is, and after a restart goes on where it was', async () => {
    await using opened = await openService(kind)
    const { tenure } = opened
    const heard: string[] = []
    const handler = ({ sessionId }: SessionEvent) => heard.push(sessionId)
    for (const name of ['a', 'b']) await signedIn(tenure, 'user_1', { sessionId: `sess_${name}` })
    const options = { name: 'mail', from: 'beginning' } as const
    const first = await tenure.on('session.created', handler, options)
    await until(() => heard.length === 2, opened)
    await first.stop()
    await signedIn(tenure, 'user_1', { sessionId: 'sess_c' })
    const second = await tenure.on('session.created', handler, options)
    await until(() => heard.length === 3, opened)
    await second.stop()
    assert.deepEqual(heard, ['sess_a', 'sess_b', 'sess_c'])
  })

  test('an event whose handler throws comes again, the same, before any other', async () => {
    await using opened = await openService(kind)
    const { tenure } = opened
    const heard: string[] = []
    const faults: unknown[] = []
    const handler = ({ id, sessionId }: SessionEvent) => {
      heard.push(`${sessionId} ${id}`)
      if (heard.length <= 3) throw new Error('not now')
    }
    const subscribed = await tenure.on('session.created', handler, {
      name: 'mail',
      onFault: (error) => faults.push(error),
    })
    for (const name of ['a', 'b']) await signedIn(tenure, 'user_1', { sessionId: `sess_${name}` })
    await until(() => heard.length === 5, opened)
    await subscribed.stop()
    assert.equal(new Set(heard.slice(0, 4)).size, 1)
    assert.match(heard[4] ?? '', /^sess_b/)
    assert.equal(faults.length, 3)
  })

  test('of two processes with one name one handles each event, and the other goes on when the first stops', async () => {
    await using opened = await openService(kind)
    const { tenure } = opened
    const other = await opened.again()
    const heard: string[] = []
    const by = (who: string) => (event: SessionEvent) => heard.push(`${who} ${event.sessionId}`)
    const one = await tenure.on('session.created', by('one'), { name: 'mail' })
    await signedIn(tenure, 'user_1', { sessionId: 'sess_0' })
    await until(() => heard.length === 1, opened)
    const two = await other.on('session.created', by('two'), { name: 'mail' })
    for (let count = 1; count <= 5; count += 1) await signedIn(tenure, 'user_1', { sessionId: `sess_${count}` })
    await until(() => heard.length === 6, opened)
    assert.ok(heard.every((line) => line.startsWith('one')))
    await one.stop()
    await signedIn(tenure, 'user_1', { sessionId: 'sess_6' })
    await until(() => heard.length === 7, opened)
    assert.equal(heard[6], 'two sess_6')
    await two.stop()
  })

  test('a subscription without a name, or of what is no event, is refused', async () => {
    await using opened = await openService(kind)
    const none = () => {}
    await assert.rejects(opened.tenure.on(EXPIRED, none, { name: '' }), TypeError)
    await assert.rejects(opened.tenure.on([], none, { name: 'a' }), TypeError)
    await assert.rejects(opened.tenure.on('session.nothing' as never, none, { name: 'a' }), TypeError)
  })
}
