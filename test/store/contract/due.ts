/** What is due in figures: since when, and how much. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { at } from '../../support/sessions.ts'
import { aNewClient, changeSession, purgeOf, put, transitionOf, write } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

export function due(kind: StoreKind): void {
  test('nothing is due ever in an empty store, nor in one where everything is closed', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const figures = async () => [await store.oldestDue(), await store.countDue(MAXIMUM_INSTANT, 9)]
    assert.deepEqual(await figures(), [null, 0])
    await put(
      store,
      aNewClient([
        { name: 'a', status: 'ended' },
        { name: 'b', status: 'removed' },
      ]),
    )
    assert.deepEqual(await figures(), [null, 0])
  })

  test('the oldest deadline is found, be it past or to come; each session that is due counts, up to the limit', async () => {
    await using opened = await kind.open(new ManualClock(500))
    const { store } = opened
    await put(
      store,
      aNewClient([
        { name: 'a1', expireAt: 30 },
        { name: 'a2', expireAt: 10 },
        { name: 'a3', expireAt: 5, status: 'ended' },
      ]),
      aNewClient(
        [
          { name: 'b1', expireAt: 10 },
          { name: 'b2', expireAt: 900 },
        ],
        { name: 'b' },
      ),
    )
    assert.equal(await store.oldestDue(), 10)
    const counts = async (limit: number) =>
      Promise.all([9, 10, 29, 30, 900].map((now) => store.countDue(at(now), limit)))
    assert.deepEqual(await counts(9), [0, 2, 2, 3, 4])
    assert.deepEqual(await counts(3), [0, 2, 2, 3, 3])
    assert.deepEqual(await counts(1), [0, 1, 1, 1, 1])
    assert.deepEqual(await counts(0), [0, 0, 0, 0, 0])
  })

  test('both follow a touch that slides a deadline, a sweep, a close, and a purge', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const figures = async (now: number) => [await store.oldestDue(), await store.countDue(at(now), 9)]
    const [stored] = await put(store, aNewClient([{ name: 'a', expireAt: 10, abandonAt: 50 }, { name: 'b' }]))
    assert.ok(stored)
    assert.deepEqual(
      [await figures(9), await figures(10)],
      [
        [10, 0],
        [10, 1],
      ],
    )

    const touched = changeSession(stored, 'a', { expireAt: at(20), lastActiveAt: at(5) })
    assert.equal(await write(store, touched), true)
    assert.deepEqual(
      [await figures(19), await figures(20)],
      [
        [20, 0],
        [20, 1],
      ],
    )

    const [a] = touched.after.sessions
    assert.ok(a)
    const step = { from: 'active', to: 'expired', cause: 'expire-deadline', at: at(20) } as const
    const expired = { status: 'expired', updatedAt: at(20) } as const
    const swept = changeSession(touched.after, 'a', expired, [transitionOf(a, step)])
    assert.equal(await write(store, swept), true)
    assert.deepEqual(
      [await figures(49), await figures(50)],
      [
        [50, 0],
        [50, 1],
      ],
    )

    const end = { from: 'expired', to: 'revoked', cause: 'revoke', at: at(30) } as const
    const closed = changeSession(swept.after, 'a', { status: 'revoked', updatedAt: at(30) }, [transitionOf(a, end)])
    assert.equal(await write(store, closed), true)
    assert.deepEqual(
      [await figures(999), await figures(1_000)],
      [
        [1_000, 0],
        [1_000, 1],
      ],
    )

    assert.equal(await write(store, purgeOf(closed.after, 2_000)), true)
    assert.deepEqual(await figures(2_000), [null, 0])
  })
}
