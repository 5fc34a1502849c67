/** Random programs for Tenure, run against the model and a store alike; each command says what it does, in words. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { nextDeadline } from '../../src/domain/deadlines.ts'
import type { ClientId, SessionId, UserId } from '../../src/domain/session.ts'
import { STATUSES } from '../../src/domain/status.ts'
import type { Transition } from '../../src/domain/transition.ts'
import type { ClientCommand } from '../../src/lifecycle/index.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import type { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store } from '../../src/store/port.ts'
import type { TenureModel } from './model.ts'
import { dumpOf } from './stored.ts'
import './seed.ts'

/** What a program runs against. Of several, each command is given to the next: two processes on one database. */
export interface Real {
  readonly tenures: readonly Tenure[]
  readonly clock: ManualClock
  turn: number
}

type Command = fc.AsyncCommand<TenureModel, Real>

/** Where a program takes its clients from: by the order they were made in, whichever ids they have. */
const ANYWHERE = 'a new client'

function step(words: string, run: (model: TenureModel, tenure: Tenure, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    async run(model, real) {
      const tenure = real.tenures[real.turn % real.tenures.length] as Tenure
      real.turn += 1
      await run(model, tenure, real)
    },
    toString: () => words,
  }
}

/** The transitions of several clients come in any order of clients; those of one in theirs. */
function byClient(outcome: object & { readonly transitions?: readonly Transition[] | undefined }): object {
  const { transitions } = outcome
  if (transitions === undefined) return outcome
  const clients = [...new Set(transitions.map(({ clientId }) => clientId))].sort()
  return { ...outcome, transitions: clients.flatMap((id) => transitions.filter(({ clientId }) => clientId === id)) }
}

const aUser = fc.constantFrom('ann', 'ben', 'cho')
const aSession = fc.constantFrom('s0', 's1', 's2', 's3', 's4', 's5', 'nobody')
const aPlace = fc.nat({ max: 3 })

function clientAt({ clients }: TenureModel, place: number): ClientId {
  return [...clients.keys()][place] ?? ('client_nobody' as ClientId)
}

const signIn = fc
  .record({
    userId: aUser,
    where: fc.oneof({ weight: 1, arbitrary: fc.constant(ANYWHERE) }, { weight: 2, arbitrary: aPlace }),
    sessionId: fc.option(fc.constantFrom('s0', 's1', 's2', 's3', 's4', 's5'), { nil: undefined, freq: 8 }),
    status: fc.constantFrom('active' as const, 'active' as const, 'pending' as const),
  })
  .map(({ userId, where, sessionId, status }) => {
    const place = typeof where === 'number' ? `client ${where}` : where
    return step(`${userId} signs in on ${place} as ${sessionId ?? 'anything'}, ${status}`, async (model, tenure) => {
      const clientId = typeof where === 'number' ? clientAt(model, where) : undefined
      const outcome = await tenure.signIn({ userId, clientId, sessionId, status })
      const { session } = outcome
      const made = session === null ? null : { sessionId: session.id, clientId: session.clientId }
      const request = { userId: userId as UserId, clientId, sessionId: sessionId as SessionId | undefined, status }
      assert.deepEqual(byClient(outcome), byClient(model.signIn(request, made)))
    })
  })

const COMMANDS = ['touch', 'touch', 'touch', 'requireTask', 'completeTasks', 'end', 'revoke', 'remove'] as const

const command = fc.tuple(fc.constantFrom(...COMMANDS), aSession).map(([name, id]) =>
  step(`${id} is given: ${name}`, async (model, tenure) => {
    assert.deepEqual(await tenure[name](id), model.command(id as SessionId, name satisfies ClientCommand))
  }),
)

const signOut = fc.tuple(aPlace, fc.constantFrom('end' as const, 'remove' as const)).map(([place, how]) =>
  step(`client ${place} is signed out: ${how}`, async (model, tenure) => {
    const clientId = clientAt(model, place)
    assert.deepEqual(await tenure.signOutClient(clientId, how), model.signOut(clientId, how))
  }),
)

const revokeAll = fc.tuple(fc.oneof(aUser, aPlace), fc.option(aSession, { nil: undefined })).map(([whose, except]) => {
  const words = typeof whose === 'number' ? `client ${whose}` : whose
  return step(
    `all of ${words} are revoked${except === undefined ? '' : ` except ${except}`}`,
    async (model, tenure) => {
      const of = typeof whose === 'number' ? { clientId: clientAt(model, whose) } : { userId: whose as UserId }
      assert.deepEqual(await tenure.revokeAll({ ...of, except }), model.revokeAll(of, except as SessionId | undefined))
    },
  )
})

/** Mostly short, so that a program passes close by every deadline of the small world; some steps go back. */
const time = fc
  .oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: -6, max: -1 }) },
  )
  .map((by) =>
    step(by > 0 ? `${by} ms pass` : `the clock steps back by ${-by} ms`, async (model, _, { clock }) => {
      clock.advanceTo(Math.max(0, clock.now() + by))
      model.now = clock.now()
    }),
  )

const verify = aSession.map((id) =>
  step(`${id} is verified`, async (model, tenure) => {
    assert.deepEqual(await tenure.verify(id), model.verify(id as SessionId))
    assert.deepEqual(await tenure.getSession(id), model.getSession(id as SessionId))
  }),
)

const look = aPlace.map((place) =>
  step(`client ${place} is looked at`, async (model, tenure) => {
    const id = clientAt(model, place)
    assert.deepEqual(await tenure.getClient(id), model.getClient(id))
  }),
)

const list = fc
  .record({
    userId: fc.option(aUser, { nil: undefined }),
    status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined, freq: 4 }),
    offset: fc.nat({ max: 2 }),
    limit: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ userId, status, offset, limit }) =>
    step(
      `${limit} of ${userId ?? 'everybody'} are listed from ${offset} on, ${status ?? 'all'}`,
      async (model, tenure) => {
        const expected = model.list(userId as UserId | undefined, status)
        const page = await tenure.listSessions({ userId, status, offset, limit })
        assert.deepEqual(
          [page.items.map(({ id }) => id), page.total],
          [expected.slice(offset, offset + limit), expected.length],
        )
        assert.deepEqual(
          page.items,
          page.items.map(({ id }) => model.getSession(id)),
        )
      },
    ),
  )

const sweep = fc.constant(
  step('a sweep', async (model, tenure) => assert.deepEqual(await tenure.sweep(), model.sweep())),
)

const purge = fc.constant(
  step('a purge', async (model, tenure) => assert.deepEqual(await tenure.purge(), model.purge())),
)

/** A program of up to so many commands. */
export function aProgram(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const kinds = [
    signIn,
    signIn,
    signIn,
    command,
    command,
    command,
    time,
    time,
    verify,
    look,
    list,
    sweep,
    signOut,
    revokeAll,
    purge,
  ]
  return fc.commands(kinds, { maxCommands, size: 'max' })
}

/** Holds every row and every ledger entry of a store to the model's. */
export async function assertSameRows(store: Store, model: TenureModel): Promise<void> {
  const { clients, records } = await dumpOf(store)
  const undocumented = [...model.clients.values()].toSorted(byId).map((client) => ({
    ...{ ...client, document: null },
    sessions: client.sessions.map((session) => ({ ...session, document: null })),
  }))
  assert.deepEqual(clients, undocumented)
  const told = new Set(model.ledger.map(({ sessionId }) => sessionId))
  assert.deepEqual(
    records.map(({ sessionId }) => sessionId),
    [...told].sort(),
  )
  const sessions = new Map(model.sessions.map((session) => [session.id, session]))
  for (const { sessionId, entries, purge, dueAt } of records) {
    const expected = model.ledger.filter((entry) => entry.sessionId === sessionId)
    assert.deepEqual(
      entries.map(({ sequence: _, ...entry }) => entry),
      expected,
    )
    assert.equal(purge?.purgedAt, model.purged.get(sessionId))
    const session = sessions.get(sessionId)
    assert.equal(dueAt, session === undefined ? null : nextDeadline(session))
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
