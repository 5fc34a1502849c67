import assert from 'node:assert/strict'
import test from 'node:test'
import type { DurationMs } from '../../src/domain/duration.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { START } from '../support/services.ts'

/** How often a subscription that hears nothing asks its store within an hour. */
async function asksInAnHour(pollInterval?: number): Promise<number> {
  const clock = new ManualClock(START)
  const store = await openStore('sqlite::memory:', clock)
  let asks = 0
  const counted = (name: 'feedEnd' | 'readFeed') => (call: Store[typeof name]) =>
    ((...args: [never, never]) => {
      asks += 1
      return Reflect.apply(call, store, args)
    }) as Store[typeof name]
  const watched = interposedStore(store, {
    feedEnd: counted('feedEnd')(store.feedEnd) as Store['feedEnd'],
    readFeed: counted('readFeed')(store.readFeed) as Store['readFeed'],
  })
  await using tenure = await openTenure({ store: watched, clock, pollInterval: pollInterval as DurationMs | undefined })
  await tenure.on('session.expired', () => {}, { name: 'test' })
  await clock.run(1)
  asks = 0
  await clock.run('PT1H')
  return asks
}

test('a subscription that waits asks a store as often as it is told to, once a second unless it is', async () => {
  const often = await asksInAnHour()
  assert.ok(often >= 3600, `${often}`)
  assert.equal(await asksInAnHour(1000), often)
  const seldom = await asksInAnHour(20 * 60_000)
  assert.ok(seldom >= 3 && seldom <= 9, `${seldom}`)
})

test('what is written here is heard at once, however seldom the store is asked', async () => {
  const clock = new ManualClock(START)
  await using tenure = await openTenure({ store: 'sqlite::memory:', clock, pollInterval: (2 ** 31 - 1) as DurationMs })
  const heard: number[] = []
  await tenure.on('session.created', () => heard.push(clock.now()), { name: 'test' })
  await clock.run(5)
  await tenure.signIn({ userId: 'ann' })
  await clock.run(1)
  assert.deepEqual(heard, [START + 5])
})

test('an interval that no timer waits for is refused', async () => {
  for (const pollInterval of [0, -1, Number.NaN, 2 ** 31]) {
    const opening = openTenure({ store: 'sqlite::memory:', pollInterval: pollInterval as DurationMs })
    await assert.rejects(opening, TypeError)
  }
})
