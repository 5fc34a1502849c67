/** Settle and apply: the session machine, and the table compiled from it. `tenure/lifecycle`. */
export {
  type ClientCommand,
  type ClientOutcome,
  type ClientUnchanged,
  type NewSession,
  type SettledClient,
  showClient,
} from '../domain/client-law.ts'
export {
  type CommandOptions,
  type CommandOutcome,
  SESSION_COMMANDS,
  type SessionCommand,
  type SettledSession,
  type Unchanged,
} from '../domain/command.ts'
export { nextDeadline, PAST_DEADLINES, type PastDeadlines, pastDeadlines } from '../domain/deadlines.ts'
export type { Entry } from '../domain/transition.ts'
export { applyCommand } from './apply-command.ts'
export { commandClient, commandSessions, selectSession, settleClient, signInClient, signOutClient } from './client.ts'
export { liveClient, liveSession } from './live-actors.ts'
export { settleSession, statusAt } from './settle-session.ts'
export { type TableEntry, type TableEvent, TRANSITION_TABLE } from './transition-table.ts'
