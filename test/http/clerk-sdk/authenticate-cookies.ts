/** Pages that bring cookies: signed in by them, refreshed where they expired, or sent to sign in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CookieJar, ISSUER, PUBLISHABLE_KEY, refreshOf, signedInJar } from '../../support/clerk-cookies.ts'
import { clerkOf, decoded, type OpenedClerk, openClerk, SECOND, signIn } from '../../support/clerk-sdk.ts'
import { MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const TOKENS = { issuer: ISSUER, publishableKey: PUBLISHABLE_KEY }
const SDK = { publishableKey: PUBLISHABLE_KEY }

const LATE = 2 * MINUTE

/** A service whose clock is late by so much: what it signs has expired by the machine's. */
const openLate = (kind: StoreKind, late = LATE) => {
  return openClerk(kind, { at: Date.now() - late, tokens: TOKENS, sdk: SDK })
}

/** A session, and the cookies that a browser has of it. */
async function aPage(http: OpenedClerk, session: object = {}) {
  const { id } = await signIn(http, { user_id: 'user_ann', ...session })
  return { id, jar: await signedInJar(http, id) }
}

function refreshesOf({ exchanges }: OpenedClerk) {
  return exchanges.filter(({ path }) => path.includes('/refresh')).map(({ path, status }) => [path, status])
}

export function cookiePages(kind: StoreKind): void {
  test('a page with the cookies of a live session is signed in, without a refresh', async () => {
    await using http = await openLate(kind, 0)
    const { id, jar } = await aPage(http)
    const state = await http.clerk.authenticateRequest(jar.request())
    assert.deepEqual([state.status, state.toAuth()?.userId, state.toAuth()?.sessionId], ['signed-in', 'user_ann', id])
    assert.deepEqual([refreshesOf(http), state.headers.getSetCookie()], [[], []])
  })

  test('the same holds for a publishable key of the address that the service listens at, and with plain cookies only', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { id } = await http.clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    assert.deepEqual(jar.names, ['__client_uat', '__refresh', '__session'])
    const clerk = clerkOf(http, { publishableKey: `pk_live_${btoa(`${new URL(http.url).host}$`)}` })
    const state = await clerk.authenticateRequest(jar.request())
    assert.deepEqual([state.status, state.toAuth()?.sessionId], ['signed-in', id])
  })

  test('an expired cookie is refreshed on the way, and the page is given the new ones', async () => {
    await using http = await openLate(kind)
    const { id, jar } = await aPage(http)
    http.clock.advanceBy(LATE)
    const state = await http.clerk.authenticateRequest(jar.request())
    assert.deepEqual([state.status, state.reason, state.toAuth()?.userId], ['signed-in', null, 'user_ann'])
    assert.deepEqual(refreshesOf(http), [[`/v1/sessions/${id}/refresh?suffixed_cookies=true`, 200]])
    const renewed = new CookieJar().take(state.headers.getSetCookie())
    assert.deepEqual(renewed.names, jar.names)
    assert.equal(renewed.valueOf('__session'), state.token)
    assert.equal(decoded(String(state.token)).claims.iat, Math.floor(http.clock.now() / SECOND))
    // With them the next page is signed in as it is.
    const next = await http.clerk.authenticateRequest(jar.take(state.headers.getSetCookie()).request())
    assert.deepEqual([next.status, refreshesOf(http).length], ['signed-in', 1])
  })

  test('cookies that a refresh gave are refreshed in their turn', async () => {
    await using http = await openLate(kind, 2 * LATE)
    const { id, jar } = await aPage(http)
    http.clock.advanceBy(LATE)
    const request = { ...refreshOf(jar), format: 'cookie', suffixed_cookies: true } as const
    const { cookies } = await http.clerk.sessions.refreshSession(id, request)
    jar.drop(/./).take(cookies)
    http.clock.advanceBy(LATE)
    assert.equal((await http.clerk.authenticateRequest(jar.request())).status, 'signed-in')
  })

  test('a page whose session’s cookies lost their suffix is refreshed by what is left', async () => {
    await using http = await openLate(kind)
    const { id, jar } = await aPage(http)
    jar.drop(/^__(?:session|client_uat)_/)
    http.clock.advanceBy(LATE)
    const state = await http.clerk.authenticateRequest(jar.request())
    assert.deepEqual([state.status, state.toAuth()?.sessionId], ['signed-in', id])
    assert.deepEqual(refreshesOf(http), [[`/v1/sessions/${id}/refresh`, 200]])
    // What the SDK refreshes with the next time is what this time gave.
    const renewed = new CookieJar().take(state.headers.getSetCookie())
    assert.deepEqual(
      renewed.names,
      jar.names.filter((name) => name !== '__refresh'),
    )
  })

  test('a page whose session is over is sent to sign in, with the code of the refusal as the reason', async () => {
    await using http = await openLate(kind)
    const { id, jar } = await aPage(http)
    await http.clerk.sessions.revokeSession(id)
    http.clock.advanceBy(LATE)
    const state = await http.clerk.authenticateRequest(jar.request())
    const reason = 'session-token-expired-refresh-session_refresh_inactive_session'
    assert.deepEqual([state.status, state.reason, state.toAuth()], ['handshake', reason, null])
    const location = new URL(String(state.headers.get('location')))
    assert.equal(`${location.origin}${location.pathname}`, `${ISSUER}/v1/client/handshake`)
    assert.equal(location.searchParams.get('__clerk_hs_reason'), reason)
    // What is no document is told so, and not sent away.
    const call = jar.request('GET', { accept: 'application/json', 'sec-fetch-dest': 'empty' })
    assert.equal((await http.clerk.authenticateRequest(call)).status, 'signed-out')
  })

  test('each refusal shows in the reason: another origin, another session’s refresh token, a token exchanged before', async () => {
    await using http = await openLate(kind)
    const { id, jar } = await aPage(http)
    const { id: other } = await signIn(http, { user_id: 'user_ann' })
    const foreign = await signedInJar(http, other)
    const elsewhere = await signedInJar(http, id, 'https://elsewhere.example')
    const mixed = new CookieJar().take(
      jar.names.map((name) => `${name}=${(name.startsWith('__refresh') ? foreign : jar).valueOf(name)}`),
    )
    http.clock.advanceBy(LATE - MINUTE)
    await http.clerk.sessions.refreshSession(id, { ...refreshOf(jar), format: 'token' })
    http.clock.advanceBy(MINUTE)
    for (const [cookies, code] of [
      [elsewhere, 'session_refresh_session_token_ineligible'],
      [mixed, 'refresh_token_not_found'],
      [jar, 'session_refresh_expired_session_token_consumed'],
    ] as const) {
      const state = await http.clerk.authenticateRequest(cookies.request())
      assert.deepEqual([state.status, state.reason], ['handshake', `session-token-expired-refresh-${code}`])
    }
  })

  test('an expired cookie is not refreshed for a request that changes something, nor without its refresh cookie', async () => {
    await using http = await openLate(kind)
    const { jar } = await aPage(http)
    http.clock.advanceBy(LATE)
    const posted = await http.clerk.authenticateRequest(jar.request('POST'))
    assert.deepEqual(
      [posted.status, posted.reason],
      ['signed-out', 'session-token-expired-refresh-non-eligible-non-get'],
    )
    const bare = await http.clerk.authenticateRequest(jar.drop(/^__refresh/).request())
    const reason = 'session-token-expired-refresh-non-eligible-no-refresh-cookie'
    assert.deepEqual([bare.status, bare.reason, refreshesOf(http)], ['handshake', reason, []])
  })

  test('a pending session’s page is signed in for whoever asks for pending ones, and refreshed as pending', async () => {
    await using http = await openLate(kind)
    const { jar } = await aPage(http, { status: 'pending' })
    http.clock.advanceBy(LATE)
    const state = await http.clerk.authenticateRequest(jar.request())
    assert.ok(state.status === 'signed-in')
    assert.deepEqual([state.toAuth().userId, state.toAuth().sessionStatus], [null, 'pending'])
    assert.equal(state.toAuth({ treatPendingAsSignedOut: false }).userId, 'user_ann')
  })
}
