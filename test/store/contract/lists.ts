/** The lists: every combination of filters, both ways of paging, totals, and the order among equals. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionId, UserId } from '../../../src/domain/session.ts'
import { STATUSES, type Status } from '../../../src/domain/status.ts'
import { statusAt } from '../../../src/lifecycle/index.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type {
  ClientQuery,
  CreationKey,
  LedgerQuery,
  Rows,
  SessionQuery,
  StoredClient,
} from '../../../src/store/port.ts'
import { at, sess, user } from '../../support/sessions.ts'
import { aNewClient, clientId, put } from '../../support/stored.ts'
import type { OpenedStore, StoreKind } from '../../support/stores.ts'

const USERS = ['ann', 'ben', 'cho'] as const
// By bytes 'Z' < 'a' < 'é' < '\uffff' < '\u{1f600}', though by code unit the last two stand the other way round, and in a
// dictionary the first two.
const NAMES = ['Z', 'a', 'a!', 'aa', 'A', 'é', 'z', '\uffff', '\u{1f600}', '10', '9', '_']

/** Clients and sessions with few instants of creation, so that most have equals. */
const STORED: readonly StoredClient[] = ['c', 'Z', 'b', '\u{1f600}'].map((name, client) =>
  aNewClient(
    NAMES.map((each, index) => ({
      name: `${each}${name}`,
      user: USERS[(index + client) % 3] as string,
      status: STATUSES[(index * 3 + client) % STATUSES.length] as Status,
      createdAt: index % 4,
      expireAt: 10 + (index % 3) * 10,
      abandonAt: 15 + (index % 2) * 10,
    })),
    { name, createdAt: client % 2 },
  ),
)
const SESSIONS = STORED.flatMap(({ sessions }) => sessions)

/** Newest first: by creation, then by id, by its bytes. */
function newestFirst(a: CreationKey, b: CreationKey): number {
  return b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id))
}

interface Filter {
  readonly userId?: UserId | undefined
  readonly clientId?: SessionQuery['clientId']
  readonly status?: readonly Status[] | undefined
}

const FILTERS: readonly Filter[] = [undefined, user('ann'), user('nobody')].flatMap((userId) =>
  [undefined, clientId('b'), clientId('nowhere')].flatMap((clientId) =>
    [undefined, [], ['active'], ['expired', 'abandoned'], ['pending', 'revoked', 'removed'], STATUSES].map((status) => {
      return { userId, clientId, status: status as Status[] | undefined }
    }),
  ),
)

function expectedSessions({ userId, clientId, status }: Filter, asOf: number): readonly SessionId[] {
  return SESSIONS.filter((session) => userId === undefined || session.userId === userId)
    .filter((session) => clientId === undefined || session.clientId === clientId)
    .filter((session) => status === undefined || status.includes(statusAt(session, at(asOf))))
    .toSorted(newestFirst)
    .map(({ id }) => id)
}

function nameOf({ userId, clientId, status }: Filter): string {
  const parts = [userId, clientId, status === undefined ? undefined : `[${status.join(' ')}]`]
  return parts.filter((part) => part !== undefined).join(' ') || 'everything'
}

/** Reads a list to its end, a page at a time, each behind the last row of the one before. */
async function walk<Row, Key>(
  page: (after: Key | undefined) => Promise<Rows<Row>>,
  keyOf: (row: Row) => Key,
): Promise<{ readonly rows: readonly Row[]; readonly totals: ReadonlySet<number> }> {
  const rows: Row[] = []
  const totals = new Set<number>()
  for (let after: Key | undefined; ; ) {
    const { rows: more, total } = await page(after)
    totals.add(total)
    const last = more.at(-1)
    if (last === undefined) return { rows, totals }
    rows.push(...more)
    assert.ok(rows.length <= SESSIONS.length, 'a page repeats what the page before it had')
    after = keyOf(last)
  }
}

const keyOf = ({ createdAt, id }: CreationKey): CreationKey => ({ createdAt, id })

export function lists(kind: StoreKind): void {
  let opened: OpenedStore
  before(async () => {
    opened = await kind.open(new ManualClock())
    await put(opened.store, ...STORED)
  })
  after(() => opened[Symbol.asyncDispose]())

  for (const filter of FILTERS) {
    test(`sessions are listed newest first, whole or in pages, with their total: ${nameOf(filter)}`, async () => {
      const { store } = opened
      for (const asOf of [0, 15, 20, 100].map(at)) {
        const expected = expectedSessions(filter, asOf)
        const whole = await store.listSessions({ ...filter, asOf, limit: 1000 })
        assert.deepEqual([whole.rows.map(({ id }) => id), whole.total], [expected, expected.length])
        const page = (after: CreationKey | undefined) => store.listSessions({ ...filter, asOf, limit: 5, after })
        const { rows, totals } = await walk(page, keyOf)
        assert.deepEqual([rows.map(({ id }) => id), [...totals]], [expected, [expected.length]])
        const offset = Math.floor(expected.length / 2)
        const part = await store.listSessions({ ...filter, asOf, limit: 3, offset })
        assert.deepEqual(
          [part.rows.map(({ id }) => id), part.total],
          [expected.slice(offset, offset + 3), expected.length],
        )
      }
    })
  }

  test('a page behind the last row and a page past the end are empty, and know the total', async () => {
    const { store } = opened
    const total = SESSIONS.length
    assert.deepEqual(await store.listSessions({ asOf: at(0), limit: 5, offset: total }), { rows: [], total })
    const oldest = SESSIONS.toSorted(newestFirst).at(-1)
    assert.ok(oldest)
    assert.deepEqual(await store.listSessions({ asOf: at(0), limit: 5, after: keyOf(oldest) }), { rows: [], total })
  })

  test('where nobody counts, the rows are the same, and the total is how many they are', async () => {
    const { store } = opened
    const query = { asOf: at(0), limit: 5, offset: 1 }
    const { rows } = await store.listSessions(query)
    assert.deepEqual(await store.listSessions({ ...query, isCounted: false }), { rows, total: 5 })
    const clients = await store.listClients({ limit: 3 })
    assert.deepEqual(await store.listClients({ limit: 3, isCounted: false }), { rows: clients.rows, total: 3 })
  })

  test('an offset counts on from behind a key', async () => {
    const expected = SESSIONS.toSorted(newestFirst)
    const after = expected[3]
    assert.ok(after)
    const { rows } = await opened.store.listSessions({ asOf: at(0), limit: 2, offset: 2, after: keyOf(after) })
    assert.deepEqual(
      rows.map(({ id }) => id),
      expected.slice(6, 8).map(({ id }) => id),
    )
  })

  test('clients are listed newest first, of everybody and of a user whatever the status of the sessions', async () => {
    const { store } = opened
    const own = { name: 'own', user: 'dan', status: 'removed' } as const
    await using other = await kind.open(new ManualClock())
    await put(other.store, ...STORED, aNewClient([own], { name: 'x', createdAt: 1 }), aNewClient([], { name: 'empty' }))
    const everybody = STORED.toSorted(newestFirst).map(({ id }) => id)
    const page = (query: Omit<ClientQuery, 'limit'>) => (after: CreationKey | undefined) =>
      store.listClients({ ...query, limit: 1, after })
    const keyed = (id: string) => ({ id, createdAt: STORED.find((each) => each.id === id)?.createdAt ?? at(0) })
    for (const query of [{}, { userId: user('ann') }]) {
      const { rows, totals } = await walk(page(query), keyed)
      assert.deepEqual([rows, [...totals]], [everybody, [everybody.length]])
    }
    assert.deepEqual(await store.listClients({ limit: 2, offset: 1 }), { rows: everybody.slice(1, 3), total: 4 })
    assert.deepEqual(await store.listClients({ userId: user('dan'), limit: 2 }), { rows: [], total: 0 })
    assert.deepEqual(await other.store.listClients({ userId: user('dan'), limit: 2 }), { rows: ['client_x'], total: 1 })
    assert.equal((await other.store.listClients({ limit: 1 })).total, 6)
  })

  test('the ledger is listed in the order it was written: of everybody, a session, a client, a user, and all at once', async () => {
    const { store } = opened
    const all = (await store.listLedger({ limit: 1000 })).rows
    assert.deepEqual(
      all.map(({ sessionId }) => sessionId),
      SESSIONS.map(({ id }) => id),
    )
    const queries: readonly Omit<LedgerQuery, 'limit'>[] = [
      {},
      { sessionId: sess('éb') },
      { clientId: clientId('Z') },
      { userId: user('ben') },
      { clientId: clientId('Z'), userId: user('ben') },
      { sessionId: sess('éb'), clientId: clientId('b'), userId: user('ann') },
      { sessionId: sess('éb'), clientId: clientId('Z') },
      { userId: user('nobody') },
    ]
    for (const query of queries) {
      const expected = all.filter((entry) => {
        const isOf = (name: 'sessionId' | 'clientId' | 'userId') =>
          query[name] === undefined || query[name] === entry[name]
        return isOf('sessionId') && isOf('clientId') && isOf('userId')
      })
      const page = (after: number | undefined) => store.listLedger({ ...query, limit: 7, after })
      const { rows, totals } = await walk(page, ({ sequence }) => sequence)
      assert.deepEqual([rows, [...totals]], [expected, [expected.length]])
      const { rows: part } = await store.listLedger({ ...query, limit: 3, offset: 2 })
      assert.deepEqual(part, expected.slice(2, 5))
    }
  })

  test('sessions that begin while a list is walked neither repeat nor hide one', async () => {
    await using fresh = await kind.open(new ManualClock())
    const numbered = (from: number) =>
      Array.from({ length: 6 }, (_, index) => ({ name: `${from + index}`, createdAt: 5 }))
    await put(fresh.store, aNewClient(numbered(20)))
    const first = await fresh.store.listSessions({ asOf: at(0), limit: 3 })
    await put(fresh.store, aNewClient([...numbered(30), { name: 'late', createdAt: 6 }], { name: 'b' }))
    const last = first.rows.at(-1)
    assert.ok(last)
    const second = await fresh.store.listSessions({ asOf: at(0), limit: 10, after: keyOf(last) })
    const names = [...first.rows, ...second.rows].map(({ id }) => id)
    assert.deepEqual(names, ['25', '24', '23', '22', '21', '20'].map(sess))
    assert.deepEqual([first.total, second.total], [6, 13])
  })
}
