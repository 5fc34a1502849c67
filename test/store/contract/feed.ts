/** The ledger for who follows it: every row once, in an order that holds while others write. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { FeedEntry, LedgerEntry, Store, StoredClient } from '../../../src/store/port.ts'
import { seeded } from '../../support/crash-chance.ts'
import { at, user } from '../../support/sessions.ts'
import {
  aNewClient,
  changeSession,
  clientId,
  feedOf,
  flipOf,
  purgeOf,
  put,
  readOne,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

async function ledgerOf(store: Store): Promise<readonly LedgerEntry[]> {
  const { rows, total } = await store.listLedger({ limit: 1_000 })
  assert.ok(total <= 1_000, 'the ledger is too long to be compared')
  return rows
}

function withoutCursors(entries: readonly FeedEntry[]): readonly LedgerEntry[] {
  return entries.map(({ cursor: _, ...entry }) => entry)
}

/** What no store gave. */
const NO_CURSORS = [
  ...['', ' ', 'x', '0', '-1', '+1', '01', '1e3', '0x1', '1.', '.1', '1.0', '1.-1', '01.1', '1.01', '1.2.3', '1,2'],
  ...[' 1', '1 ', '1\n', '1.1\n', '1\0', '\ud800', '١', '99999999999999999999', '99999999999999999999.1'],
  ...['1.99999999999999999999', '9007199254740992', '9223372036854775808.1', "1' OR 1=1"],
]

export function feed(kind: StoreKind): void {
  test('pages of any size have every row of the ledger, once and in its order, each with a cursor of its own', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    for (const name of ['b', 'a', 'c']) await put(store, aNewClient([{ name }, { name: `${name}2` }], { name }))
    for (const name of ['a', 'c', 'a']) await write(store, flipOf(await readOne(store, name)))
    const ledger = await ledgerOf(store)
    assert.equal(ledger.length, 9)
    for (const limit of [1, 2, 4, 9, 10, 1_000]) {
      const entries = await feedOf(store, 9, { limit })
      assert.deepEqual(withoutCursors(entries), ledger)
      assert.equal(new Set(entries.map(({ cursor }) => cursor)).size, 9)
    }
  })

  test('behind each cursor comes what stands behind its row, now as later', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }, { name: 'b' }, { name: 'c' }]))
    const before = await feedOf(opened.store, 3)
    await put(await opened.again(), aNewClient([{ name: 'd' }], { name: 'd' }))
    const entries = await feedOf(opened.store, 4)
    assert.deepEqual(entries.slice(0, 3), before)
    for (const [place, { cursor }] of entries.entries()) {
      assert.deepEqual(await (await opened.again()).readFeed(cursor, 9), entries.slice(place + 1))
    }
  })

  test('who begins at the end gets only what comes', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    assert.deepEqual([await store.feedEnd(), await store.readFeed(null, 9)], [null, []])
    await put(store, aNewClient([{ name: 'a' }, { name: 'b' }]))
    const [, last] = await feedOf(store, 2)
    const end = await store.feedEnd()
    assert.equal(end, last?.cursor)
    await put(store, aNewClient([{ name: 'c' }], { name: 'c' }))
    const [coming] = await feedOf(store, 1, { after: end })
    assert.equal(coming?.sessionId, 'sess_c')
    assert.equal(await store.feedEnd(), coming?.cursor)
  })

  test('a cursor stands behind those of the rows before its own, and behind no others', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    // More than ten, of several transactions: as text `10` stands before `9`.
    for (const name of ['a', 'b', 'c', 'd']) {
      await put(store, aNewClient([{ name }, { name: `${name}2` }, { name: `${name}3` }], { name }))
    }
    const cursors = (await feedOf(store, 12)).map(({ cursor }) => cursor)
    for (const [place, cursor] of cursors.entries()) {
      assert.deepEqual(
        cursors.map((other) => store.isBehind(cursor, other)),
        cursors.map((_, otherPlace) => place > otherPlace),
      )
    }
    const [cursor = ''] = cursors
    for (const other of NO_CURSORS) {
      assert.throws(() => store.isBehind(cursor, other), TypeError, JSON.stringify(other))
      assert.throws(() => store.isBehind(other, cursor), TypeError, JSON.stringify(other))
    }
  })

  test('text that is no cursor is misuse', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    for (const after of NO_CURSORS) {
      await assert.rejects(opened.store.readFeed(after, 1), TypeError, JSON.stringify(after))
    }
  })

  test('a cursor of a time that the store has not come to is misuse, for what comes would be passed over', async () => {
    await using opened = await kind.open(new ManualClock())
    await put(opened.store, aNewClient([{ name: 'a' }]))
    const [entry] = await feedOf(opened.store, 1)
    assert.ok(entry)
    const later = entry.cursor.replace(/^\d+/, (number) => String(Number(number) + 1_000_000_000))
    await assert.rejects(opened.store.readFeed(later, 1), TypeError)
  })

  test('rows stay when their sessions and clients are purged', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [client] = await put(store, aNewClient([{ name: 'a', status: 'ended' }, { name: 'b' }]))
    assert.ok(client)
    const before = await feedOf(store, 2)
    assert.equal(await write(store, purgeOf(client, 5)), true)
    assert.deepEqual(await feedOf(store, 2), before)
  })

  test('a touch is not in it, and neither is what was refused', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [client] = await put(store, aNewClient([{ name: 'a' }]))
    assert.ok(client)
    const [entry] = await feedOf(store, 1)
    const touched = changeSession(client, 'a', { lastActiveAt: at(3) })
    assert.equal(await write(store, touched), true)
    assert.equal(await write(store, flipOf(client)), false)
    assert.deepEqual(await feedOf(store, 1), [entry])
    assert.equal(await store.feedEnd(), entry?.cursor)
  })

  for (const seed of kind.isServed ? [1, 2, 3] : [1]) {
    test(`who follows while many write has every row at the end, once, and each client's in their order: seed ${seed}`, (context) =>
      storm(context, kind, seed))
  }
}

const CLIENTS = Array.from({ length: 8 }, (_, place) => `a${place}`)
const WRITERS = 8
const TURNS = 20

/** Writers by two doors, with and without locks, of one client and of several, and a reader who keeps up with them. */
async function storm(context: TestContext, kind: StoreKind, seed: number): Promise<void> {
  await using opened = await kind.open(new ManualClock())
  const { store } = opened
  const again = await opened.again()
  await put(store, ...CLIENTS.map((name) => aNewClient([{ name, user: `u${Number(name[1]) % 3}` }], { name })))
  let count: number | null = null
  const followed = follow(again, seed, () => count)
  const writers = Array.from({ length: WRITERS }, (_, place) =>
    writeAtRandom(place % 2 === 0 ? store : again, WRITERS * seed + place, place),
  )
  const written = (await Promise.all(writers)).reduce((sum, count) => sum + count)
  const ledger = await ledgerOf(store)
  count = ledger.length
  const entries = await followed
  context.diagnostic(`${written} of ${WRITERS * TURNS} were written, ${entries.length} rows`)
  assert.ok(written > WRITERS)
  assert.deepEqual(
    withoutCursors(entries).toSorted((a, b) => a.sequence - b.sequence),
    ledger,
  )
  const ofClients = (rows: readonly LedgerEntry[]) => Object.groupBy(rows, (entry) => entry.clientId)
  assert.deepEqual(ofClients(withoutCursors(entries)), ofClients(ledger))
  assert.deepEqual(await feedOf(store, ledger.length, { limit: 50 }), entries)
}

/** Reads on until it has all that is there when the writers are done. */
async function follow(store: Store, seed: number, whenOver: () => number | null): Promise<readonly FeedEntry[]> {
  const chance = seeded(-seed)
  const entries: FeedEntry[] = []
  for (;;) {
    const count = whenOver()
    if (count !== null)
      return [...entries, ...(await feedOf(store, count - entries.length, { after: entries.at(-1)?.cursor ?? null }))]
    entries.push(...(await store.readFeed(entries.at(-1)?.cursor ?? null, 1 + chance.below(20))))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Answers how many of its turns were written. */
async function writeAtRandom(store: Store, seed: number, writer: number): Promise<number> {
  const chance = seeded(seed)
  let written = 0
  for (let turn = 0; turn < TURNS; turn += 1) {
    const names = CLIENTS.filter(() => chance.below(3) === 0)
    const clientIds = (names.length > 0 ? names : ['a0']).map(clientId)
    const flipAll = ({ clients }: { readonly clients: readonly StoredClient[] }) => {
      return { result: null, changes: clients.map(flipOf) }
    }
    const ways = [
      async () => (await store.change({ clientIds, sessions: 'all' }, flipAll)) !== null,
      async () => (await store.change({ userId: user(`u${writer % 3}`), sessions: 'open' }, flipAll)) !== null,
      async () => write(store, ...(await store.read({ clientIds, sessions: 'all' })).clients.map(flipOf)),
      async () => write(store, flipOf(await readOne(store, chance.one(CLIENTS)))),
      async () => {
        const name = `n${writer}x${turn}`
        return (await put(store, aNewClient([{ name }], { name }))).length === 1
      },
      async () => {
        const client = await readOne(store, chance.one(CLIENTS))
        await write(store, changeSession(client, client.id.slice('client_'.length), { lastActiveAt: at(turn) }))
        return false
      },
    ]
    if (await chance.one(ways)()) written += 1
  }
  return written
}
