/**
 * When an expired token of a session is exchanged for the next one: the codes are Clerk's, and so is what little is known of
 * when each is given. The rest is chosen, and docs/clerk-compatibility.md says so.
 *
 * Whoever asks has both the expired token and the refresh token, from the origin that the expired one was made for. An
 * expired token is good for one exchange; for a short while after it, it is good for another, so that requests which a page
 * sends side by side do not sign each other out.
 */
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { isLive } from '../../domain/status.ts'
import type { Store } from '../../store/port.ts'
import type { SessionRecord } from '../records.ts'
import { type Bearing, readRefreshToken } from './bearer-tokens.ts'
import { readToken, type SignedToken } from './read-token.ts'
import { SESSION_CATEGORY } from './session-token.ts'

/** Who asks for a session's next token. */
export interface RefreshRequest {
  readonly expiredToken: string
  readonly refreshToken: string
  /** Where the page is: an origin, such as `https://app.example`. */
  readonly origin: string
  /** Whether to answer with cookies. */
  readonly wantsCookies: boolean
  /** Whether cookies are to have the instance's suffix as well. */
  readonly isSuffixed: boolean
}

/** Every reason not to refresh a token, in the order they are looked for. */
export const REFRESH_REFUSALS = [
  'session_refresh_session_not_found',
  'expired_session_token_invalid',
  'expired_session_token_missing_sid',
  'expired_session_token_missing_azp',
  'session_refresh_session_token_ineligible',
  'session_refresh_expired_session_token_missing_iat',
  'session_refresh_expired_session_token_too_old',
  'session_refresh_inactive_session',
  'refresh_token_not_found',
  'session_refresh_expired_session_token_consumed',
] as const

/** Why a token is not refreshed. */
export type RefreshRefusal = (typeof REFRESH_REFUSALS)[number]

/** What a refresh is judged by. */
export interface RefreshGround {
  readonly store: Store
  readonly bearing: Bearing
  /** How long after its `iat` a token can be refreshed. */
  readonly window: DurationMs
}

/** Tokens that were exchanged. */
const CONSUMED = 'consumed-token'

/** How long after its exchange a token may be exchanged again, milliseconds. */
const GRACE = 10_000

/**
 * Why a token is not refreshed; `null` where it is, and then it counts as exchanged.
 *
 * @param session As it is now; `null` where there is none.
 */
export async function refusalOf(
  session: SessionRecord | null,
  request: RefreshRequest,
  ground: RefreshGround,
): Promise<RefreshRefusal | null> {
  const { bearing, window } = ground
  if (session === null) return 'session_refresh_session_not_found'
  const expired = await readToken(request.expiredToken, bearing.keys, bearing.now)
  if (expired === null || expired.claims['iss'] !== bearing.issuer) return 'expired_session_token_invalid'
  const refusal = refusalOfClaims(expired, session, request.origin)
  if (refusal !== null) return refusal
  const iat = expired.claims['iat']
  if (typeof iat !== 'number') return 'session_refresh_expired_session_token_missing_iat'
  if (bearing.now > iat * 1000 + window) return 'session_refresh_expired_session_token_too_old'
  // First, for the refresh token of a session that its deadline has ended is over, too.
  if (!isLive(session.status)) return 'session_refresh_inactive_session'
  if ((await readRefreshToken(request.refreshToken, bearing)) !== session.id) return 'refresh_token_not_found'
  const isFirst = await consume(expired, (iat * 1000 + window + 1) as EpochMs, ground)
  return isFirst ? null : 'session_refresh_expired_session_token_consumed'
}

function refusalOfClaims(
  { header, claims }: SignedToken,
  session: SessionRecord,
  origin: string,
): RefreshRefusal | null {
  const { sid, azp, sub, act } = claims
  if (header.typ !== 'JWT') return 'expired_session_token_invalid'
  if (sid === undefined) return 'expired_session_token_missing_sid'
  if (sid !== session.id || sub !== session.userId) return 'expired_session_token_invalid'
  if (azp === undefined) return 'expired_session_token_missing_azp'
  const isEligible = header['cat'] === SESSION_CATEGORY && azp === origin && act === undefined
  return isEligible ? null : 'session_refresh_session_token_ineligible'
}

/** Notes that a token was exchanged, and answers whether it may be: for the first time, or just after it. */
async function consume({ claims }: SignedToken, until: EpochMs, { store, bearing }: RefreshGround): Promise<boolean> {
  const { now } = bearing
  const id = String(claims['jti'])
  const value = JSON.stringify({ consumedAt: now })
  if (await store.putItem({ kind: CONSUMED, id, version: 0, value, expiresAt: until })) return true
  const item = await store.findItem(CONSUMED, id)
  // Gone in between: it has expired, and the token with it.
  if (item === null) return false
  const { consumedAt } = JSON.parse(item.value) as { readonly consumedAt: number }
  return now < consumedAt + GRACE
}
