import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import type { TokenTemplate } from '../../snapshot/read-templates.ts'
import type { Store } from '../../store/port.ts'
import { cookieSuffix } from '../digest.ts'
import { getClient } from '../get-client.ts'
import { readSession } from '../get-session.ts'
import type { ClientRecord, SessionRecord } from '../records.ts'
import { readClientToken, signClientToken, signRefreshToken } from './bearer-tokens.ts'
import { type RefreshRefusal, type RefreshRequest, refusalOf } from './refresh-rules.ts'
import { cookiesOf } from './session-cookies.ts'
import { signSessionToken } from './session-token.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { TokenTemplates } from './templates.ts'

/** What tokens are made by. */
export interface TokenSettings {
  /** How long a session's token lives, where nobody says. */
  readonly lifetime: DurationMs
  readonly clientLifetime: DurationMs
  /** How long after it was issued an expired token can be refreshed. */
  readonly refreshWindow: DurationMs
  readonly templates: TokenTemplates
  /** What cookies' names end with hangs on it; `null` for plain names. */
  readonly publishableKey: string | null
}

/** What tokens are made of. */
export interface TokenDependencies {
  readonly store: Store
  readonly policy: Policy
  readonly randomness: Randomness
  readonly keys: SigningKeys
  readonly settings: TokenSettings
  /** `iss`: where the service is reached, without a slash at its end, once that is known. */
  readonly issuer: () => string
}

/** How a session's token is to be. */
export interface SessionTokenRequest {
  /** The name of a template. */
  readonly template?: string | undefined
  readonly lifetime?: DurationMs | undefined
  /** The origin of the page that it is for. */
  readonly origin?: string | undefined
}

/** A session's token, or why there is none: a session that is not live gets none. */
export type SessionTokenOutcome =
  | { readonly token: string; readonly reason?: never }
  | { readonly token: null; readonly reason: 'unknown-session' | 'not-live' | 'unknown-template' }

/** A session's token and cookies, or why there are none. */
export type CookiesOutcome =
  | { readonly token: string; readonly cookies: readonly string[]; readonly reason?: never }
  | { readonly token: null; readonly reason: 'unknown-session' | 'not-live' }

/** A session's next token, or why the last one is not refreshed. */
export type RefreshOutcome =
  /** `cookies` are null where none were asked for. */
  | { readonly token: string; readonly cookies: readonly string[] | null; readonly reason?: never }
  | { readonly token: null; readonly reason: RefreshRefusal }

/**
 * The tokens of a store's sessions and clients: signed, refreshed and read.
 *
 * None is signed for a session that is not live, and none outlives its session's next deadline. What a session becomes
 * later is not seen by who verifies a token without asking: that is why they live for a minute.
 */
export class Tokens {
  readonly #dependencies: TokenDependencies

  constructor(dependencies: TokenDependencies) {
    this.#dependencies = dependencies
  }

  /** The signing keys. */
  get keys(): SigningKeys {
    return this.#dependencies.keys
  }

  /** Signs a token for a live session. @throws {StoreError} When the store fails. */
  async issue(id: SessionId, request: SessionTokenRequest = {}): Promise<SessionTokenOutcome> {
    const { settings, store } = this.#dependencies
    const { session, now } = await readSession({ store }, id)
    if (session === null) return { token: null, reason: 'unknown-session' }
    if (!isLive(session.status)) return { token: null, reason: 'not-live' }
    const template = request.template === undefined ? undefined : settings.templates.get(request.template)
    if (template === undefined && request.template !== undefined) return { token: null, reason: 'unknown-template' }
    return { token: await this.#sign(session, now, { ...request, template }) }
  }

  /** Signs what a browser keeps of a live session: its token, and one to refresh it with. */
  async issueCookies(id: SessionId, origin: string): Promise<CookiesOutcome> {
    const { session, now } = await readSession(this.#dependencies, id)
    if (session === null) return { token: null, reason: 'unknown-session' }
    if (!isLive(session.status)) return { token: null, reason: 'not-live' }
    return this.#signCookies(session, now, { origin, isSuffixed: true })
  }

  /**
   * Exchanges an expired token of a live session for the next one.
   *
   * @see refresh-rules.ts for what is refused, and why
   */
  async refresh(id: SessionId, request: RefreshRequest): Promise<RefreshOutcome> {
    const { store, keys, settings } = this.#dependencies
    const { session, now } = await readSession({ store }, id)
    const bearing = { keys, issuer: this.#dependencies.issuer(), now }
    const refusal = await refusalOf(session, request, { store, bearing, window: settings.refreshWindow })
    if (refusal !== null || session === null) {
      return { token: null, reason: refusal ?? 'session_refresh_session_not_found' }
    }
    const { origin, isSuffixed, wantsCookies } = request
    if (wantsCookies) return this.#signCookies(session, now, { origin, isSuffixed })
    return { token: await this.#sign(session, now, { origin }), cookies: null }
  }

  /** Signs a token that stands for a client; `null` where there is none of that id. */
  async issueClient(id: ClientId, lifetime?: DurationMs): Promise<string | null> {
    const { store, keys, settings } = this.#dependencies
    const { clients, now } = await store.read({ clientIds: [id], sessions: 'open' })
    if (clients.length === 0) return null
    const bounded = Math.min(lifetime ?? settings.clientLifetime, keys.overlap) as DurationMs
    return signClientToken(id, bounded, { keys, issuer: this.#dependencies.issuer(), now })
  }

  /** The client that a token stands for: `invalid` for one that is not ours or not in force, `null` where it is gone. */
  async verifyClient(token: string): Promise<ClientRecord | 'invalid' | null> {
    const { store, policy, keys, randomness } = this.#dependencies
    const id = await readClientToken(token, { keys, issuer: this.#dependencies.issuer(), now: await store.now() })
    return id === null ? 'invalid' : getClient({ store, policy, randomness }, id)
  }

  async #signCookies(
    session: SessionRecord,
    now: EpochMs,
    { origin, isSuffixed }: { readonly origin: string; readonly isSuffixed: boolean },
  ) {
    const { keys, settings } = this.#dependencies
    const until = Math.min(Math.min(session.expireAt, session.abandonAt), now + keys.overlap) as EpochMs
    const bearing = { keys, issuer: this.#dependencies.issuer(), now }
    const [sessionToken, refreshToken] = await Promise.all([
      this.#sign(session, now, { origin }),
      signRefreshToken(session.id, until, bearing),
    ])
    const suffix = settings.publishableKey === null ? null : cookieSuffix(settings.publishableKey)
    const isSecure = origin.startsWith('https:')
    const cookies = cookiesOf({
      ...{ sessionToken, refreshToken, signedInAt: session.createdAt },
      ...{ now, until, suffix, isSuffixed, isSecure },
    })
    return { token: sessionToken, cookies }
  }

  async #sign(
    session: SessionRecord,
    now: EpochMs,
    {
      template,
      lifetime,
      origin,
    }: Omit<SessionTokenRequest, 'template'> & { readonly template?: TokenTemplate | undefined },
  ): Promise<string> {
    const { keys, settings, randomness } = this.#dependencies
    const wanted = lifetime ?? template?.lifetime ?? settings.lifetime
    const bounded = Math.min(wanted, keys.overlap) as DurationMs
    const key = await keys.active(now)
    const parts = { session, now, key, issuer: this.#dependencies.issuer(), lifetime: bounded, randomness }
    return signSessionToken({ ...parts, origin, template })
  }
}
