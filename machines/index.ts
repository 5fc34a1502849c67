/** The statecharts: `tenure/machines`. */

export type {
  ClientCommand,
  ClientOutcome,
  ClientUnchanged,
  NewSession,
  SettledClient,
} from '../src/domain/client-law.ts'
export { showClient } from '../src/domain/client-law.ts'
export {
  type ClientEvent,
  type ClientMachineInput,
  type ClientRefusal,
  clientMachine,
} from './client.machine.ts'
export {
  type DeadlineTimerEvent,
  type DeadlineTimerInput,
  type FactType,
  type SessionEvent,
  type SessionFact,
  type SessionMachineInput,
  sessionMachine,
} from './session.machine.ts'
