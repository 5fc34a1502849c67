/**
 * Two commands at once: what comes of them is what comes of one after the other, in every order of their reads and writes.
 *
 * Each test lists everything that may come of it, and every line comes of some order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lane, type Race, runRace } from '../../support/races.ts'
import { START, signedIn } from '../../support/services.ts'
import type { StoreKind } from '../../support/stores.ts'

async function expectOf<Setup>(kind: StoreKind, race: Race<Setup>, expected: readonly string[]): Promise<void> {
  assert.deepEqual([...(await runRace(kind, race))].sort(), expected.toSorted())
}

/** Signs users in on one client, each a millisecond after the other; the last is last active. */
async function aClientOf({ tenure, id, clocks }: Lane, ...users: readonly string[]): Promise<string> {
  let clientId: string | undefined
  for (const name of users) {
    for (const clock of clocks) clock.advanceBy(1)
    clientId = (await signedIn(tenure, id(name), { sessionId: id(name), clientId })).clientId
  }
  for (const clock of clocks) clock.advanceBy(1)
  assert.ok(clientId)
  return clientId
}

/** The statuses of this run's sessions, in the order they were created, and which one is last active. */
async function told({ tenure, id }: Lane, clientId: string): Promise<string> {
  const client = await tenure.getClient(clientId)
  const { items } = await tenure.listSessions({ clientId })
  const nameOf = (session: string | null | undefined) => session?.replace(id(''), '') ?? 'nobody'
  const sessions = items.toReversed().map((session) => `${nameOf(session.id)} ${session.status}`)
  return `${sessions.join(', ')}; last active ${nameOf(client?.lastActiveSessionId)}`
}

export function interleavings(kind: StoreKind): void {
  test('a revoke and a touch: it is revoked in the end, and no extension revives it', async () => {
    const race: Race<string> = {
      policy: { inactivityTimeout: 1_000 },
      setUp: (lane) => aClientOf(lane, 'ann'),
      parties: [(tenure, _, { id }) => tenure.revoke(id('ann')), (tenure, _, { id }) => tenure.touch(id('ann'))],
      async tell(lane, clientId) {
        assert.equal((await lane.tenure.verify(lane.id('ann'))).live, false)
        assert.equal((await lane.tenure.touch(lane.id('ann'))).changed, false)
        return told(lane, clientId)
      },
    }
    await expectOf(kind, race, [
      'changed, changed; ann revoked; last active nobody',
      'changed, revoked; ann revoked; last active nobody',
    ])
  })

  test('a revoke and a touch that makes the session last active: the dead one is not', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann', 'ben'),
      parties: [(tenure, _, { id }) => tenure.revoke(id('ann')), (tenure, _, { id }) => tenure.touch(id('ann'))],
      tell: told,
    }
    await expectOf(kind, race, [
      'changed, changed; ann revoked, ben active; last active ben',
      'changed, revoked; ann revoked, ben active; last active ben',
    ])
  })

  test('an end and an end: one of them did it, and it is told once', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann'),
      parties: [(tenure, _, { id }) => tenure.end(id('ann')), (tenure, _, { id }) => tenure.end(id('ann'))],
      async tell(lane, clientId) {
        assert.equal((await lane.tenure.history({ sessionId: lane.id('ann') })).total, 2)
        return told(lane, clientId)
      },
    }
    await expectOf(kind, race, [
      'changed, repeated; ann ended; last active nobody',
      'repeated, changed; ann ended; last active nobody',
    ])
  })

  test('a removal and a touch: it is removed in the end, and not shown', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann', 'ben'),
      parties: [(tenure, _, { id }) => tenure.remove(id('ben')), (tenure, _, { id }) => tenure.touch(id('ben'))],
      async tell(lane, clientId) {
        assert.deepEqual((await lane.tenure.getClient(clientId))?.sessionIds, [lane.id('ann')])
        return told(lane, clientId)
      },
    }
    await expectOf(kind, race, [
      'changed, changed; ann active, ben removed; last active ann',
      'changed, removed; ann active, ben removed; last active ann',
    ])
  })

  test('a session ends while its heir ends: whoever is left is last active', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann', 'ben', 'cho'),
      parties: [(tenure, _, { id }) => tenure.end(id('cho')), (tenure, _, { id }) => tenure.end(id('ben'))],
      tell: told,
    }
    await expectOf(kind, race, ['changed, changed; ann active, ben ended, cho ended; last active ann'])
  })

  test('a session ends while its heir is touched: the heir is last active, whoever else was before', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann', 'ben', 'cho'),
      parties: [(tenure, _, { id }) => tenure.end(id('cho')), (tenure, _, { id }) => tenure.touch(id('ann'))],
      tell: told,
    }
    await expectOf(kind, race, ['changed, changed; ann active, ben active, cho ended; last active ann'])
  })

  test('a task is required while the session is touched: both have happened', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann'),
      parties: [(tenure, _, { id }) => tenure.requireTask(id('ann')), (tenure, _, { id }) => tenure.touch(id('ann'))],
      async tell(lane, clientId) {
        const session = await lane.tenure.getSession(lane.id('ann'))
        assert.deepEqual([session?.version, session?.lastActiveAt], [3, START + 2])
        return told(lane, clientId)
      },
    }
    await expectOf(kind, race, ['changed, changed; ann pending; last active ann'])
  })

  test('two sessions of a client are touched: both have happened, and one of them is last active', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann', 'ben', 'cho'),
      parties: [(tenure, _, { id }) => tenure.touch(id('ann')), (tenure, _, { id }) => tenure.touch(id('ben'))],
      tell: told,
    }
    await expectOf(kind, race, [
      'changed, changed; ann active, ben active, cho active; last active ann',
      'changed, changed; ann active, ben active, cho active; last active ben',
    ])
  })

  // What is in memory has one clock, and nobody races by two.
  if (kind.isShared) {
    test('a sweep and a touch by a clock that is behind: extended and spared, or expired for good', async () => {
      const race: Race<string> = {
        policy: { inactivityTimeout: 100 },
        turns: [3, 2],
        gatesLookups: true,
        async setUp(lane) {
          const clientId = await aClientOf(lane, 'ann')
          const deadline = START + 1 + 100
          lane.clocks[0].advanceTo(deadline)
          lane.clocks[1].advanceTo(deadline - 1)
          return clientId
        },
        parties: [(tenure) => tenure.sweep(), (tenure, _, { id }) => tenure.touch(id('ann'))],
        tell: told,
      }
      await expectOf(kind, race, [
        'settled 0, changed; ann active; last active ann',
        'settled 1, expired; ann expired; last active nobody',
      ])
    })
  }

  test('a client is signed out while another user signs in on it: ended too, or active alone', async () => {
    const race: Race<string> = {
      setUp: (lane) => aClientOf(lane, 'ann'),
      parties: [
        (tenure, clientId) => tenure.signOutClient(clientId, 'end'),
        (tenure, clientId, { id }) => tenure.signIn({ userId: id('ben'), clientId }),
      ],
      async tell({ tenure }, clientId) {
        return (await tenure.listSessions({ clientId })).items.map(({ status }) => status).join(' ')
      },
    }
    await expectOf(kind, race, ['changed, changed; active ended', 'changed, changed; ended ended'])
  })
}
