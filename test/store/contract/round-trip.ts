/** What is written comes back as it was: every column, every document, whichever way it is read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import type { SessionId, UserId } from '../../../src/domain/session.ts'
import { isClosed, STATUSES } from '../../../src/domain/status.ts'
import type { Cause } from '../../../src/domain/transition.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { changeOf } from '../../../src/store/client-change.ts'
import type { Store, StoredClient, StoredDocument, StoredSession } from '../../../src/store/port.ts'
import { at, sess } from '../../support/sessions.ts'
import {
  aNewClient,
  changeSession,
  clientId,
  dumpOf,
  purgeOf,
  put,
  readOne,
  transitionOf,
  write,
} from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'
import '../../support/seed.ts'

const ODD_DOCUMENTS = [
  '{}',
  '{"object":"session","unknown":{"deep":[1,[2,{"b":1,"a":2}]]},"latestActivity":null}',
  '{"large":12345678901234567890,"tiny":1e-400,"huge":1e400,"exact":0.10,"minus":-0}',
  '{"b":1,"a":2,"10":3,"2":4,"b":5}',
  '{"text":"é \u{1f600} \uffff \u2028 \\u0000 \\ud800 \\" \\\\ \' $1 ? %s :name"}',
  `{"long":"${'x'.repeat(100_000)}"}`,
] as const

/** Up to 255 characters of anything that an id may hold. */
const anId = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("'", '"', '\\', '%', '$1', '?1', '{}', '\u{1f600}'.repeat(255), 'é'.repeat(255)),
  },
)
const isId = (text: string) => /^[^\s\p{Cc}\p{Cs}]{1,255}$/u.test(text)
const someId = anId.filter(isId)
const anInstant = fc.oneof(fc.integer({ min: 0, max: MAXIMUM_INSTANT }), fc.constantFrom(0, MAXIMUM_INSTANT)).map(at)
const aDocument: fc.Arbitrary<StoredDocument | null> = fc.option(
  fc.record(
    { form: fc.constantFrom('sdk' as const, 'wire' as const), text: fc.constantFrom(...ODD_DOCUMENTS) },
    { noNullPrototype: true },
  ),
)

const aSession: fc.Arbitrary<StoredSession> = fc
  .record({
    id: someId as fc.Arbitrary<SessionId>,
    userId: someId as fc.Arbitrary<UserId>,
    status: fc.constantFrom(...STATUSES),
    lastActiveAt: anInstant,
    expireAt: anInstant,
    abandonAt: anInstant,
    updatedAt: anInstant,
    createdAt: anInstant,
    closed: anInstant,
    document: aDocument,
  })
  .map(({ closed, ...session }) => ({
    ...session,
    clientId: clientId('any'),
    version: 0,
    place: 0,
    closedAt: isClosed(session.status) ? closed : null,
  }))

const aClient: fc.Arbitrary<StoredClient> = fc
  .record({
    id: someId.map((id) => clientId(id.slice(0, 40))),
    sessions: fc.uniqueArray(aSession, { maxLength: 4, selector: ({ id }) => id }),
    dangling: fc.option(someId as fc.Arbitrary<SessionId>),
    createdAt: anInstant,
    updatedAt: anInstant,
    document: aDocument,
  })
  .map(({ dangling, ...client }) => ({
    ...client,
    sessions: client.sessions.map((session, index) => ({ ...session, clientId: client.id, place: index * 3 })),
    sessionIds: client.sessions.map(({ id }) => id).reverse(),
    lastActiveSessionId: client.sessions[0]?.id ?? dangling,
    version: 0,
  }))

/** A session as it is where no document was read. */
function withoutDocument(session: StoredSession): StoredSession {
  const { document: _, ...columns } = session
  return columns
}

async function assertReadAlike(store: Store, stored: StoredClient): Promise<void> {
  const ids = stored.sessions.map(({ id }) => id)
  const bare = stored.sessions.map(withoutDocument)
  const { document: _, ...columns } = stored
  const whole = await store.read({ clientIds: [stored.id], sessions: 'all', documents: true })
  assert.deepEqual(whole.clients, [stored])
  const undocumented = await store.read({ clientIds: [stored.id], sessions: 'all' })
  assert.deepEqual(undocumented.clients, [{ ...columns, sessions: bare }])
  assert.deepEqual(new Set(await store.findSessions(ids, { documents: true })), new Set(stored.sessions))
  assert.deepEqual(new Set(await store.findSessions(ids)), new Set(bare))
  for (const session of bare) assert.deepEqual((await store.findSession(session.id)).session, session)
  const listed = await store.listSessions({ clientId: stored.id, asOf: at(0), limit: 10 })
  assert.deepEqual(new Set(listed.rows), new Set(stored.sessions))
  const { clients, records } = await dumpOf(store)
  assert.deepEqual(clients, [stored])
  const kept = records.flatMap(({ session }) => (session === null ? [] : [session]))
  assert.deepEqual(new Set(kept), new Set(stored.sessions))
}

export function roundTrips(kind: StoreKind): void {
  test('a client and its sessions come back to the last member, whichever way they are read', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const roundTrip = fc.asyncProperty(aClient, async (client) => {
      const [stored] = await put(store, client)
      assert.ok(stored)
      try {
        await assertReadAlike(store, stored)
      } finally {
        await write(store, purgeOf(stored, 0))
      }
    })
    await fc.assert(roundTrip, { numRuns: kind.isServed ? 10 : 40 })
  })

  test('a new row has version 1, and every write counts one on', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    assert.deepEqual([stored.version, stored.sessions[0]?.version], [1, 1])
    const change = changeSession(stored, 'a', { lastActiveAt: at(5) })
    assert.equal(await write(opened.store, change), true)
    assert.deepEqual(await readOne(opened.store), change.after)
    assert.deepEqual([change.after.version, change.after.sessions[0]?.version], [1, 2])
  })

  test('a write changes the columns that the lifecycle changes, and no others', async () => {
    await using opened = await kind.open(new ManualClock())
    const document = { form: 'wire', text: '{"user_agent":"é"}' } as const
    const client = aNewClient([{ name: 'a', document }, { name: 'b' }], { document })
    const [stored] = await put(opened.store, client)
    assert.ok(stored)
    const [a, b] = stored.sessions
    assert.ok(a && b)
    const after = { status: 'ended' as const, updatedAt: at(7), lastActiveAt: at(6), expireAt: at(8), abandonAt: at(9) }
    const ended = { ...a, ...after }
    const moved = { ...stored, sessions: [ended, b], sessionIds: [b.id], lastActiveSessionId: b.id, updatedAt: at(7) }
    const change = changeOf(stored, moved, [transitionOf(ended, { from: 'active', cause: 'end' })], at(7))
    assert.equal(await write(opened.store, change), true)
    assert.deepEqual(await readOne(opened.store), {
      ...{ ...moved, version: 2 },
      sessions: [{ ...ended, version: 2, closedAt: 7 }, b],
    })
  })

  test('a document that was not read stays as it is, and one that is new takes its place', async () => {
    await using opened = await kind.open(new ManualClock())
    const document = { form: 'sdk', text: '{"first":1}' } as const
    await put(opened.store, aNewClient([{ name: 'a', document }], { document }))
    const unread = await readOne(opened.store, 'a', { documents: false })
    const [session] = unread.sessions
    assert.ok(session && !('document' in session) && !('document' in unread))
    const touched = changeSession(unread, 'a', { updatedAt: at(1) })
    assert.equal(await write(opened.store, touched), true)
    const ended = { status: 'ended', updatedAt: at(2) } as const
    const step = transitionOf({ ...session, ...ended }, { from: 'active', cause: 'end' })
    assert.equal(await write(opened.store, changeSession(touched.after, 'a', ended, [step])), true)
    const kept = await readOne(opened.store)
    assert.deepEqual([kept.document, kept.sessions[0]?.document, kept.version], [document, document, 2])

    const newer = { form: 'wire', text: '{"second":2}' } as const
    const sessions = kept.sessions.map((each) => ({ ...each, document: newer }))
    assert.equal(await write(opened.store, changeOf(kept, { ...kept, document: newer, sessions }, [], at(2))), true)
    const replaced = await readOne(opened.store)
    assert.deepEqual([replaced.document, replaced.sessions[0]?.document], [newer, newer])
  })

  test('of sessions written together, one with a new document leaves that of the other', async () => {
    await using opened = await kind.open(new ManualClock())
    const document = { form: 'sdk', text: '{"first":1}' } as const
    await put(
      opened.store,
      aNewClient(
        [
          { name: 'a', document },
          { name: 'b', document },
        ],
        { document },
      ),
    )
    const unread = await readOne(opened.store, 'a', { documents: false })
    const newer = { form: 'wire', text: '{"second":2}' } as const
    const sessions = unread.sessions.map((session, index) => {
      const touched = { ...session, lastActiveAt: at(3) }
      return index === 0 ? { ...touched, document: newer } : touched
    })
    assert.equal(
      await write(opened.store, changeOf(unread, { ...unread, sessions, updatedAt: at(3) }, [], at(3))),
      true,
    )
    const stored = await readOne(opened.store)
    assert.deepEqual([stored.document, ...stored.sessions.map((each) => each.document)], [document, newer, document])
  })

  test('a ledger row comes back with every member, and with nobody where nobody asked', async () => {
    await using opened = await kind.open(new ManualClock())
    const [stored] = await put(opened.store, aNewClient([{ name: 'a' }]))
    assert.ok(stored)
    const revoked = { status: 'revoked', updatedAt: MAXIMUM_INSTANT } as const
    const askedBy = 'é'.repeat(255)
    const by = { clientId: clientId('a'), sessionId: sess('a'), userId: stored.sessions[0]?.userId as UserId }
    const causes: readonly Cause[] = ['expire-deadline', 'revoke']
    const expired = {
      ...by,
      from: 'active',
      to: 'expired',
      cause: causes[0] as Cause,
      at: at(3),
      recordedAt: at(4),
    } as const
    const second = {
      ...by,
      from: 'expired',
      to: 'revoked',
      cause: 'revoke',
      at: MAXIMUM_INSTANT,
      recordedAt: at(4),
      askedBy,
    } as const
    assert.equal(await write(opened.store, changeSession(stored, 'a', revoked, [expired, second])), true)
    const { rows, total } = await opened.store.listLedger({ limit: 10 })
    assert.equal(total, 3)
    const [first, ...later] = rows.map(({ sequence: _, ...entry }) => entry)
    assert.deepEqual(first, { ...by, from: null, to: 'active', cause: 'sign-in', at: 0, recordedAt: 0, version: 1 })
    assert.deepEqual(later, [
      { ...expired, version: 2 },
      { ...second, version: 2 },
    ])
  })
}
