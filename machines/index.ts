/** The statecharts: `tenure/machines`. */

export {
  type ClientEvent,
  type ClientMachineInput,
  type ClientRefusal,
  clientMachine,
} from './client.machine.ts'
export type { Arrival, ClientOutcome, ClientUnchanged, OwnCommand, SettledClient } from './client-law.ts'
export { showClient } from './client-law.ts'
export {
  type DeadlineTimerEvent,
  type DeadlineTimerInput,
  type FactType,
  type SessionEvent,
  type SessionFact,
  type SessionMachineInput,
  sessionMachine,
} from './session.machine.ts'
