import type { ClientId, SessionId } from '../../domain/session.ts'

/**
 * Every way in which a store can differ from its ledger, or a row from what the lifecycle makes of it, and what each
 * means. Codes are stable.
 */
export const DIFFERENCES = {
  'history-missing': 'A session, or a purged one, has no ledger row.',
  'session-missing': 'The ledger has rows of a session that is not there, and was not purged.',
  'client-missing': 'A session is there and its client is not.',
  'purged-present': 'A session is there, and so is the mark that it was purged.',
  'purged-early': 'By the ledger, a session was purged before it was closed.',
  'sequence-repeated': 'Two ledger rows have one sequence number.',
  'chain-broken': "A ledger row's `from` is not the status that the row before it led to; the first has none.",
  'impossible-step': 'A ledger row leads to a status that its cause does not lead to.',
  'version-order': "A ledger row's version is lower than the one before it; the first is 1.",
  'version-repeated': 'Two writes, recorded at different instants, left the same version.',
  'version-ahead': "A ledger row has a version that the session's row has not reached.",
  'time-order': 'A transition took effect before the one before it.',
  'time-recorded': 'A deadline was recorded before it fell, or a command took effect before it was given.',
  'owner-differs': "A ledger row, or a purge mark, names another client or user than the session's row.",
  'status-differs': "The session's status is not the one that the ledger ends with.",
  'deadline-differs': 'A deadline was recorded at another instant than the session has for it.',
  'creation-differs': 'A session was created at another instant than it signed in.',
  'closing-differs': 'A session closed at another instant than the ledger has, or one of the two has none.',
  'due-differs': "A session's row is due at another instant than its status and deadlines make it.",
  'update-behind': 'A session was last updated before a transition of it took effect.',
  'document-damaged': 'The snapshot that is kept of a client or a session cannot be read, or is of another one.',
  'session-ids-differ': 'A client that was never imported does not name the sessions that it shows.',
  'last-active-differs': 'The last active session of a client that was never imported is not a live one that it holds.',
} as const satisfies Readonly<Record<string, string>>

/** What kind of difference it is. Branch on it. */
export type DifferenceCode = keyof typeof DIFFERENCES

/** A value as it is, or as it ought to be: a status, an instant, an id, a version, or several. */
export type Observed = string | number | null | readonly string[]

/** One difference that an audit found. */
export interface Difference {
  readonly code: DifferenceCode
  readonly clientId: ClientId | null
  /** `null` where it is the client's own. */
  readonly sessionId: SessionId | null
  /** The ledger row that shows it; `null` where it is not one row's. */
  readonly sequence: number | null
  /** What it ought to be; of an order, what it may at least or at most be. Several where any of them would do. */
  readonly expected: Observed
  readonly found: Observed
}

/** Takes down a difference of the session or client that is looked at. */
export type Report = (code: DifferenceCode, expected: Observed, found: Observed, sequence?: number) => void
