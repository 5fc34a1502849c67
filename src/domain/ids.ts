import KSUID from 'ksuid'
import type { EpochMs } from './instant.ts'
import type { Randomness } from './randomness.ts'
import type { ClientId, SessionId } from './session.ts'

/** The instants that a KSUID can hold: 2014-05-13 and 2^32 - 1 seconds later, in 2150. */
const EARLIEST = 1_400_000_000_000
const LATEST = EARLIEST + (2 ** 32 - 1) * 1000

/**
 * A new session's id: `sess_` and a KSUID, 27 characters that sort by the second they were made in.
 *
 * @param now The session's `createdAt`, epoch milliseconds. Outside of what a KSUID holds (2014-05-13 to 2150) the id
 *   has the nearest second that it does.
 * @see https://github.com/segmentio/ksuid
 */
export function newSessionId(now: EpochMs, randomness: Randomness): SessionId {
  return `sess_${ksuid(now, randomness)}` as SessionId
}

/** A new client's id, `client_` and a KSUID; see {@link newSessionId}. */
export function newClientId(now: EpochMs, randomness: Randomness): ClientId {
  return `client_${ksuid(now, randomness)}` as ClientId
}

/** A new signing key's id, `ins_` and a KSUID, as Clerk's are; see {@link newSessionId}. */
export function newKeyId(now: EpochMs, randomness: Randomness): string {
  return `ins_${ksuid(now, randomness)}`
}

/** A new webhook endpoint's id, `wh_` and a KSUID; see {@link newSessionId}. */
export function newEndpointId(now: EpochMs, randomness: Randomness): string {
  return `wh_${ksuid(now, randomness)}`
}

function ksuid(now: EpochMs, randomness: Randomness): string {
  const instant = Math.min(Math.max(now, EARLIEST), LATEST)
  return KSUID.fromParts(instant, Buffer.from(randomness.bytes(16))).string
}
