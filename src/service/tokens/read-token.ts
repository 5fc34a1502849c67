import { type CompactJWSHeaderParameters, type CryptoKey, compactVerify, errors } from 'jose'
import type { EpochMs } from '../../domain/instant.ts'
import { toSeconds } from './session-token.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { Claims } from './templates.ts'

/** A token whose signature is one of ours. Nothing is said of its instants. */
export interface SignedToken {
  readonly header: CompactJWSHeaderParameters
  readonly claims: Claims
}

/** The longest token that is looked at, in characters. */
const LONGEST = 16_384

/**
 * Reads a token that one of the published keys has signed; `null` for any other text.
 *
 * RS256 and nothing else: neither `none`, nor the public key taken for a secret. The key is the one that its header names.
 *
 * @see RFC 8725, sections 3.1 and 3.2
 */
export async function readToken(token: string, keys: SigningKeys, now: EpochMs): Promise<SignedToken | null> {
  if (token.length > LONGEST) return null
  try {
    const { payload, protectedHeader: header } = await compactVerify(token, (header) => keyOf(header, keys, now), {
      algorithms: ['RS256'],
    })
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return isClaims(claims) ? { header, claims } : null
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError) return null
    throw error
  }
}

/** Whether a token is in force at an instant: at exactly `exp` it is not any more. */
export function isInForce({ exp, nbf }: Claims, now: EpochMs): boolean {
  const seconds = toSeconds(now)
  return typeof exp === 'number' && seconds < exp && (typeof nbf !== 'number' || seconds >= nbf)
}

async function keyOf({ kid }: { readonly kid?: string }, keys: SigningKeys, now: EpochMs): Promise<CryptoKey> {
  const key = typeof kid === 'string' ? await keys.find(kid, now) : null
  if (key === null) throw new errors.JWKSNoMatchingKey()
  return key.verifyingKey
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
