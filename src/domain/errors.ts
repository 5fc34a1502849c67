/**
 * Every code that a Tenure error can carry. Messages hold nothing of a document, so they are safe to log; `errors` has
 * pointers, and a pointer has the names of members in it.
 *
 * Misuse of the library (a wrong argument type) is a `TypeError` and has no code.
 */
export type ErrorCode =
  | 'ERR_SNAPSHOT_INVALID'
  | 'ERR_POLICY_INVALID'
  | 'ERR_INSTANT_INVALID'
  | 'ERR_DURATION_INVALID'
  | StoreErrorCode

/**
 * What can be wrong with a store:
 *
 * - `ERR_STORE_CONFLICT`: other writers were first, more often than a command tries again. Retryable.
 * - `ERR_STORE_UNAVAILABLE`: locked, unreachable, restarting, or the connection was lost. Retryable; a write whose
 *   answer was lost may have happened, and every command can be given again.
 * - `ERR_STORE_FULL`: no space is left. What was asked for was not written.
 * - `ERR_STORE_READ_ONLY`: it can be read and not written: the file's permissions, a standby server.
 * - `ERR_STORE_SCHEMA`: the database is newer than this version of Tenure, or not one of Tenure's.
 * - `ERR_STORE_CORRUPT`: the database is damaged.
 * - `ERR_STORE_CLOSED`: it was closed before it was asked.
 * - `ERR_STORE_FAULT`: anything else; the driver's error is the `cause`.
 */
export type StoreErrorCode =
  | 'ERR_STORE_CONFLICT'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_STORE_FULL'
  | 'ERR_STORE_READ_ONLY'
  | 'ERR_STORE_SCHEMA'
  | 'ERR_STORE_CORRUPT'
  | 'ERR_STORE_CLOSED'
  | 'ERR_STORE_FAULT'

/** What Tenure throws for misuse, faults and refused input. Branch on `code`, never on the message. */
export abstract class TenureError extends Error {
  abstract readonly code: ErrorCode
}

/** One thing wrong, or odd, in a document: what, where, and what to do about it. */
export interface Fault {
  /** Stable, kebab-case; listed in docs/findings.md. */
  readonly code: string
  /** JSON pointer (RFC 6901) into the document; empty for the whole document. */
  readonly path: string
  /** For people; holds no value of the document. */
  readonly message: string
}

/** A snapshot that its schema refuses. */
export class SnapshotError extends TenureError {
  override readonly name = 'SnapshotError'
  readonly code = 'ERR_SNAPSHOT_INVALID'
  readonly errors: readonly Fault[]

  constructor(errors: readonly Fault[], options?: ErrorOptions) {
    super(listed('the snapshot is not a valid Client', errors), options)
    this.errors = errors
  }
}

/** A policy that breaks one of its rules. It is refused whole: nothing in it falls back to a default. */
export class PolicyError extends TenureError {
  override readonly name = 'PolicyError'
  readonly code = 'ERR_POLICY_INVALID'
  readonly errors: readonly Fault[]

  constructor(errors: readonly Fault[], options?: ErrorOptions) {
    super(listed('the policy is refused', errors), options)
    this.errors = errors
  }
}

/** Text or a number that is not an instant. */
export class InstantError extends TenureError {
  override readonly name = 'InstantError'
  readonly code = 'ERR_INSTANT_INVALID'
}

/** Text that is not a positive duration of fixed length. */
export class DurationError extends TenureError {
  override readonly name = 'DurationError'
  readonly code = 'ERR_DURATION_INVALID'
}

/** A store that cannot do what it was asked. The driver's error, where there is one, is the `cause`. */
export class StoreError extends TenureError {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same call may well succeed a little later. */
  get isRetryable(): boolean {
    return this.code === 'ERR_STORE_CONFLICT' || this.code === 'ERR_STORE_UNAVAILABLE'
  }
}

/** How many faults there are, and of which kinds: where they are might name what should not be logged. */
function listed(what: string, faults: readonly Fault[]): string {
  const codes = [...new Set(faults.map(({ code }) => code))]
  return `${what}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} (${codes.join(', ')})`
}
