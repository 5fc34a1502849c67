/** Settle and apply: the session machine, and the table compiled from it. `tenure/lifecycle`. */
export {
  type Arrival,
  type ClientOutcome,
  type ClientUnchanged,
  type OwnCommand,
  type SettledClient,
  showClient,
} from '../../machines/client-law.ts'
export {
  type CommandOptions,
  type CommandOutcome,
  SESSION_COMMANDS,
  type SessionCommand,
  type SettledSession,
  type Unchanged,
} from '../domain/command.ts'
export { applyCommand } from './apply-command.ts'
export { commandClient, selectSession, settleClient, signInClient, signOutClient } from './client.ts'
export { liveClient, liveSession } from './live-actors.ts'
export { nextDeadline, settleSession, statusAt } from './settle-session.ts'
export { type TableEntry, type TableEvent, TRANSITION_TABLE } from './transition-table.ts'
