/**
 * Generated sessions and clients that live in a world of few instants, 0 to {@link END}, so that ties, equal deadlines,
 * abandonment before expiry and sessions created after another's deadline come up in most runs.
 */
import fc from 'fast-check'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Client, ClientId, Session, SessionId } from '../../src/domain/session.ts'
import { STATUSES } from '../../src/domain/status.ts'
import { aPolicy, deepFreeze, sess, user } from './sessions.ts'
import './seed.ts'

/** The last instant of the small world. */
export const END = 16

export const anInstant: fc.Arbitrary<EpochMs> = fc.integer({ min: 0, max: END }).map((each) => each as EpochMs)

/** Mostly live: closed sessions have no fate to test. */
const aStatus = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('pending' as const, 'active' as const) },
  { weight: 1, arbitrary: fc.constant('expired' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...STATUSES) },
)

// By code unit 'Z' < 'a' < '\u{1f600}' < '\uffff', though by code point the last two stand the other way round.
const NAMES = ['Z', 'a', 'b', 'c', '\u{1f600}', '\uffff']
export const aName = fc.constantFrom(...NAMES)
export const aUser = fc.constantFrom('ann', 'ben', 'cho').map(user)

// Drawn evenly, the last active session would seldom leave a place to two others that were active at one instant.
const within = (min: number, max: number) => fc.integer({ min, max }).map((each) => each as EpochMs)
const aCreation = fc.oneof({ weight: 4, arbitrary: within(0, 3) }, { weight: 1, arbitrary: anInstant })
const anActivity = fc.oneof({ weight: 4, arbitrary: within(1, 2) }, { weight: 1, arbitrary: anInstant })
const aDeadline = fc.oneof({ weight: 2, arbitrary: within(END - 8, END) }, { weight: 1, arbitrary: anInstant })

/** A frozen session of the small world, no two of its members tied to each other. */
export const anySession: fc.Arbitrary<Session> = fc
  .record(
    {
      id: aName.map(sess),
      clientId: fc.constant('client_a' as ClientId),
      userId: aUser,
      status: aStatus,
      lastActiveAt: anActivity,
      expireAt: aDeadline,
      abandonAt: aDeadline,
      updatedAt: anInstant,
      createdAt: aCreation,
    },
    { noNullPrototype: true },
  )
  .map(deepFreeze)

/** A frozen session that is stored as live. */
export const aLiveSession: fc.Arbitrary<Session> = fc
  .tuple(anySession, fc.constantFrom('pending' as const, 'active' as const))
  .map(([session, status]) => deepFreeze({ ...session, status }))

const ids = (sessions: readonly Session[]) => sessions.map(({ id }) => id)

/** A last active session: one of the client's, or none, or one that it does not hold. */
function aLastActive(sessions: readonly Session[]): fc.Arbitrary<SessionId | null> {
  const none = fc.constantFrom(null, sess('dangling'))
  if (sessions.length === 0) return none
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...ids(sessions)) }, { weight: 1, arbitrary: none })
}

function clientOf(sessions: readonly Session[]): fc.Arbitrary<Client> {
  return fc
    .record(
      {
        id: fc.constant('client_a' as ClientId),
        sessionIds: fc.subarray(ids(sessions)),
        sessions: fc.constant(sessions),
        lastActiveSessionId: aLastActive(sessions),
        createdAt: anInstant,
        updatedAt: anInstant,
      },
      { noNullPrototype: true },
    )
    .map(deepFreeze)
}

/** A frozen client of the small world, most with two sessions of one id. */
export const anyClient: fc.Arbitrary<Client> = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(anySession, { minLength: 4, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(anySession, { maxLength: 3 }) },
  )
  .chain(clientOf)

/** A frozen client whose sessions have ids of their own. */
export const aClientOfDistinct: fc.Arbitrary<Client> = fc
  .uniqueArray(anySession, { maxLength: 5, size: 'max', selector: ({ id }) => id })
  .chain(clientOf)

/** A policy whose durations fit the small world. */
export const aSmallPolicy: fc.Arbitrary<Policy> = fc
  .record({
    maximumLifetime: fc.integer({ min: 4, max: END }),
    inactivityTimeout: fc.option(fc.integer({ min: 2, max: 3 })),
    touchInterval: fc.integer({ min: 0, max: 2 }),
    abandonment: fc.record({
      after: fc.integer({ min: 2, max: END }),
      from: fc.constantFrom('creation' as const, 'last-activity' as const),
    }),
    mode: fc.constantFrom(
      { sessionMode: 'multi', onConflict: null } as const,
      { sessionMode: 'single', onConflict: 'replace' } as const,
      { sessionMode: 'single', onConflict: 'reject' } as const,
    ),
  })
  .map(({ mode, ...parts }) => aPolicy({ ...parts, ...mode }))
