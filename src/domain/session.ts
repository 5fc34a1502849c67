import type { EpochMs } from './instant.ts'
import type { Status } from './status.ts'

declare const id: unique symbol

/** A session's id, `sess_…`. */
export type SessionId = string & { readonly [id]: 'session' }
/** A client's id, `client_…`. */
export type ClientId = string & { readonly [id]: 'client' }
/** A user's id, `user_…`. Tenure owns no users: the id is whatever the auth backend says. */
export type UserId = string & { readonly [id]: 'user' }

/**
 * Marks text as a session's id, for code that makes its own; what is read from a snapshot is marked already.
 *
 * @throws {TypeError} When it is empty, longer than 255 characters, or holds white space or control characters.
 */
export function toSessionId(text: string): SessionId {
  return checkedId(text) as SessionId
}

/** Marks text as a client's id; see {@link toSessionId}. */
export function toClientId(text: string): ClientId {
  return checkedId(text) as ClientId
}

/** Marks text as a user's id; see {@link toSessionId}. */
export function toUserId(text: string): UserId {
  return checkedId(text) as UserId
}

/** The same as in schemas/session.schema.json. */
const ID = /^[^\s\p{Cc}\p{Cs}]{1,255}$/u

/** Whether text can be an id at all. */
export function isId(text: string): boolean {
  // A pattern would take `undefined` for text of nine letters.
  return typeof text === 'string' && ID.test(text)
}

function checkedId(text: string): string {
  if (!isId(text)) {
    throw new TypeError('an id is 1 to 255 characters, without white space or control characters')
  }
  return text
}

/** The two instants that end a session without anybody asking. Each is the first instant it is no longer alive. */
export interface Deadlines {
  /** From here on the session is no longer usable; its user may still come back. Epoch milliseconds. */
  readonly expireAt: EpochMs
  /** From here on the session is over: its user never came back. Epoch milliseconds. */
  readonly abandonAt: EpochMs
}

/**
 * One user signed in on one client: what the lifecycle reads and changes of it.
 *
 * Objects with more members than these go through every function of the lifecycle unharmed: new values are copies
 * that keep each member and their order.
 */
export interface Session extends Deadlines {
  readonly id: SessionId
  readonly clientId: ClientId
  readonly userId: UserId
  readonly status: Status
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
  readonly lastActiveAt: EpochMs
}

/** One device or browser, and the sessions it holds, newest last. */
export interface Client<S extends Session = Session> {
  readonly id: ClientId
  /** The ids of the sessions that the client shows: neither `removed` nor, in single-session mode, `revoked`. */
  readonly sessionIds: readonly SessionId[]
  /** Every session that the client holds, shown or not. */
  readonly sessions: readonly S[]
  readonly lastActiveSessionId: SessionId | null
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
}
