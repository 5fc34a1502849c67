/** Small things beside the sessions: each kept whole, written over the version it was read at, and gone when it expired. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store, StoredItem } from '../../../src/store/port.ts'
import { at } from '../../support/sessions.ts'
import { anItem, putNew } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const ODD_IDS = [
  ...[
    "'",
    '"',
    '\\',
    '%',
    '_',
    '$1',
    '?1',
    ':p1',
    '{}',
    '{a,b}',
    'NULL',
    ' ',
    ' a',
    'a ',
    '\t\r\n',
    '\u0001',
    '\u007f',
  ],
  ...['A', 'é', 'e\u0301', '\u2028', '\ufffd', '\uffff', '\u{1f600}', '\u{10ffff}'],
  ...['x'.repeat(255), 'é'.repeat(255), '\u{1f600}'.repeat(255)],
] as const

/** No item can have one of these: no database holds them all alike. */
const NOBODYS = ['', '\0', 'a\0b', 'a\0', '\ud800', '\udc00a', 'x'.repeat(256), '\u{1f600}'.repeat(256)] as const

const ODD_VALUES = [
  'null',
  '""',
  '{"large":12345678901234567890,"tiny":1e-400,"exact":0.10,"minus":-0}',
  '{"b":1,"a":2,"10":3,"2":4,"b":5}',
  '{ "spaced" : [ ] }\n',
  '{"text":"é \u{1f600} \uffff \u2028 \\u0000 \\ud800 \\" \\\\ \' $1 ? %s :name"}',
] as const

/** JSON text of a length that does not compress away: digits of a sequence that looks random. */
function longValue(length: number): string {
  let state = 1
  const digits = Array.from({ length: length - 2 }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String(state % 10)
  })
  return `"${digits.join('')}"`
}

const idsOf = (items: readonly StoredItem[]) => items.map(({ id }) => id)

/** Who of several that write at once was told to have written. */
async function winners(writes: readonly Promise<boolean>[]): Promise<readonly number[]> {
  return (await Promise.all(writes)).flatMap((isWritten, place) => (isWritten ? [place] : []))
}

export function items(kind: StoreKind): void {
  test('an item comes back to the last character, whatever its id and its value', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const instants = [null, at(0), at(1), MAXIMUM_INSTANT]
    const stored = await putNew(
      store,
      ...ODD_IDS.map((id, place) => {
        const value = ODD_VALUES[place % ODD_VALUES.length] ?? 'null'
        return anItem({ id, value, expiresAt: instants[place % instants.length] ?? null })
      }),
    )
    for (const item of stored) assert.deepEqual(await store.findItem('thing', item.id), item)
    const listed = await store.listItems('thing')
    assert.deepEqual(new Map(listed.map((item) => [item.id, item])), new Map(stored.map((item) => [item.id, item])))
    assert.equal(listed.length, ODD_IDS.length)
    const [first, ...others] = stored
    assert.ok(first)
    assert.equal(await store.deleteItem('thing', first.id, 1), true)
    assert.deepEqual(new Set(idsOf(await store.listItems('thing'))), new Set(idsOf(others)))
  })

  test('a value of 200 kB comes back whole, and is written over by another', async () => {
    await using opened = await kind.open(new ManualClock())
    const [long, shorter] = [longValue(200_000), longValue(190_000)]
    const [stored] = await putNew(opened.store, anItem({ value: long }))
    assert.ok(stored)
    assert.equal((await opened.store.findItem('thing', 'a'))?.value, long)
    assert.equal(await opened.store.putItem({ ...stored, value: shorter }), true)
    assert.deepEqual(await opened.store.listItems('thing'), [{ ...stored, value: shorter, version: 2 }])
  })

  test('a lone surrogate in a value comes back escaped, which means the same', async () => {
    await using opened = await kind.open(new ManualClock())
    await putNew(opened.store, anItem({ value: '{"text":"a\ud800b"}' }))
    assert.equal((await opened.store.findItem('thing', 'a'))?.value, '{"text":"a\\ud800b"}')
  })

  test("an id that no item can have is nobody's, and is misuse to write", async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    // What is made of a lone surrogate, and of what is cut off, where nobody looks.
    const others = await putNew(store, anItem({ id: '\ufffd' }), anItem({ id: 'a' }), anItem({ id: 'x'.repeat(255) }))
    for (const id of NOBODYS) {
      assert.equal(await store.findItem('thing', id), null)
      assert.equal(await store.deleteItem('thing', id, 1), false)
      for (const version of [0, 1]) await assert.rejects(async () => store.putItem(anItem({ id, version })), TypeError)
    }
    assert.deepEqual(new Set(await store.listItems('thing')), new Set(others))
  })

  test('a new item is not written over one that is there', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await putNew(opened.store, anItem({ value: '1', expiresAt: at(5) }))
    assert.equal(await opened.store.putItem(anItem({ value: '2' })), false)
    assert.deepEqual(await opened.store.findItem('thing', 'a'), stored)
  })

  test('an item is written over the version it was read at, and over no other', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [first] = await putNew(store, anItem({ value: '1' }))
    assert.ok(first)
    assert.equal(await store.putItem({ ...first, value: '2', expiresAt: at(7) }), true)
    const second = { ...first, value: '2', expiresAt: at(7), version: 2 }
    for (const version of [0, 1, 3]) assert.equal(await store.putItem({ ...first, value: '3', version }), false)
    assert.deepEqual(await store.findItem('thing', 'a'), second)
    assert.equal(await store.putItem({ ...second, expiresAt: null }), true)
    assert.deepEqual(await store.findItem('thing', 'a'), { ...second, expiresAt: null, version: 3 })
  })

  test('an item that is not there is not written over, and not made', async () => {
    await using opened = await kind.open(new ManualClock())
    assert.equal(await opened.store.putItem(anItem({ version: 1 })), false)
    assert.equal(await opened.store.findItem('thing', 'a'), null)
    assert.equal(await opened.store.deleteItem('thing', 'a', 1), false)
  })

  test('an item is deleted at the version it was read at, once, and another of its name begins at 1', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [first] = await putNew(store, anItem())
    assert.ok(first)
    await putNew(store, first)
    for (const version of [0, 1, 3]) assert.equal(await store.deleteItem('thing', 'a', version), false)
    assert.equal(await store.deleteItem('thing', 'a', 2), true)
    assert.equal(await store.deleteItem('thing', 'a', 2), false)
    assert.equal(await store.findItem('thing', 'a'), null)
    assert.deepEqual(await putNew(store, anItem({ value: '2' })), [await store.findItem('thing', 'a')])
  })

  test('items of one id and two kinds are two', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [a, b] = await putNew(store, anItem({ kind: 'a-kind', value: '1' }), anItem({ kind: 'b-kind', value: '2' }))
    assert.ok(a && b)
    assert.equal(await store.putItem({ ...a, value: '3' }), true)
    assert.deepEqual(await store.listItems('b-kind'), [b])
    assert.equal(await store.deleteItem('a-kind', 'a', 2), true)
    assert.deepEqual([await store.findItem('a-kind', 'a'), await store.findItem('b-kind', 'a')], [null, b])
    assert.deepEqual(await store.listItems('c-kind'), [])
  })

  test('the items of a kind are listed by id, expired ones too, and a thousand at most', async () => {
    await using opened = await kind.open(new ManualClock(99))
    const { store } = opened
    const ids = ['b', 'a', 'B', '10', '9', 'aa', 'é', 'z']
    await putNew(store, ...ids.map((id) => anItem({ id, expiresAt: id === 'a' ? at(1) : null })))
    assert.deepEqual(idsOf(await store.listItems('thing')), ['10', '9', 'B', 'a', 'aa', 'b', 'z', 'é'])
    const many = Array.from({ length: 1_001 }, (_, place) => anItem({ kind: 'many', id: String(1_000 + place) }))
    await putNew(store, ...many.toReversed())
    assert.deepEqual(idsOf(await store.listItems('many')), idsOf(many.slice(0, 1_000)))
  })

  test('at exactly expiresAt an item has expired and is deleted, a millisecond before it is not', async () => {
    await using opened = await kind.open(new ManualClock(5_000))
    const { store } = opened
    const [stored] = await putNew(store, anItem({ expiresAt: at(1_000) }))
    assert.equal(await store.deleteExpiredItems(at(999), 9), 0)
    assert.deepEqual(await store.findItem('thing', 'a'), stored)
    assert.equal(await store.deleteExpiredItems(at(1_000), 9), 1)
    assert.equal(await store.findItem('thing', 'a'), null)
    assert.equal(await store.deleteExpiredItems(at(1_000), 9), 0)
  })

  test('the longest expired are deleted first, of whichever kind, and no more than asked for', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const instants = { e: 50, a: 10, d: 40, b: 20, c: 30 }
    const expiring = Object.entries(instants).map(([id, expiresAt], place) =>
      anItem({ kind: place % 2 === 0 ? 'even' : 'odd', id, expiresAt: at(expiresAt) }),
    )
    // Of a name that expires in the other kind, too.
    const kept = ['kept', 'a', 'c'].map((id) => anItem({ kind: 'kept', id }))
    await putNew(store, ...expiring, ...kept)
    const left = async () => [...idsOf(await store.listItems('even')), ...idsOf(await store.listItems('odd'))].sort()
    assert.equal(await store.deleteExpiredItems(at(45), 0), 0)
    assert.equal(await store.deleteExpiredItems(at(45), 2), 2)
    assert.deepEqual(await left(), ['c', 'd', 'e'])
    assert.equal(await store.deleteExpiredItems(at(45), 9), 2)
    assert.deepEqual(await left(), ['e'])
    assert.equal(await store.deleteExpiredItems(MAXIMUM_INSTANT, 9), 1)
    assert.deepEqual(await left(), [])
    assert.deepEqual(idsOf(await store.listItems('kept')), ['a', 'c', 'kept'])
  })

  test('an item that is written with another expiry goes by that', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [later, never, sooner] = await putNew(
      store,
      anItem({ id: 'later', expiresAt: at(10) }),
      anItem({ id: 'never', expiresAt: at(10) }),
      anItem({ id: 'sooner' }),
    )
    assert.ok(later && never && sooner)
    await putNew(
      store,
      { ...later, expiresAt: at(20) },
      { ...never, expiresAt: null },
      { ...sooner, expiresAt: at(10) },
    )
    assert.equal(await store.deleteExpiredItems(at(19), 9), 1)
    assert.deepEqual(idsOf(await store.listItems('thing')), ['later', 'never'])
  })

  test('of writers at once over one version exactly one has written, the first of all too, and none fails', async () => {
    await using opened = await kind.open(new ManualClock())
    const stores = [opened.store, await opened.again()]
    const atOnce = (write: (store: Store, place: number) => Promise<boolean>) =>
      winners(Array.from({ length: 12 }, (_, place) => write(stores[place % 2] ?? opened.store, place)))
    for (let round = 0; round < 8; round += 1) {
      const id = `round-${round}`
      for (const version of [0, 1, 2]) {
        const won = await atOnce((store, place) => store.putItem(anItem({ id, version, value: String(place) })))
        assert.equal(won.length, 1)
        const stored = { id, version: version + 1, value: String(won[0]) }
        assert.deepEqual(await opened.store.findItem('thing', id), anItem(stored))
      }
      const deleted = await atOnce((store) => store.deleteItem('thing', id, 3))
      assert.equal(deleted.length, 1)
    }
  })

  test('of writers that read again when another was faster none is lost', async () => {
    await using opened = await kind.open(new ManualClock())
    const stores = [opened.store, await opened.again()]
    const countOn = async (store: Store): Promise<void> => {
      for (;;) {
        const read = (await store.findItem('thing', 'count')) ?? anItem({ id: 'count', value: '0' })
        if (await store.putItem({ ...read, value: String(Number(read.value) + 1) })) return
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, place) => countOn(stores[place % 2] ?? opened.store)))
    assert.deepEqual(await opened.store.findItem('thing', 'count'), anItem({ id: 'count', value: '16', version: 16 }))
  })

  test('an expired item is deleted once, whoever else deletes at once', async () => {
    await using opened = await kind.open(new ManualClock())
    const stores = [opened.store, await opened.again()]
    const expired = Array.from({ length: 40 }, (_, place) => anItem({ id: `${place}`, expiresAt: at(place) }))
    await putNew(opened.store, ...expired)
    const passes = Array.from({ length: 6 }, (_, place) => stores[place % 2]?.deleteExpiredItems(at(40), 5) ?? 0)
    const deleted = (await Promise.all(passes)).reduce((sum, each) => sum + each, 0)
    assert.equal(deleted, 30)
    assert.equal((await opened.store.listItems('thing')).length, 10)
  })
}
