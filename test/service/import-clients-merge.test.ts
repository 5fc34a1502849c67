/** Merging, as properties of any client and any snapshots of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Client } from '../../src/domain/session.ts'
import { isLive, rankOf } from '../../src/domain/status.ts'
import { statusAt } from '../../src/lifecycle/settle-session.ts'
import { mergeClient } from '../../src/service/import/merge-client.ts'
import type { Snapshot } from '../../src/service/import/read-snapshot.ts'
import type { StoredClient } from '../../src/store/port.ts'
import { aClientOfDistinct, anInstant } from '../support/arbitraries.ts'
import '../support/seed.ts'

/** Of one client, whose sessions are of one user and one creation each, as an import would have it. */
const aSnapshot = fc.tuple(aClientOfDistinct, fc.nat({ max: 2 })).map(([drawn, revision]): Snapshot => {
  const sessions = drawn.sessions.map((session) => ({
    ...session,
    userId: `user_${session.id}` as typeof session.userId,
    createdAt: 1 as EpochMs,
  }))
  const client: Client = { ...drawn, sessions, createdAt: 0 as EpochMs }
  const text = (id: string) => ({ form: 'sdk' as const, text: JSON.stringify({ id, revision }) })
  const documents = { client: text(client.id), sessions: sessions.map(({ id }) => text(id)) }
  return { id: client.id, client, documents, characters: 0 }
})

const purged = fc.constant(new Set<never>())
const policy = fc.constantFrom({ sessionMode: 'multi' } as const, { sessionMode: 'single' } as const)
const importing = fc.record({ now: anInstant, purged, policy })

/** What some snapshots leave, one after the other, each imported at an instant of its own. */
const aStored = fc
  .array(fc.tuple(aSnapshot, importing), { minLength: 1, maxLength: 3 })
  .map((imports) => imports.reduce(mergedInto, null) as StoredClient)

function mergedInto(
  stored: StoredClient | null,
  [snapshot, how]: readonly [Snapshot, Parameters<typeof mergeClient>[2]],
) {
  return mergeClient(stored, snapshot, how).client
}

test('no snapshot raises the rank of a stored session, as it is stored or as it is at the instant of the import', () => {
  let fallen = 0
  const property = fc.property(aStored, aSnapshot, importing, (stored, snapshot, how) => {
    const { client } = mergeClient(stored, snapshot, how)
    for (const [index, before] of stored.sessions.entries()) {
      const after = client.sessions[index] ?? assert.fail('a session that was stored is gone')
      assert.equal(after.id, before.id)
      assert.ok(rankOf(after.status) <= rankOf(before.status))
      assert.ok(rankOf(statusAt(after, how.now)) <= rankOf(statusAt(before, how.now)))
      if (rankOf(after.status) < rankOf(before.status)) fallen += 1
      assert.ok(after.updatedAt >= before.updatedAt)
    }
    assert.ok(client.updatedAt >= stored.updatedAt)
  })
  fc.assert(property, { numRuns: 2000 })
  assert.ok(fallen > 200, `only ${fallen} statuses fell in all the runs`)
})

test('a session that is dead at an instant was dead then before the snapshot, at every instant after the import too', () => {
  const property = fc.property(aStored, aSnapshot, importing, anInstant, (stored, snapshot, how, later) => {
    const { client } = mergeClient(stored, snapshot, how)
    for (const [index, before] of stored.sessions.entries()) {
      const after = client.sessions[index] ?? assert.fail()
      if (isLive(statusAt(before, how.now))) continue
      assert.ok(rankOf(statusAt(after, later)) <= rankOf(statusAt(before, later)), `at ${later}`)
    }
  })
  fc.assert(property, { numRuns: 2000 })
})

test('a snapshot that is imported twice changes nothing the second time, however much later', () => {
  const property = fc.property(aStored, aSnapshot, importing, anInstant, (stored, snapshot, how, later) => {
    const { client } = mergeClient(stored, snapshot, how)
    const now = Math.max(how.now, later) as EpochMs
    const again = mergeClient(client, snapshot, { ...how, now })
    assert.equal(again.client, client)
    assert.deepEqual([again.transitions, again.added, again.changed], [[], [], []])
  })
  fc.assert(property, { numRuns: 2000 })
})

test('the transitions of a merge lead from what was stored to what comes of it, each from where the last one led', () => {
  const property = fc.property(aStored, aSnapshot, importing, (stored, snapshot, how) => {
    const { client, transitions, added } = mergeClient(stored, snapshot, how)
    for (const after of client.sessions) {
      const own = transitions.filter(({ sessionId }) => sessionId === after.id)
      let status = stored.sessions.find(({ id }) => id === after.id)?.status ?? null
      for (const { from, to, recordedAt } of own) {
        assert.equal(from, status)
        assert.equal(recordedAt, how.now)
        status = to
      }
      assert.equal(after.status, status)
      assert.equal(
        added.includes(after.id),
        own.some(({ from }) => from === null),
      )
      for (const { at } of own) assert.ok(at <= after.updatedAt)
    }
  })
  fc.assert(property, { numRuns: 1000 })
})

test('every live session that a client holds is listed, where each snapshot listed all of its own', () => {
  const whole = aSnapshot.map((snapshot) => {
    const sessionIds = snapshot.client.sessions.filter(({ status }) => status !== 'removed').map(({ id }) => id)
    return { ...snapshot, client: { ...snapshot.client, sessionIds } }
  })
  const property = fc.property(fc.array(fc.tuple(whole, importing), { minLength: 1, maxLength: 4 }), (imports) => {
    const client = imports
      .map(([snapshot, how]) => [snapshot, { ...how, policy: { sessionMode: 'multi' } }] as const)
      .reduce(mergedInto, null) as StoredClient
    const held = client.sessions.filter(({ status }) => status !== 'removed').map(({ id }) => id)
    assert.deepEqual([...client.sessionIds].sort(), held.sort())
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a last active session that a snapshot had live is live where it is named, or nobody is', () => {
  const property = fc.property(aStored, aSnapshot, importing, (stored, snapshot, how) => {
    const { client } = mergeClient(stored, snapshot, how)
    const isNewer = snapshot.client.updatedAt >= stored.updatedAt
    const source: Client = isNewer ? snapshot.client : stored
    const named = source.lastActiveSessionId
    const isLiveIn = ({ sessions }: Client, id: string | null) =>
      sessions.some((session) => session.id === id && isLive(session.status))
    if (isLiveIn(source, named)) {
      assert.ok(client.lastActiveSessionId === null || isLiveIn(client, client.lastActiveSessionId))
      if (isLiveIn(client, named)) assert.equal(client.lastActiveSessionId, named)
    } else assert.equal(client.lastActiveSessionId, named)
  })
  fc.assert(property, { numRuns: 1000 })
})
