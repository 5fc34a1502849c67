/**
 * Tokens that say which client or session somebody holds, and say it to Tenure only: a client's own, and the one that a
 * session's expired token is refreshed with.
 *
 * They have a `typ` of their own and no `sub`, so that nobody who verifies session tokens takes them for one.
 *
 * @see RFC 8725, section 3.11
 */
import { SignJWT } from 'jose'
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import { isInForce, readToken } from './read-token.ts'
import { toSeconds } from './session-token.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { Claims } from './templates.ts'

/** What a bearer token is signed and read by. */
export interface Bearing {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly now: EpochMs
}

const CLIENT_TYPE = 'client+jwt'
const REFRESH_TYPE = 'refresh+jwt'

/** Signs a token that stands for a client, for so long. */
export async function signClientToken(id: ClientId, lifetime: DurationMs, bearing: Bearing): Promise<string> {
  return sign({ id }, CLIENT_TYPE, (bearing.now + lifetime) as EpochMs, bearing)
}

/** The client that a token stands for; `null` where it is none of ours, or not in force. */
export async function readClientToken(token: string, bearing: Bearing): Promise<ClientId | null> {
  const claims = await read(token, CLIENT_TYPE, bearing)
  return typeof claims?.['id'] === 'string' ? (claims['id'] as ClientId) : null
}

/** Signs a token that a session's tokens can be refreshed with, until an instant. */
export async function signRefreshToken(sid: SessionId, until: EpochMs, bearing: Bearing): Promise<string> {
  return sign({ sid }, REFRESH_TYPE, until, bearing)
}

/** The session that a refresh token is of; `null` where it is none of ours, or not in force. */
export async function readRefreshToken(token: string, bearing: Bearing): Promise<SessionId | null> {
  const claims = await read(token, REFRESH_TYPE, bearing)
  return typeof claims?.['sid'] === 'string' ? (claims['sid'] as SessionId) : null
}

async function sign(claims: Claims, typ: string, until: EpochMs, { keys, issuer, now }: Bearing): Promise<string> {
  const key = await keys.active(now)
  const times = { exp: toSeconds(until), iat: toSeconds(now), iss: issuer }
  return new SignJWT({ ...claims, ...times })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ })
    .sign(key.privateKey)
}

async function read(token: string, typ: string, { keys, issuer, now }: Bearing): Promise<Claims | null> {
  const signed = await readToken(token, keys, now)
  if (signed === null || signed.header.typ !== typ || signed.claims['iss'] !== issuer) return null
  return isInForce(signed.claims, now) ? signed.claims : null
}
