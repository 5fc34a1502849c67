/** An audit finds nothing in a store that only Tenure has written in, whatever was asked of it and whenever. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { STATUSES } from '../../src/domain/status.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { aSmallPolicy, END } from '../support/arbitraries.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { countedRandomness, openService, START, signedIn } from '../support/services.ts'
import { allOf } from '../support/stored.ts'
import { overStores } from '../support/stores.ts'
import '../support/seed.ts'

/** One thing that is asked of Tenure. Prints as what it does, so that a run that fails can be read. */
interface Step {
  readonly run: (tenure: Tenure, clock: ManualClock) => Promise<unknown>
  readonly toString: () => string
}

function step(name: string, run: Step['run']): Step {
  return { run, toString: () => name }
}

const aClientName = fc.constantFrom('client_a' as const, 'client_b' as const)
const aSession = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'new', 'newer').map((name) => `sess_${name}`)
const aUser = fc.constantFrom('user_ann', 'user_ben')

const COMMANDS = ['touch', 'requireTask', 'completeTasks', 'end', 'remove', 'revoke'] as const

const aCommand = fc
  .tuple(fc.constantFrom(...COMMANDS, 'touch' as const), aSession)
  .map(([command, id]) => step(`${command} ${id}`, (tenure) => tenure[command](id)))

const aSignIn = fc
  .record({
    userId: aUser,
    clientId: fc.option(aClientName, { nil: undefined }),
    sessionId: aSession,
    status: fc.constantFrom('active' as const, 'pending' as const),
  })
  .map((request) => step(`signIn ${JSON.stringify(request)}`, (tenure) => tenure.signIn(request)))

const aSignOut = fc
  .tuple(aClientName, fc.constantFrom('end' as const, 'remove' as const))
  .map(([id, command]) => step(`signOut ${id} ${command}`, (tenure) => tenure.signOutClient(id, command)))

const aRevocation = fc.oneof(
  aUser.map((userId) => step(`revokeAll ${userId}`, (tenure) => tenure.revokeAll({ userId }))),
  aClientName.map((clientId) => step(`revokeAll ${clientId}`, (tenure) => tenure.revokeAll({ clientId }))),
)

const housekeeping = fc.constantFrom(
  step('sweep', (tenure) => tenure.sweep()),
  step('sweep one', (tenure) => tenure.sweep({ limit: 1 })),
  step('purge', (tenure) => tenure.purge()),
  step('purge one', (tenure) => tenure.purge({ limit: 1 })),
)

const anInstant = fc.integer({ min: 0, max: END })

/** News of a session: of one client, one user and one creation, or no store would take it. */
function newsOf(name: string, clientId: string): fc.Arbitrary<object> {
  return fc
    .record({
      status: fc.constantFrom('active' as const, ...STATUSES),
      lastActiveAt: anInstant,
      updatedAt: fc.integer({ min: 0, max: 2 * END }),
      expireAt: fc.integer({ min: 4, max: 2 * END }),
      abandonAt: fc.integer({ min: 4, max: 2 * END }),
    })
    .map((news) => ({ object: 'session', id: `sess_${name}`, clientId, userId: 'user_ann', createdAt: 1, ...news }))
}

const HELD = { client_a: ['a', 'b', 'c'], client_b: ['d', 'e'] } as const

/** Snapshots of two clients, again and again, most of them at odds with what is stored. */
const aSnapshot = aClientName.chain((id) =>
  fc
    .record({
      sessions: fc.tuple(...HELD[id].map((name) => newsOf(name, id))).chain((all) => fc.subarray(all)),
      sessionIds: fc.subarray([...HELD[id], 'new', 'nobody']).map((names) => names.map((name) => `sess_${name}`)),
      lastActiveSessionId: fc.constantFrom(null, 'sess_a', 'sess_b', 'sess_nobody'),
      updatedAt: fc.integer({ min: 0, max: 2 * END }),
    })
    .map((client) => {
      return JSON.stringify({ object: 'client', id, signInId: null, signUpId: null, createdAt: 1, ...client })
    }),
)

const anImport = fc
  .array(aSnapshot, { minLength: 1, maxLength: 3 })
  .map((documents) => step(`import ${documents.join(' ')}`, (tenure) => allOf(tenure.importClients(documents))))

/** A snapshot of the newest client, which mostly a sign-in has made: newer than what is stored of it, or older. */
const anImportOntoAny = fc
  .record({
    session: newsOf('late', ''),
    sessionIds: fc.subarray(['sess_late', 'sess_a']),
    updatedAt: fc.integer({ min: 0, max: 2 * END }),
  })
  .map(({ session, sessionIds, updatedAt }) =>
    step(`import late ${JSON.stringify({ session, sessionIds, updatedAt })}`, async (tenure) => {
      const [client] = (await tenure.listClients({ limit: 1 })).items
      if (client === undefined) return
      const { id, createdAt } = client
      const rest = { signInId: null, signUpId: null, lastActiveSessionId: null, updatedAt, createdAt }
      const document = { object: 'client', id, sessionIds, sessions: [{ ...session, clientId: id }], ...rest }
      await allOf(tenure.importClients([document]))
    }),
  )

/** Mostly forwards, past a deadline or two; a clock may step back. */
const aWait = fc
  .integer({ min: -3, max: END / 2 })
  .map((gap) => step(`wait ${gap}`, async (_, clock) => clock.advanceTo(Math.max(0, clock.now() + gap))))

const aStep = fc.oneof(
  { weight: 4, arbitrary: aCommand },
  { weight: 3, arbitrary: aSignIn },
  { weight: 3, arbitrary: aWait },
  { weight: 2, arbitrary: anImport },
  { weight: 1, arbitrary: anImportOntoAny },
  { weight: 2, arbitrary: housekeeping },
  { weight: 1, arbitrary: aSignOut },
  { weight: 1, arbitrary: aRevocation },
)

const aPolicy = fc
  .record({
    policy: aSmallPolicy,
    retention: fc.integer({ min: 1, max: 6 }),
    maximum: fc.constantFrom(
      { maximumSessionsPerUser: null, onOverflow: null } as const,
      { maximumSessionsPerUser: 1, onOverflow: 'replace-oldest' } as const,
      { maximumSessionsPerUser: 2, onOverflow: 'reject' } as const,
    ),
  })
  .map(({ policy, retention, maximum }) => ({ ...policy, ...maximum, retention: retention as typeof policy.retention }))

test('whatever is asked, imported, swept and purged, the ledger replays to the rows', async () => {
  let purged = 0
  let imported = 0
  await fc.assert(
    fc.asyncProperty(aPolicy, fc.array(aStep, { maxLength: 40, size: 'max' }), async (policy, steps) => {
      const clock = new ManualClock()
      await using tenure = await openTenure({
        store: 'sqlite::memory:',
        policy,
        clock,
        randomness: countedRandomness(),
      })
      for (const { run } of steps) await run(tenure, clock)
      const audit = tenure.audit()
      const { value } = await audit.next()
      assert.ok('entries' in value, JSON.stringify(value))
      purged += value.purged
      const { items } = await tenure.history({ limit: 1000 })
      imported += items.filter(({ cause, from }) => cause === 'import' && from !== null).length
    }),
    { numRuns: 300 },
  )
  // A run that never came so far would say nothing.
  assert.ok(purged > 20 && imported > 10, `${purged} purged, ${imported} changed by an import`)
})

overStores((kind) => {
  test('an audit goes by one moment, and neither keeps others from writing nor sees what they write', async () => {
    await using service = await openService(kind)
    const { tenure, store } = service
    for (let count = 0; count < 20; count += 1) await signedIn(tenure, `user_${count}`, { sessionId: `sess_${count}` })
    const watched = interposedStore(store, {
      snapshot: async () => {
        const snapshot = await store.snapshot()
        for (let count = 0; count < 20; count += 1) assert.ok((await tenure.end(`sess_${count}`)).changed)
        return snapshot
      },
    })
    const audit = (await service.over(watched)).audit()
    const totals = { clients: 20, sessions: 20, purged: 0, entries: 20, differences: 0 }
    assert.deepEqual(await audit.next(), { done: true, value: totals })
  })

  test('an audit that is broken off lets go of its snapshot', async () => {
    await using service = await openService(kind)
    const { tenure, clock } = service
    await signedIn(tenure, 'ann', { sessionId: 'a' })
    const audit = tenure.audit()
    await audit.return({ clients: 0, sessions: 0, purged: 0, entries: 0, differences: 0 })
    clock.advanceTo(START + 1)
    assert.ok((await tenure.end('a')).changed)
    await tenure.close()
  })
})
