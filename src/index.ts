/** Tenure on a store, and its words: statuses, instants, durations, policies, the clock, errors. */
export { type Clock, systemClock, type TimerHandle } from './domain/clock.ts'
export { type DurationMs, formatDuration, parseDuration } from './domain/duration.ts'
export {
  DurationError,
  type ErrorCode,
  type Fault,
  InstantError,
  PolicyError,
  SnapshotError,
  StoreError,
  type StoreErrorCode,
  TenureError,
} from './domain/errors.ts'
export { addDuration, type EpochMs, formatInstant, MAXIMUM_INSTANT, parseInstant, toInstant } from './domain/instant.ts'
export { defaultPolicy, type Policy } from './domain/policy.ts'
export {
  POLICY_FAULTS,
  type PolicyDocument,
  type PolicyFault,
  type PolicyFaultCode,
  type PolicyResolution,
} from './domain/policy-rules.ts'
export { type Randomness, systemRandomness } from './domain/randomness.ts'
export {
  type Client,
  type ClientId,
  type Deadlines,
  type Session,
  type SessionId,
  toClientId,
  toSessionId,
  toUserId,
  type UserId,
} from './domain/session.ts'
export { compareWithStandards, type Remark, type Standard } from './domain/standards.ts'
export {
  type ClosedStatus,
  type DormantStatus,
  groupOf,
  isClosed,
  isLive,
  type LiveStatus,
  rankOf,
  STATUSES,
  type Status,
  type StatusGroup,
} from './domain/status.ts'
export type { Cause, Transition } from './domain/transition.ts'
export { DIFFERENCES, type Difference, type DifferenceCode, type Observed } from './service/audit/differences.ts'
export type { AuditTotals } from './service/audit.ts'
export type { PassOptions } from './service/bounded-pass.ts'
export type { Asking, SessionOutcome } from './service/command-session.ts'
export { EVENT_TYPES, type EventType, type SessionEvent } from './service/events/event.ts'
export type { EventPage, EventQuery } from './service/events/read-events.ts'
export type { EventHandler } from './service/events/subscription.ts'
export type { ExportOptions } from './service/export-clients.ts'
export type { ReadSession } from './service/get-session.ts'
export type { HistoryFilter } from './service/history.ts'
export type { ImportedDocument, ImportResult, RejectedDocument } from './service/import/import-batch.ts'
export type { KeptSession } from './service/import/merge-client.ts'
export type { KeptReason } from './service/import/merge-session.ts'
export type { ImportOptions } from './service/import-clients.ts'
export type { ClientFilter } from './service/list-clients.ts'
export type { Page, PageRequest } from './service/list-page.ts'
export type { SessionFilter } from './service/list-sessions.ts'
export { openTenure, type TenureOptions } from './service/open-tenure.ts'
export type { PurgeOutcome } from './service/purge.ts'
export type { PutClient, PutClientOutcome } from './service/put-client.ts'
export type { ClientRecord, SessionRecord } from './service/records.ts'
export type { RevokeAll, RevokeAllOutcome } from './service/revoke-all.ts'
export type { SignInOutcome, SignInRefusal } from './service/sign-in.ts'
export type { SignOutOutcome } from './service/sign-out-client.ts'
export type { SweepOutcome } from './service/sweep.ts'
export type { SignInRequest, Subscribed, SubscribeOptions, Tenure } from './service/tenure.ts'
export type { Verdict } from './service/verify.ts'
export { checkPolicy, readPolicy } from './snapshot/read-policy.ts'
export type { SessionMembers } from './snapshot/write-stored.ts'
export type { StoreOptions } from './store/open-store.ts'
export type { CreationKey, LedgerEntry } from './store/port.ts'
export type { PostgresOptions } from './store/postgres/options.ts'
export type { SqliteOptions, Synchronous } from './store/sqlite/connect.ts'
