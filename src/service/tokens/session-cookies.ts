import type { EpochMs } from '../../domain/instant.ts'
import { toSeconds } from './session-token.ts'

/** What a browser keeps of a session. */
export interface SessionCookies {
  readonly sessionToken: string
  readonly refreshToken: string
  /** When the client's session last changed hands, which `__client_uat` says; epoch milliseconds. */
  readonly signedInAt: EpochMs
  readonly now: EpochMs
  /** When the refresh token ends, and the cookies with it. Epoch milliseconds. */
  readonly until: EpochMs
  /** What the names of the instance's cookies end with; `null` where nothing says. */
  readonly suffix: string | null
  /** Whether the session's token and its instant are also under names with the suffix. */
  readonly isSuffixed: boolean
  /** Whether the page is on https, so that the cookies go there only. */
  readonly isSecure: boolean
}

/**
 * The cookies of a session as `Set-Cookie` has them, under the names that `@clerk/backend` reads: `__session` and
 * `__client_uat`, without the suffix and where that is asked with it, and `__refresh` always with it. The session's own comes last: the SDK takes the
 * last one whose name begins so.
 *
 * The page may read the session's token, as Clerk's scripts do; the refresh token it may not.
 */
export function cookiesOf(cookies: SessionCookies): readonly string[] {
  const { sessionToken, refreshToken, signedInAt, suffix, isSuffixed } = cookies
  const names = (name: string) => (suffix === null || !isSuffixed ? [name] : [name, `${name}_${suffix}`])
  const uat = String(toSeconds(signedInAt))
  const refreshName = suffix === null ? '__refresh' : `__refresh_${suffix}`
  return [
    ...names('__client_uat').map((name) => cookie(name, uat, cookies)),
    `${cookie(refreshName, refreshToken, cookies)}; HttpOnly`,
    ...names('__session').map((name) => cookie(name, sessionToken, cookies)),
  ]
}

function cookie(name: string, value: string, { now, until, isSecure }: SessionCookies): string {
  const age = Math.max(0, toSeconds(until) - toSeconds(now))
  return `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${isSecure ? '; Secure' : ''}`
}
