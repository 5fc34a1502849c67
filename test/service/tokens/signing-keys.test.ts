/** The life of a signing key, by a clock that is moved. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { StoreError } from '../../../src/domain/errors.ts'
import { systemRandomness } from '../../../src/domain/randomness.ts'
import { LEAD_TIME, SigningKeys } from '../../../src/service/tokens/signing-keys.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store } from '../../../src/store/port.ts'
import { START } from '../../support/services.ts'
import { overStores } from '../../support/stores.ts'

const OVERLAP = 3_600_000 as DurationMs

function opened(store: Store, encryptionKey: Uint8Array | null = null): Promise<SigningKeys> {
  return SigningKeys.open({ store, randomness: systemRandomness, encryptionKey, overlap: OVERLAP })
}

async function states(keys: SigningKeys, clock: ManualClock): Promise<string[]> {
  return (await keys.list(clock.now())).map(({ state }) => state)
}

overStores((kind) => {
  describe('signing keys', () => {
    test('a store without one gets its first, which every process then signs with', async () => {
      const clock = new ManualClock(START)
      await using store = await kind.open(clock)
      const keys = await opened(store.store)
      const again = await opened(await store.again())
      const { kid } = await keys.active(clock.now())
      assert.equal((await again.active(clock.now())).kid, kid)
      assert.deepEqual(
        (await again.published(clock.now())).map((key) => [key.kid, key.alg, key.kty, key.use]),
        [[kid, 'RS256', 'RSA', 'sig']],
      )
    })

    test('a new key is published before it signs, and the one before it as long as its tokens may live', async () => {
      const clock = new ManualClock(START)
      await using store = await kind.open(clock)
      const keys = await opened(store.store)
      const other = await opened(await store.again())
      const old = await keys.active(clock.now())
      const fresh = await keys.rotate(clock.now(), false)
      assert.deepEqual(await states(keys, clock), ['made', 'active'])
      // To the millisecond, in another process too, which asks the store again well before.
      clock.advanceTo(START + LEAD_TIME - 1)
      assert.equal((await other.active(clock.now())).kid, old.kid)
      clock.advanceTo(START + LEAD_TIME)
      assert.equal((await other.active(clock.now())).kid, fresh.kid)
      assert.deepEqual(await states(keys, clock), ['active', 'retired'])
      clock.advanceTo(START + LEAD_TIME + OVERLAP - 1)
      assert.notEqual(await other.find(old.kid, clock.now()), null)
      clock.advanceTo(START + LEAD_TIME + OVERLAP)
      assert.equal(await other.find(old.kid, clock.now()), null)
      assert.deepEqual(await states(keys, clock), ['active', 'gone'])
      await keys.rotate(clock.now(), true)
      assert.deepEqual(await states(keys, clock), ['active', 'retired'], 'the one that was gone is deleted')
    })

    test('a key is published for as long as it was made for, whoever looks with a shorter overlap', async () => {
      const clock = new ManualClock(START)
      await using store = await kind.open(clock)
      const keys = await opened(store.store)
      const old = await keys.active(clock.now())
      clock.advanceBy(1)
      await keys.rotate(clock.now(), true)
      const short = 1000 as DurationMs
      const other = await SigningKeys.open({
        ...{ store: store.store, randomness: systemRandomness },
        ...{ encryptionKey: null, overlap: short },
      })
      clock.advanceBy(OVERLAP - 1)
      await other.rotate(clock.now(), true)
      assert.notEqual(await other.find(old.kid, clock.now()), null)
      clock.advanceBy(1)
      assert.equal(await other.find(old.kid, clock.now()), null)
    })

    test('a key that is no longer trusted is replaced at once, and removed', async () => {
      const clock = new ManualClock(START)
      await using store = await kind.open(clock)
      const keys = await opened(store.store)
      const stolen = await keys.active(clock.now())
      assert.equal(await keys.remove(stolen.kid, clock.now()), false, 'the active one stays')
      // Another is made already, and does not keep it waiting.
      await keys.rotate(clock.now(), false)
      clock.advanceBy(1)
      const fresh = await keys.rotate(clock.now(), true)
      assert.equal((await keys.active(clock.now())).kid, fresh.kid)
      // Another process may sign with it for as long as it has not looked.
      clock.advanceBy(4999)
      assert.equal(await keys.remove(stolen.kid, clock.now()), false)
      clock.advanceBy(1)
      assert.equal(await keys.remove(stolen.kid, clock.now()), true)
      assert.equal(await keys.find(stolen.kid, clock.now()), null)
    })

    test('private parts are in the store encrypted where there is a key, and not read with another', async () => {
      const clock = new ManualClock(START)
      await using store = await kind.open(clock)
      await opened(store.store)
      const clear = await store.store.listItems('signing-key')
      assert.match(clear[0]?.value ?? '', /"d":/)
      const key = Buffer.alloc(32, 'k')
      const keys = await opened(store.store, key)
      const [sealed] = await store.store.listItems('signing-key')
      assert.doesNotMatch(sealed?.value ?? '', /"d":|"p":|"q":/)
      assert.equal((await keys.list(clock.now())).length, 1)
      for (const wrong of [null, Buffer.alloc(32, 'w')]) {
        await assert.rejects(opened(store.store, wrong), (error) => {
          return error instanceof StoreError && error.code === 'ERR_STORE_CORRUPT'
        })
      }
    })
  })
})
