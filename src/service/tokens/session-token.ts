import { SignJWT } from 'jose'
import { nextDeadline } from '../../domain/deadlines.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { TokenTemplate } from '../../snapshot/read-templates.ts'
import type { SessionRecord } from '../records.ts'
import type { SigningKey } from './signing-key.ts'
import { type Claims, renderTemplate } from './templates.ts'

/** Says in a token's header that it is one of a session, as Clerk's do. */
export const SESSION_CATEGORY = 'cl_B7d4PD111AAA'

/** How far `nbf` lies before `iat`, seconds: for verifiers whose clocks are late. */
const NOT_BEFORE_SECONDS = 10

/** What a session's token is made of. */
export interface SessionTokenParts {
  readonly session: SessionRecord
  readonly now: EpochMs
  readonly key: SigningKey
  readonly issuer: string
  /** How long it may live; its session's next deadline ends it before. */
  readonly lifetime: DurationMs
  readonly randomness: Randomness
  /** The origin of the page that it is for, which becomes `azp`. */
  readonly origin?: string | undefined
  readonly template?: TokenTemplate | undefined
}

/**
 * Signs a token that says who is signed in: Clerk's claims, version 2, or those of a template.
 *
 * It expires with its lifetime or with the session's next deadline, whichever is first: `exp` is the deadline's second,
 * rounded down, so that no token outlives its session by the clock.
 *
 * @param parts A session that is live at `now`.
 * @see RFC 7519, section 4.1.4
 */
export async function signSessionToken(parts: SessionTokenParts): Promise<string> {
  const { key, template } = parts
  const claims = template === undefined ? sessionClaims(parts) : templateClaims(parts, template)
  const category = template === undefined ? { cat: SESSION_CATEGORY } : {}
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', ...category, kid: key.kid, typ: 'JWT' })
    .sign(key.privateKey)
}

/** JWT instants are whole seconds. Converted here, and where tokens are read, and nowhere else. */
export function toSeconds(instant: EpochMs): number {
  return Math.floor(instant / 1000)
}

/** When a token expires, seconds: with its lifetime, or with the session's next deadline where that is first. */
function expirySeconds({ session, now, lifetime }: SessionTokenParts): number {
  const deadline = nextDeadline(session) ?? now
  return toSeconds(Math.min(now + lifetime, deadline) as EpochMs)
}

/** The claims that every token has, whatever a template says. */
function registeredClaims(parts: SessionTokenParts): Claims {
  const { session, now, issuer, randomness, origin } = parts
  const iat = toSeconds(now)
  return {
    ...(origin === undefined ? {} : { azp: origin }),
    exp: expirySeconds(parts),
    iat,
    iss: issuer,
    jti: Buffer.from(randomness.bytes(10)).toString('hex'),
    nbf: iat - NOT_BEFORE_SECONDS,
    sub: session.userId,
  }
}

function sessionClaims(parts: SessionTokenParts): Claims {
  const { session, now } = parts
  const actor = actorOf(session)
  return {
    ...registeredClaims(parts),
    // Minutes since the first factor was verified, which is when the session began; the second never was.
    fva: [Math.max(0, Math.floor((now - session.createdAt) / 60_000)), -1],
    sid: session.id,
    ...(actor === null ? {} : { act: actor }),
    ...(session.status === 'pending' ? { sts: 'pending' } : {}),
    v: 2,
  }
}

function templateClaims(parts: SessionTokenParts, template: TokenTemplate): Claims {
  return { ...renderTemplate(template, parts.session), ...registeredClaims(parts) }
}

/** Who acts for the user, where the session is an impersonation. */
function actorOf(session: SessionRecord): unknown {
  return (session as { readonly actor?: unknown }).actor ?? null
}
