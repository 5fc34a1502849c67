/** A client's snapshots, taken while it was used elsewhere, come in any order and any number of times. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClientId } from '../../src/domain/session.ts'
import { commandClient, settleClient, signInClient } from '../../src/lifecycle/client.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { aName, aUser } from '../support/arbitraries.ts'
import type { Document } from '../support/documents.ts'
import { exportAll, importAll } from '../support/imports.ts'
import { aPolicy, at, sess } from '../support/sessions.ts'
import { allOf } from '../support/stored.ts'
import '../support/seed.ts'

// Deadlines count from the creation: one that slides could be past in an old snapshot and not in a new one.
const policy = aPolicy({ maximumLifetime: 30, abandonment: { after: 50, from: 'creation' }, touchInterval: 0 })

const COMMANDS = ['touch', 'touch', 'requireTask', 'completeTasks', 'end', 'revoke', 'remove', 'settle'] as const

const aStep = fc.record({
  gap: fc.integer({ min: 1, max: 9 }),
  name: aName,
  user: aUser,
  // Of a session that is not there every command is a sign-in.
  command: fc.constantFrom(...COMMANDS),
})

/** A client that nobody has signed in on. */
const EMPTY = {
  object: 'client',
  id: 'client_a' as ClientId,
  sessionIds: [],
  sessions: [],
  signInId: null,
  signUpId: null,
  lastActiveSessionId: null,
  createdAt: at(0),
  updatedAt: at(0),
}

/** The client's snapshots after each step, and the instant of the last. */
const aHistory = fc.array(aStep, { minLength: 3, maxLength: 14 }).map((steps) => {
  let now = 0
  let client: typeof EMPTY = EMPTY
  const snapshots: Document[] = [EMPTY]
  for (const { gap, name, user, command } of steps) {
    now += gap
    const id = sess(name)
    const options = { policy }
    const arrival = { object: 'session', id, userId: user }
    if (command === 'settle') client = settleClient(client, at(now)).client
    else if (client.sessions.every((session: { readonly id: string }) => session.id !== id)) {
      client = signInClient(client, arrival, at(now), options).client
    } else client = commandClient(client, id, command, at(now), options).client
    snapshots.push(client)
  }
  return { snapshots, now }
})

/** Every snapshot at least once, some more often, in any order. */
function shuffled(snapshots: readonly Document[]): fc.Arbitrary<readonly Document[]> {
  const again = fc.array(fc.constantFrom(...snapshots), { maxLength: 4 })
  return again.chain((more) => {
    const all = [...snapshots, ...more]
    return fc.shuffledSubarray(all, { minLength: all.length })
  })
}

/** What an export has of documents that were imported, some to a stream, at an instant. */
async function exported(streams: readonly (readonly Document[])[], now: number): Promise<readonly string[]> {
  await using tenure = await openTenure({ store: 'sqlite::memory:', clock: new ManualClock(now), policy })
  for (const stream of streams) await importAll(tenure, stream)
  assert.deepEqual(await allOf(tenure.audit()), [])
  return exportAll(tenure)
}

const aRun = aHistory.chain(({ snapshots, now }) =>
  fc.record({
    newest: fc.constant(snapshots.at(-1) as Document),
    order: shuffled(snapshots),
    cut: fc.nat({ max: snapshots.length }),
    // Deadlines may have fallen since, and nobody has swept.
    now: fc.nat({ max: 60 }).map((later) => now + later),
  }),
)

test('snapshots in any order, and any of them again, end where the newest alone does', async () => {
  let live = 0
  const property = fc.asyncProperty(aRun, async ({ newest, order, cut, now }) => {
    const alone = await exported([[newest]], now)
    if (/"(?:active|pending)"/.test(alone[0] ?? '')) live += 1
    assert.deepEqual(await exported([order], now), alone, 'in one transaction')
    assert.deepEqual(await exported([order.slice(0, cut), order.slice(cut)], now), alone, 'in two')
    assert.deepEqual(
      await exported(
        order.map((document) => [document]),
        now,
      ),
      alone,
      'each by itself',
    )
  })
  await fc.assert(property, { numRuns: 60 })
  assert.ok(live > 10, `only ${live} clients were live in the end`)
})
