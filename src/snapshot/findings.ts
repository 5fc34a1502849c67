import type { Fault } from '../domain/errors.ts'

/** `error`: the document is rejected. `warning`: it is read, and odd; an error where the reader is strict. */
export type Severity = 'error' | 'warning'

/**
 * Every code that a finding can carry, with its severity and what it means. The list in docs/findings.md is made of it.
 */
export const FINDINGS = {
  'json-encoding': ['error', 'The bytes are not UTF-8.'],
  'json-syntax': ['error', 'The text is not JSON (RFC 8259).'],
  'json-truncated': ['error', 'The text is JSON as far as it goes, and then ends.'],
  'document-too-large': ['error', 'The document is larger than the reader takes: 8 MiB of text.'],
  'document-too-deep': ['error', 'Objects and arrays are nested deeper than the reader takes: 64 levels.'],
  'duplicate-member': ['error', 'An object names a member twice, so that two readers may see two different values.'],
  'not-a-client': ['error', 'The document is not a Client object.'],
  'mixed-forms': ['error', 'camelCase and snake_case members stand in one document.'],
  'missing-member': ['error', 'A member that every snapshot has is not there.'],
  'wrong-type': ['error', 'A member has another JSON type than its schema says.'],
  'wrong-value': ['error', 'A member has a value that its schema does not allow.'],
  'malformed-id': ['error', 'An id is empty, longer than 255 characters, or holds white space or control characters.'],
  'malformed-text': ['error', 'A text is too long, or holds half a surrogate pair.'],
  'too-many-items': ['error', 'A list is longer than the reader takes: 1,000 sessions, 32 tasks.'],
  'instant-not-integer': ['error', 'An instant is not an integer: an ISO date, a float, a number in quotes.'],
  'instant-out-of-range': ['error', 'An instant is negative, or past the last date there is (8.64e15).'],
  'unknown-status': ['error', 'The status is none of the eight; a warning where unknown statuses are kept.'],
  'session-of-another-client': ['error', 'On import: another client holds a session of this id.'],
  'changed-origin': ['error', 'On import: what never changes, a user or a creation, is not what is stored.'],
  'unknown-member': ['warning', "A member that Clerk's spec does not have. It is kept."],
  'session-ids-mismatch': ['warning', '`sessionIds` and the ids of `sessions` do not agree.'],
  'duplicate-session-id': ['warning', 'Two sessions, or two entries of `sessionIds`, have one id.'],
  'foreign-session': ['warning', "A session's `clientId` is not the client's `id`."],
  'last-active-dangling': ['warning', '`lastActiveSessionId` names no session of the client.'],
  'last-active-dead': ['warning', '`lastActiveSessionId` names a session that is not live.'],
  'id-without-prefix': ['warning', 'An id does not begin with `client_`, `sess_` or `user_`.'],
  'instant-in-seconds': ['warning', 'An instant looks like seconds; Tenure reads milliseconds.'],
  'instant-implausible': ['warning', 'An instant lies before the year 2000 or after 9999.'],
  'abandon-before-expire': ['warning', '`abandonAt` lies before `expireAt`: the session is abandoned while live.'],
  'deadline-before-creation': ['warning', 'A deadline lies before `createdAt`: the session was never alive.'],
  'updated-before-creation': ['warning', '`updatedAt` lies before `createdAt`.'],
  'activity-in-future': ['warning', '`lastActiveAt` lies after the present.'],
} as const satisfies Record<string, readonly [Severity, string]>

/** The stable name of what was found. */
export type FindingCode = keyof typeof FINDINGS

/** One thing wrong, or odd, in a snapshot. @see schemas/finding.schema.json */
export interface Finding extends Fault {
  readonly code: FindingCode
}
