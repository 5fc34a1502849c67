/** Generated runs of events, each some milliseconds after the one before it or, by a clock that steps back, before it. */
import fc from 'fast-check'
import type { ClientEvent } from '../../machines/index.ts'
import { type EpochMs, later } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Client } from '../../src/domain/session.ts'
import {
  type ClientCommand,
  type ClientOutcome,
  commandClient,
  SESSION_COMMANDS,
  type SessionCommand,
  selectSession,
  settleClient,
  signInClient,
  signOutClient,
} from '../../src/lifecycle/index.ts'
import { aName, aUser } from './arbitraries.ts'
import { sess } from './sessions.ts'
import './seed.ts'

/** Mostly short, so that a run passes close by every boundary of the small world; some steps go back. */
const forward = fc.integer({ min: 0, max: 4 })
const eitherWay = fc.oneof(
  { weight: 4, arbitrary: forward },
  { weight: 1, arbitrary: fc.integer({ min: -6, max: -1 }) },
)

function atInstants<T>(gaps: fc.Arbitrary<number>, event: fc.Arbitrary<T>): fc.Arbitrary<(T & { now: EpochMs })[]> {
  return fc.array(fc.tuple(gaps, event), { minLength: 1, maxLength: 8 }).map((steps) => {
    let now = 0 as EpochMs
    return steps.map(([gap, each]) => {
      now = later((now + gap) as EpochMs, 0 as EpochMs)
      return { ...each, now }
    })
  })
}

/** One thing asked of a session at an instant. */
export interface SessionStep {
  readonly command: SessionCommand
  readonly now: EpochMs
}

const aCommand = fc.constantFrom(...SESSION_COMMANDS, 'touch' as const, 'touch' as const)

/** A run of commands; most are touches, as anything else soon closes the session. */
export const aSessionProgram: fc.Arbitrary<SessionStep[]> = atInstants(eitherWay, fc.record({ command: aCommand }))

const ownCommands = SESSION_COMMANDS.filter((command): command is ClientCommand => command !== 'replace')
const sessionId = aName.map(sess)
const anEvent = fc.oneof(
  fc.constant({ type: 'client.settle' as const }),
  fc.record({ type: fc.constantFrom(...ownCommands.map((each) => `client.${each}` as const)), sessionId }),
  fc.record({ type: fc.constantFrom('client.touch' as const, 'client.select' as const), sessionId }),
  fc.record({
    type: fc.constant('client.signIn' as const),
    session: fc.record({
      id: fc.oneof(fc.constantFrom('new', 'newer').map(sess), sessionId),
      userId: aUser,
      status: fc.constantFrom('active' as const, 'pending' as const),
    }),
  }),
  fc.record({
    type: fc.constant('client.signOut' as const),
    command: fc.constantFrom('end' as const, 'remove' as const),
  }),
)

/** A run of events of a client. */
export const aClientProgram: fc.Arbitrary<ClientEvent[]> = atInstants(eitherWay, anEvent)

/** What src/lifecycle makes of an event of the client machine. */
export function byLifecycle(client: Client, event: ClientEvent, policy: Policy): ClientOutcome {
  const { now, askedBy } = event
  const options = { policy, askedBy }
  switch (event.type) {
    case 'client.settle':
      return { ...settleClient(client, now), changed: false, reason: 'repeated' }
    case 'client.signIn':
      return signInClient(client, event.session, now, options)
    case 'client.signOut':
      return signOutClient(client, event.command, now, options)
    case 'client.select':
      return selectSession(client, event.sessionId, now)
    default:
      return commandClient(client, event.sessionId, event.type.slice('client.'.length) as ClientCommand, now, options)
  }
}
