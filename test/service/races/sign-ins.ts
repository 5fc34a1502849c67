/**
 * Sign-ins at once with each other, and with what ends sessions: in every order of their reads and writes, what comes of
 * them is what comes of one after the other.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tenure } from '../../../src/service/tenure.ts'
import { type Lane, type Race, runRace } from '../../support/races.ts'
import { signedIn } from '../../support/services.ts'
import type { StoreKind } from '../../support/stores.ts'

async function expectOf<Setup>(kind: StoreKind, race: Race<Setup>, expected: readonly string[]): Promise<void> {
  assert.deepEqual([...(await runRace(kind, race))].sort(), expected.toSorted())
}

/** The statuses of a user's sessions in the order of their names: `old active, x replaced`. */
async function told({ tenure, id }: Lane, user = 'ann'): Promise<string> {
  const { items } = await tenure.listSessions({ userId: id(user) })
  const sessions = items.map((session) => `${session.id.replace(id(''), '')} ${session.status}`)
  return sessions.sort().join(', ')
}

const as =
  (name: string) =>
  (tenure: Tenure, clientId: string | undefined, { id }: Lane) =>
    tenure.signIn({ userId: id('ann'), sessionId: id(name), clientId })
const asX = as('x')
const asY = as('y')

/** A client on which `ann` is signed in as `old`. */
async function annAsOld({ tenure, id, clocks }: Lane): Promise<string> {
  const { clientId } = await signedIn(tenure, id('ann'), { sessionId: id('old') })
  for (const clock of clocks) clock.advanceBy(1)
  return clientId
}

export function signIns(kind: StoreKind): void {
  test('one user signs in twice on one client: exactly one session is live', async () => {
    const race: Race<string> = { setUp: annAsOld, parties: [asX, asY], tell: (lane) => told(lane) }
    await expectOf(kind, race, [
      'changed, changed; old replaced, x active, y replaced',
      'changed, changed; old replaced, x replaced, y active',
    ])
  })

  test('one sign-in is given twice on one client: it happens once', async () => {
    const race: Race<string> = { setUp: annAsOld, parties: [asX, asX], tell: (lane) => told(lane) }
    await expectOf(kind, race, [
      'changed, repeated; old replaced, x active',
      'repeated, changed; old replaced, x active',
    ])
  })

  test('one sign-in is given twice without a client: it happens once, on one new client', async () => {
    const race: Race<undefined> = {
      setUp: async () => undefined,
      parties: [asX, asX],
      async tell(lane) {
        assert.equal((await lane.tenure.listClients({ userId: lane.id('ann') })).total, 1)
        return told(lane)
      },
    }
    await expectOf(kind, race, ['changed, repeated; x active', 'repeated, changed; x active'])
  })

  test('two users sign in under one id: it is one of them', async () => {
    const race: Race<undefined> = {
      setUp: async () => undefined,
      parties: [asX, (tenure, _, { id }) => tenure.signIn({ userId: id('ben'), sessionId: id('x') })],
      tell: async (lane) => `ann: ${await told(lane)}; ben: ${await told(lane, 'ben')}`,
    }
    await expectOf(kind, race, ['changed, id-taken; ann: x active; ben: ', 'id-taken, changed; ann: ; ben: x active'])
  })

  for (const [what, setUp] of [
    ['who never signed in', async (): Promise<undefined> => undefined],
    ['who signed in and out before', annAsOldAndOut],
  ] as const) {
    const before = setUp === annAsOldAndOut ? 'old ended, ' : ''

    test(`two sign-ins on new clients of a user ${what}: a maximum of one that rejects lets one through`, async () => {
      const policy = { maximumSessionsPerUser: 1, onOverflow: 'reject' } as const
      const race: Race<undefined> = { policy, setUp, parties: [asX, asY], tell: (lane) => told(lane) }
      await expectOf(kind, race, [
        `changed, too-many-sessions; ${before}x active`,
        `too-many-sessions, changed; ${before}y active`,
      ])
    })

    test(`two sign-ins on new clients of a user ${what}: a maximum of one that replaces leaves one live`, async () => {
      const policy = { maximumSessionsPerUser: 1, onOverflow: 'replace-oldest' } as const
      const race: Race<undefined> = { policy, setUp, parties: [asX, asY], tell: (lane) => told(lane) }
      await expectOf(kind, race, [
        `changed, changed; ${before}x active, y replaced`,
        `changed, changed; ${before}x replaced, y active`,
      ])
    })
  }

  test('two sign-ins under a maximum of two: the oldest elsewhere makes way once', async () => {
    const policy = { maximumSessionsPerUser: 2, onOverflow: 'replace-oldest' } as const
    const race: Race<undefined> = {
      ...{ policy, parties: [asX, asY], tell: (lane) => told(lane) },
      async setUp(lane) {
        await annAsOld(lane)
        await signedIn(lane.tenure, lane.id('ann'), { sessionId: lane.id('newer') })
      },
    }
    await expectOf(kind, race, ['changed, changed; newer replaced, old replaced, x active, y active'])
  })

  test('a sign-in that replaces elsewhere, while that one is revoked: it is told what happened', async () => {
    const policy = { maximumSessionsPerUser: 1, onOverflow: 'replace-oldest' } as const
    const race: Race<undefined> = {
      ...{ policy, tell: (lane) => told(lane) },
      setUp: async (lane) => void (await annAsOld(lane)),
      parties: [asX, (tenure, _, { id }) => tenure.revoke(id('old'))],
    }
    await expectOf(kind, race, ['changed, changed; old revoked, x active', 'changed, replaced; old replaced, x active'])
  })

  test('a sign-in while the session before it is revoked: replaced or revoked, and never live again', async () => {
    const race: Race<string> = {
      ...{ setUp: annAsOld, tell: (lane) => told(lane) },
      parties: [asX, (tenure, _, { id }) => tenure.revoke(id('old'))],
    }
    await expectOf(kind, race, ['changed, changed; old revoked, x active', 'changed, replaced; old replaced, x active'])
  })

  test("a sign-in while all of the user's sessions are revoked: what was there is over", async () => {
    const race: Race<string> = {
      ...{ turns: [4, 3], gatesLookups: true, setUp: annAsOld, tell: (lane) => told(lane) },
      parties: [asX, (tenure, _, { id }) => tenure.revokeAll({ userId: id('ann') })],
    }
    await expectOf(kind, race, [
      'changed, revoked 1; old replaced, x revoked',
      'changed, revoked 1; old revoked, x active',
    ])
  })

  test('two sign-ins in single mode that rejects: one of them is in', async () => {
    const policy = { sessionMode: 'single', onConflict: 'reject' } as const
    const race: Race<string> = {
      ...{ policy, tell: (lane) => told(lane, 'ben') },
      async setUp(lane) {
        const clientId = await annAsOld(lane)
        await lane.tenure.end(lane.id('old'))
        return clientId
      },
      parties: ['x', 'y'].map(
        (name) =>
          (tenure: Tenure, clientId: string, { id }: Lane) =>
            tenure.signIn({ userId: id('ben'), sessionId: id(name), clientId }),
      ) as unknown as Race<string>['parties'],
    }
    await expectOf(kind, race, ['changed, session-exists; x active', 'session-exists, changed; y active'])
  })

  test('a sign-in under the id of a session that is being purged: the id stays taken', async () => {
    const race: Race<string> = {
      ...{ policy: { retention: 1 }, turns: [3, 4], gatesLookups: true, tell: (lane) => told(lane) },
      async setUp(lane) {
        const clientId = await annAsOld(lane)
        await signedIn(lane.tenure, lane.id('ben'), { clientId })
        await lane.tenure.end(lane.id('old'))
        for (const clock of lane.clocks) clock.advanceBy(1)
        return clientId
      },
      parties: [(tenure) => tenure.purge(), as('old')],
    }
    await expectOf(kind, race, ['changed, id-taken; '])
  })
}

async function annAsOldAndOut(lane: Lane): Promise<undefined> {
  await annAsOld(lane)
  await lane.tenure.end(lane.id('old'))
}
