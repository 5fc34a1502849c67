/** An expired token exchanged for the next one, as a token or as cookies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CookieJar, ISSUER, PAGE, PUBLISHABLE_KEY, refreshOf, signedInJar } from '../../support/clerk-cookies.ts'
import { decoded, openClerk, SECOND } from '../../support/clerk-sdk.ts'
import { MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const TOKENS = { issuer: ISSUER, publishableKey: PUBLISHABLE_KEY }

export function refreshing(kind: StoreKind): void {
  test('an expired token becomes the next one of its session, for the same page', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    clock.advanceBy(2 * MINUTE)
    const { jwt } = await clerk.sessions.refreshSession(id, { ...refreshOf(jar), format: 'token' })
    const { header, claims } = decoded(jwt)
    const seconds = Math.floor(clock.now() / SECOND)
    assert.equal(header['cat'], 'cl_B7d4PD111AAA')
    assert.deepEqual(
      [claims.sub, claims['sid'], claims['azp'], claims.iss, claims.iat, claims.exp],
      ['user_ann', id, PAGE, ISSUER, seconds, seconds + 60],
    )
    assert.notEqual(claims.jti, decoded(jar.valueOf('__session')).claims.jti)
    // The format is the token's where nobody names one.
    const more = await clerk.sessions.refreshSession(id, refreshOf(jar))
    assert.equal(typeof more.jwt, 'string')
  })

  test('as cookies it comes under the names that the SDK reads, with the suffix and without where that is asked', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk, clock } = http
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    clock.advanceBy(2 * MINUTE)
    const { cookies } = await clerk.sessions.refreshSession(id, {
      ...refreshOf(jar),
      format: 'cookie',
      suffixed_cookies: true,
    })
    const suffix = jar.names.find((name) => name.startsWith('__session_'))?.slice('__session_'.length)
    assert.match(String(suffix), /^[\w-]{8}$/)
    const names = ['__client_uat', `__client_uat_${suffix}`, `__refresh_${suffix}`, '__session', `__session_${suffix}`]
    assert.deepEqual(
      cookies.map((cookie) => cookie.split('=', 1)[0]),
      names,
    )
    const age = Math.floor(expireAt / SECOND) - Math.floor(clock.now() / SECOND)
    for (const cookie of cookies) {
      const attributes = cookie.split('; ').slice(1)
      const isHidden = cookie.startsWith('__refresh')
      const expected = ['Path=/', `Max-Age=${age}`, 'SameSite=Lax', 'Secure', ...(isHidden ? ['HttpOnly'] : [])]
      assert.deepEqual(attributes, expected, cookie)
    }
    const { claims } = decoded(new CookieJar().take(cookies).valueOf('__session'))
    assert.deepEqual([claims['sid'], claims.iat], [id, Math.floor(clock.now() / SECOND)])
  })

  test('cookies of a page on http are not kept to https', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const origin = 'http://localhost:3000'
    const jar = await signedInJar(http, id, origin)
    const request = { ...refreshOf(jar, origin), format: 'cookie', suffixed_cookies: true } as const
    const { cookies } = await clerk.sessions.refreshSession(id, request)
    assert.deepEqual(
      cookies.filter((cookie) => cookie.includes('Secure')),
      [],
    )
  })

  test('what a refresh gave is refreshed in its turn', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    for (let round = 0; round < 3; round += 1) {
      clock.advanceBy(2 * MINUTE)
      const request = { ...refreshOf(jar), format: 'cookie', suffixed_cookies: true } as const
      jar.take((await clerk.sessions.refreshSession(id, request)).cookies)
    }
    assert.equal(decoded(jar.valueOf('__session')).claims.iat, Math.floor(clock.now() / SECOND))
  })

  test('requests that a page sends side by side with one expired token are all signed in', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    clock.advanceBy(2 * MINUTE)
    const asked = Array.from({ length: 8 }, () => clerk.sessions.refreshSession(id, refreshOf(jar)))
    const all = await Promise.allSettled(asked)
    const signedIn = all.flatMap((each) => (each.status === 'fulfilled' ? each.value.jwt : []))
    assert.equal(new Set(signedIn).size, 8)
  })

  test('the refresh cookie has the suffix even where the others have none, for the SDK reads no other', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    clock.advanceBy(2 * MINUTE)
    const { cookies } = await clerk.sessions.refreshSession(id, { ...refreshOf(jar), format: 'cookie' })
    const refreshName = jar.names.find((name) => name.startsWith('__refresh'))
    assert.deepEqual(
      cookies.map((cookie) => cookie.split('=', 1)[0]),
      ['__client_uat', refreshName, '__session'],
    )
  })
}
