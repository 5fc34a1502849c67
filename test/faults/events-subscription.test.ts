/** Subscriptions whose holder is paused past its lease, whose store fails, and whose handler does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StoreError } from '../../src/domain/errors.ts'
import type { SessionEvent } from '../../src/service/events/event.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import type { Store } from '../../src/store/port.ts'
import { Idleness } from '../support/events-idle.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { type OpenedService, openService, START, signedIn } from '../support/services.ts'
import { overStores, type StoreKind } from '../support/stores.ts'

const NAME = 'mail'
const OPTIONS = { name: NAME, from: 'beginning' } as const
const CREATED = 'session.created'

/** A service whose clock moves only while nothing is asked of its store. */
interface Watched extends OpenedService {
  readonly idle: Idleness
  readonly settled: () => Promise<void>
  readonly until: (holds: () => boolean) => Promise<void>
  readonly other: () => Promise<Tenure>
}

async function openWatched(kind: StoreKind): Promise<Watched> {
  const opened = await openService(kind)
  const idle = new Idleness(opened.clock)
  const over = (store: Store) => opened.over(idle.watch(store))
  const turns = { settled: () => idle.settled(), until: (holds: () => boolean) => idle.until(holds) }
  const other = async () => over(await opened.opened.again())
  return { ...opened, ...turns, idle, over, other, tenure: await over(opened.store) }
}

/** How many events the subscription has behind it. */
async function handled({ store, tenure }: OpenedService): Promise<number> {
  const { cursor } = JSON.parse((await store.findItem('subscription', NAME))?.value ?? '{}')
  const [{ events: all }, { events: left }] = await Promise.all([
    tenure.events({ types: [CREATED] }),
    tenure.events({ after: cursor, types: [CREATED] }),
  ])
  return all.length - left.length
}

async function signInAll({ tenure }: OpenedService, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    await signedIn(tenure, `user_${number}`, { sessionId: `sess_${number}` })
  }
}

/** A holder whose handler was given one event, and does not answer until it is woken. */
async function stuckHolder(opened: Watched) {
  const woken = Promise.withResolvers<void>()
  await signInAll(opened, 1, 1)
  const one = await opened.tenure.on(CREATED, () => woken.promise, OPTIONS)
  await opened.settled()
  return { one, wake: () => woken.resolve() }
}

overStores((kind) => {
  describe('a holder that is paused past its lease', () => paused(kind))
  describe('a subscription whose store fails', () => failing(kind))
  describe('a handler that fails now and then', () => refusing(kind))
})

function paused(kind: StoreKind): void {
  test('has its place taken, and when it wakes it moves nothing back and repeats the one event only', async () => {
    await using opened = await openWatched(kind)
    const other = await opened.other()
    const heard: string[] = []
    const woken = Promise.withResolvers<void>()
    const by = (who: string, pausesOver: string) => async (event: SessionEvent) => {
      heard.push(`${who} ${event.sessionId}`)
      if (event.sessionId === pausesOver) await woken.promise
    }
    await signInAll(opened, 1, 5)
    const one = await opened.tenure.on(CREATED, by('one', 'sess_2'), OPTIONS)
    await opened.until(() => heard.length === 2)
    const two = await other.on(CREATED, by('two', ''), OPTIONS)
    const leasedAt = opened.clock.now()
    opened.clock.advanceTo(leasedAt + 25_000)
    await opened.settled()
    assert.deepEqual(heard, ['one sess_1', 'one sess_2'], 'a lease that is not over is taken')
    await opened.until(() => heard.length === 6)
    await opened.settled()
    assert.deepEqual(heard.slice(2), ['two sess_2', 'two sess_3', 'two sess_4', 'two sess_5'])
    assert.equal(await handled(opened), 5)

    woken.resolve()
    await opened.settled()
    assert.equal(await handled(opened), 5, 'it moved the place back')
    await signInAll(opened, 6, 8)
    await opened.until(() => heard.length === 9)
    await opened.settled()
    assert.deepEqual(heard.slice(6), ['two sess_6', 'two sess_7', 'two sess_8'], 'who took the place has it')
    assert.equal(await handled(opened), 8)
    await Promise.all([one.stop(), two.stop()])
    assert.equal(new Set(heard.map((line) => line.slice(4))).size, 8)
  })

  test('leaves its place to the other where its handler throws when it wakes', async () => {
    await using opened = await openWatched(kind)
    const other = await opened.other()
    const heard: string[] = []
    const faults: unknown[] = []
    const woken = Promise.withResolvers<void>()
    await signInAll(opened, 1, 3)
    const handler = async ({ sessionId }: SessionEvent) => {
      heard.push(`one ${sessionId}`)
      await woken.promise
    }
    const one = await opened.tenure.on(CREATED, handler, { ...OPTIONS, onFault: (error) => faults.push(error) })
    await opened.until(() => heard.length === 1)
    const two = await other.on(CREATED, ({ sessionId }) => heard.push(`two ${sessionId}`), OPTIONS)
    await opened.until(() => heard.length === 4)
    woken.reject(new Error('it was paused for too long'))
    await opened.until(() => faults.length === 1)
    await opened.until(() => opened.clock.now() > START + 120_000)
    assert.deepEqual(heard, ['one sess_1', 'two sess_1', 'two sess_2', 'two sess_3'])
    await Promise.all([one.stop(), two.stop()])
  })

  test('that stops without waking its handler keeps nobody waiting for longer than its lease', async () => {
    await using opened = await openWatched(kind)
    const other = await opened.other()
    const heard: string[] = []
    const { one, wake } = await stuckHolder(opened)
    const stopping = one.stop()
    const two = await other.on(CREATED, ({ sessionId }) => heard.push(sessionId), OPTIONS)
    const since = opened.clock.now()
    await opened.until(() => heard.length === 1)
    // The lease, and how long the other may have looked away.
    assert.ok(opened.clock.now() - since <= 30_000 + 5000 + 1000, `${opened.clock.now() - since} ms`)
    wake()
    await Promise.all([stopping, two.stop()])
  })

  test('whose clock was a day ahead when it wrote its lease is waited for no longer than any other', async () => {
    await using opened = await openWatched(kind)
    const other = await opened.other()
    const heard: string[] = []
    const { one, wake } = await stuckHolder(opened)
    opened.clock.stepBy(-86_400_000)
    const since = opened.clock.now()
    const two = await other.on(CREATED, ({ sessionId }) => heard.push(sessionId), OPTIONS)
    await opened.until(() => heard.length === 1 || opened.clock.now() - since > 120_000)
    const waited = opened.clock.now() - since
    // No sooner either: it has been seen to stand still for a whole lease.
    assert.ok(waited >= 30_000 && waited <= 30_000 + 5000 + 1000, `${waited} ms`)
    wake()
    await Promise.all([one.stop(), two.stop()])
  })

  test('that goes on handling keeps its place where its clock stepped back', async () => {
    await using opened = await openWatched(kind)
    const other = await opened.other()
    const heard: string[] = []
    await signInAll(opened, 1, 1)
    const one = await opened.tenure.on(CREATED, ({ sessionId }) => heard.push(`one ${sessionId}`), OPTIONS)
    await opened.until(() => heard.length === 1)
    const two = await other.on(CREATED, ({ sessionId }) => heard.push(`two ${sessionId}`), OPTIONS)
    await opened.settled()
    opened.clock.stepBy(-86_400_000)
    const since = opened.clock.now()
    await opened.until(() => opened.clock.now() - since > 120_000)
    await signInAll(opened, 2, 2)
    await opened.until(() => heard.length === 2)
    assert.deepEqual(heard, ['one sess_1', 'one sess_2'])
    await Promise.all([one.stop(), two.stop()])
  })
}

/** What a subscription asks of a store. */
const CALLS = ['now', 'findItem', 'readFeed', 'findSessions', 'feedEnd', 'putItem'] as const

type Failing = { readonly store: Store; down: boolean; readonly failed: Set<string> }

/** A store that is out of reach while it is down: before a call is made or, where only answers are lost, behind it. */
function failingStore(store: Store, when: 'before' | 'behind'): Failing {
  const failing: Failing = { store, down: false, failed: new Set() }
  const calls = CALLS.map((name) => {
    const call = (...parameters: readonly unknown[]) => {
      const run = (): Promise<unknown> => Reflect.apply(store[name] as () => Promise<unknown>, store, parameters)
      return failing.down ? lost(name, run) : run()
    }
    return [name, call]
  })
  async function lost(name: string, run: () => Promise<unknown>): Promise<never> {
    failing.failed.add(name)
    if (when === 'behind') await run()
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'the connection to the database was lost')
  }
  return Object.assign(failing, { store: interposedStore(store, Object.fromEntries(calls)) })
}

function failing(kind: StoreKind): void {
  for (const when of ['before', 'behind'] as const) {
    test(`goes on where it was once the store is back, with each event once (it failed ${when} each call)`, async () => {
      await using opened = await openWatched(kind)
      const broken = failingStore(opened.store, when)
      const tenure = await opened.over(broken.store)
      const heard: string[] = []
      const faults: unknown[] = []
      const handler = ({ sessionId }: SessionEvent) => heard.push(sessionId)
      const subscribed = await tenure.on(CREATED, handler, { ...OPTIONS, onFault: (error) => faults.push(error) })
      await signInAll(opened, 1, 3)
      await opened.until(() => heard.length === 3)
      await opened.settled()
      broken.down = true
      await signInAll(opened, 4, 6)
      const downAt = opened.clock.now()
      await opened.until(() => opened.clock.now() - downAt >= 600_000)
      assert.ok(faults.length >= 10 && faults.every((fault) => fault instanceof StoreError))
      assert.ok(faults.length <= 30, `it asked ${faults.length} times within ten minutes`)
      assert.equal(heard.length, 3)
      broken.down = false
      await opened.until(() => heard.length === 6)
      await opened.settled()
      assert.deepEqual(
        heard,
        [1, 2, 3, 4, 5, 6].map((number) => `sess_${number}`),
      )
      await subscribed.stop()
    })
  }

  for (const [when, times] of [
    ['before', 2],
    ['behind', 1],
  ] as const) {
    test(`an event is told ${times === 1 ? 'once' : 'twice'} where the write of its place failed ${when} it was made`, async () => {
      await using opened = await openWatched(kind)
      const heard: string[] = []
      const lost = new StoreError('ERR_STORE_UNAVAILABLE', 'the connection to the database was lost')
      let isLost = false
      const putItem: Store['putItem'] = async (item) => {
        if (heard.at(-1) !== 'sess_2' || isLost) return opened.store.putItem(item)
        isLost = true
        if (when === 'behind') await opened.store.putItem(item)
        throw lost
      }
      const tenure = await opened.over(interposedStore(opened.store, { putItem }))
      await signInAll(opened, 1, 3)
      const subscribed = await tenure.on(CREATED, ({ sessionId }) => heard.push(sessionId), OPTIONS)
      await opened.until(() => heard.includes('sess_3'))
      await subscribed.stop()
      assert.deepEqual(heard, ['sess_1', ...Array.from({ length: times }, () => 'sess_2'), 'sess_3'])
    })
  }
}

function refusing(kind: StoreKind): void {
  test('waits twice as long each time for one event only: where others were taken in between, it begins anew', async () => {
    await using opened = await openWatched(kind)
    await signInAll(opened, 1, 12)
    const tries = new Map<string, number>()
    const handler = ({ id }: SessionEvent) => {
      tries.set(id, (tries.get(id) ?? 0) + 1)
      if (tries.get(id) === 1) throw new Error('not now')
    }
    const since = opened.clock.now()
    const subscribed = await opened.tenure.on(CREATED, handler, OPTIONS)
    await opened.until(() => tries.size === 12 && [...tries.values()].every((times) => times === 2))
    await subscribed.stop()
    // Half a minute where each of the twelve is waited for by itself; several minutes where they add up.
    assert.ok(opened.clock.now() - since <= 30_000, `it took ${opened.clock.now() - since} ms`)
  })
}
