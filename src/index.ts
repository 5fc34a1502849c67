/** The words of Tenure: statuses, instants, durations, policies, the clock, errors. */
export { type Clock, systemClock, type TimerHandle } from './domain/clock.ts'
export { type DurationMs, formatDuration, parseDuration } from './domain/duration.ts'
export {
  DurationError,
  type ErrorCode,
  type Fault,
  InstantError,
  PolicyError,
  SnapshotError,
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
export { checkPolicy, readPolicy } from './snapshot/read-policy.ts'
