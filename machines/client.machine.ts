/**
 * Client: one device, and the sessions it holds.
 *
 *   signedIn   some session is live
 *   dormant    none is live, some may still come back
 *   signedOut  every session is closed, or there is none
 *
 * A sign-in, a touch, a selection, an end, a removal, a revocation or a sign-out of all changes the sessions as
 * client-law.ts says, and what they then are decides the state. Deadlines come first, as in session.machine.ts. A
 * command that changes nothing leaves the state and tells `client.refused` with its reason.
 *
 * The timer waits for the earliest deadline of all; every event makes it anew.
 */
import { enqueueActions, fromCallback, setup } from 'xstate'
import {
  type ClientCommand,
  type ClientOutcome,
  type ClientUnchanged,
  commandClient,
  type NewSession,
  selectSession,
  settleClient,
  signInClient,
  signOutClient,
} from '../src/domain/client-law.ts'
import { nextDeadline } from '../src/domain/deadlines.ts'
import { type EpochMs, MAXIMUM_INSTANT } from '../src/domain/instant.ts'
import type { Policy } from '../src/domain/policy.ts'
import type { Client, SessionId } from '../src/domain/session.ts'
import { isLive } from '../src/domain/status.ts'
import { type DeadlineTimerEvent, type DeadlineTimerInput, factOf, type SessionFact } from './session.machine.ts'
import { machineEngine } from './session-engine.ts'

/** What every event of the client machine carries. */
interface At {
  /** The instant it happens at, epoch milliseconds, from the injected clock. */
  readonly now: EpochMs
  /** Who asked; kept in the transitions. */
  readonly askedBy?: string
}

/** An event of the client machine. */
export type ClientEvent =
  | (At & { readonly type: 'client.settle' })
  | (At & { readonly type: 'client.signIn'; readonly session: NewSession })
  | (At & { readonly type: `client.${ClientCommand | 'select'}`; readonly sessionId: SessionId })
  | (At & { readonly type: 'client.signOut'; readonly command: 'end' | 'remove' })

/** Told where a command changed nothing. */
export interface ClientRefusal {
  readonly type: 'client.refused'
  readonly event: ClientEvent['type']
  readonly reason: ClientUnchanged
}

/** What a client machine is made of. */
export interface ClientMachineInput {
  readonly client: Client
  readonly policy: Policy
}

/** The statechart of a client. Pure as it stands: it reads no clock, and its timer does nothing. */
export const clientMachine = setup({
  types: {
    context: {} as ClientMachineInput,
    input: {} as ClientMachineInput,
    events: {} as ClientEvent,
    emitted: {} as SessionFact | ClientRefusal,
  },
  actors: {
    /** Inert as it stands: a machine keeps no time. `liveClient` of tenure/lifecycle provides one that waits. */
    deadlineTimer: fromCallback<DeadlineTimerEvent, DeadlineTimerInput>(() => {}),
  },
  guards: {
    holdsLive: ({ context }) => context.client.sessions.some(({ status }) => isLive(status)),
    holdsDormant: ({ context }) => context.client.sessions.some(({ status }) => status === 'expired'),
  },
  actions: {
    act: enqueueActions(({ context, event, enqueue }) => {
      const outcome = act(context, event)
      enqueue.assign({ client: outcome.client })
      for (const transition of outcome.transitions) enqueue.emit({ type: factOf(transition), transition })
      if (!outcome.changed && event.type !== 'client.settle') {
        enqueue.emit({ type: 'client.refused', event: event.type, reason: outcome.reason })
      }
    }),
  },
}).createMachine({
  id: 'client',
  context: ({ input }) => ({ client: input.client, policy: input.policy }),
  initial: 'deciding',
  on: {
    'client.settle': { target: '.deciding', actions: 'act' },
    'client.signIn': { target: '.deciding', actions: 'act' },
    'client.touch': { target: '.deciding', actions: 'act' },
    'client.select': { target: '.deciding', actions: 'act' },
    'client.requireTask': { target: '.deciding', actions: 'act' },
    'client.completeTasks': { target: '.deciding', actions: 'act' },
    'client.end': { target: '.deciding', actions: 'act' },
    'client.remove': { target: '.deciding', actions: 'act' },
    'client.revoke': { target: '.deciding', actions: 'act' },
    'client.signOut': { target: '.deciding', actions: 'act' },
  },
  states: {
    deciding: {
      always: [
        { guard: 'holdsLive', target: 'signedIn' },
        { guard: 'holdsDormant', target: 'dormant' },
        { target: 'signedOut' },
      ],
    },
    signedIn: { invoke: { id: 'deadlineTimer', src: 'deadlineTimer', input: untilNext } },
    dormant: { invoke: { id: 'deadlineTimer', src: 'deadlineTimer', input: untilNext } },
    signedOut: {},
  },
})

function act({ client, policy }: ClientMachineInput, event: ClientEvent): ClientOutcome {
  const { now, askedBy } = event
  const options = { policy, askedBy }
  switch (event.type) {
    case 'client.settle':
      return { ...settleClient(machineEngine, client, now), changed: false, reason: 'repeated' }
    case 'client.signIn':
      return signInClient(machineEngine, client, event.session, now, options)
    case 'client.signOut':
      return signOutClient(machineEngine, client, event.command, now, options)
    case 'client.select':
      return selectSession(machineEngine, client, event.sessionId, now)
    default: {
      const command = event.type.slice('client.'.length) as ClientCommand
      return commandClient(machineEngine, client, event.sessionId, command, now, options)
    }
  }
}

function untilNext({ context }: { context: ClientMachineInput }): DeadlineTimerInput {
  let earliest = MAXIMUM_INSTANT
  for (const session of context.client.sessions) earliest = earlier(earliest, nextDeadline(session) ?? earliest)
  return { deadline: earliest }
}

function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}
