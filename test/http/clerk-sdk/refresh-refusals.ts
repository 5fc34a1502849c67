/** Every reason not to refresh a token, by its code, which the SDK puts into the reason of its handshake. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ISSUER, PUBLISHABLE_KEY, refreshOf, signedInJar } from '../../support/clerk-cookies.ts'
import {
  command,
  decoded,
  forged,
  type OpenedClerk,
  openClerk,
  refusal,
  refused,
  SECOND,
  signIn,
} from '../../support/clerk-sdk.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const TOKENS = { issuer: ISSUER, publishableKey: PUBLISHABLE_KEY }

const openCookies = (kind: StoreKind) => openClerk(kind, { tokens: TOKENS })

/** A session whose token has just expired, and what a browser has of it. */
async function anExpired(http: OpenedClerk) {
  const { id } = await signIn(http, { user_id: 'user_ann' })
  const jar = await signedInJar(http, id)
  http.clock.advanceBy(2 * MINUTE)
  return { id, jar, request: refreshOf(jar), claims: decoded(jar.valueOf('__session')).claims }
}

async function codeOf({ clerk }: OpenedClerk, id: string, request: ReturnType<typeof refreshOf>): Promise<string> {
  return refusal(clerk.sessions.refreshSession(id, { ...request, format: 'cookie' }))
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

export function refreshRefusals(kind: StoreKind): void {
  test('a session that nobody knows is told before anything else', async () => {
    await using http = await openCookies(kind)
    const { request } = await anExpired(http)
    assert.equal(await codeOf(http, 'sess_nobody', request), '401 session_refresh_session_not_found')
    const garbage = { ...request, expired_token: '', refresh_token: '' }
    assert.equal(await codeOf(http, 'sess_nobody', garbage), '401 session_refresh_session_not_found')
  })

  test('an expired token that is none of this session’s is invalid: garbage, another’s, another issuer’s, another kind', async () => {
    await using http = await openCookies(kind)
    const { id, jar, request, claims } = await anExpired(http)
    const { id: other } = await signIn(http, { user_id: 'user_bob' })
    const { id: same } = await signIn(http, { user_id: 'user_ann' })
    const [head, , signature] = request.expired_token.split('.')
    const renamed = encoded({ ...claims, sub: 'user_eve' })
    const tokens = {
      empty: '',
      garbage: 'garbage',
      'another user’s session': (await signedInJar(http, other)).valueOf('__session'),
      'another session of the user': (await signedInJar(http, same)).valueOf('__session'),
      'another issuer': await forged(http, { ...claims, iss: 'https://elsewhere.example' }),
      'no issuer': await forged(http, { ...claims, iss: undefined }),
      'another user': await forged(http, { ...claims, sub: 'user_eve' }),
      'a changed payload': `${head}.${renamed}.${signature}`,
      'no algorithm': `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`,
      'a key that nobody knows': await forged(http, claims, { kid: 'ins_nobody' }),
      'the refresh token': jar.valueOf('__refresh'),
      'another type': await forged(http, claims, { typ: 'at+jwt' }),
      'a sid that is no text': await forged(http, { ...claims, sid: [id] }),
    }
    for (const [what, expired_token] of Object.entries(tokens)) {
      assert.equal(await codeOf(http, id, { ...request, expired_token }), '401 expired_session_token_invalid', what)
    }
  })

  test('an expired token without sid, azp or iat is told which it lacks', async () => {
    await using http = await openCookies(kind)
    const { id, request, claims } = await anExpired(http)
    const lacking = async (claim: string) => {
      return codeOf(http, id, { ...request, expired_token: await forged(http, { ...claims, [claim]: undefined }) })
    }
    assert.equal(await lacking('sid'), '401 expired_session_token_missing_sid')
    assert.equal(await lacking('azp'), '401 expired_session_token_missing_azp')
    assert.equal(await lacking('iat'), '401 session_refresh_expired_session_token_missing_iat')
    // As the Backend API makes them, tokens are for no page.
    const { jwt } = await http.clerk.sessions.getToken(id)
    assert.equal(await codeOf(http, id, { ...request, expired_token: jwt }), '401 expired_session_token_missing_azp')
  })

  test('a token for another origin, of an impersonation, or of no session’s category is not eligible', async () => {
    await using http = await openCookies(kind)
    const { id, request, claims } = await anExpired(http)
    const elsewhere = { ...request, request_origin: 'https://elsewhere.example' }
    const ineligible = '401 session_refresh_session_token_ineligible'
    assert.equal(await codeOf(http, id, elsewhere), ineligible)
    const uncategorized = await forged(http, claims, { cat: undefined })
    assert.equal(await codeOf(http, id, { ...request, expired_token: uncategorized }), ineligible)
    const { id: acted } = await signIn(http, { user_id: 'user_ann', actor: { sub: 'user_admin' } })
    assert.equal(await codeOf(http, acted, refreshOf(await signedInJar(http, acted))), ineligible)
  })

  test('a token is refreshed up to a window after it was issued, and is too old a millisecond later', async () => {
    await using http = await openCookies(kind)
    const { id, request, claims } = await anExpired(http)
    const last = (claims.iat ?? 0) * SECOND + DAY
    http.clock.advanceTo(last + 1)
    assert.equal(await codeOf(http, id, request), '401 session_refresh_expired_session_token_too_old')
    http.clock.advanceTo(last)
    await http.clerk.sessions.refreshSession(id, request)
  })

  test('a refresh token that is none of this session’s is not found: garbage, another’s, another kind, past its end', async () => {
    await using http = await openCookies(kind)
    const { id, jar, request } = await anExpired(http)
    const { id: other, client_id: client } = await signIn(http, { user_id: 'user_ann' })
    const { json } = await http.ask('POST', `/v1/clients/${client}/tokens`)
    const tokens = {
      empty: '',
      garbage: 'garbage',
      'another session’s': (await signedInJar(http, other)).valueOf('__refresh'),
      'the session’s own token': jar.valueOf('__session'),
      'the session’s own token, in force': (await http.clerk.sessions.getToken(id)).jwt,
      'a client’s token': json.jwt,
    }
    for (const [what, refresh_token] of Object.entries(tokens)) {
      assert.equal(await codeOf(http, id, { ...request, refresh_token }), '401 refresh_token_not_found', what)
    }
  })

  test('a session that is over is inactive, whoever ended it', async () => {
    for (const name of ['end', 'revoke', 'remove']) {
      await using http = await openCookies(kind)
      const { id, request } = await anExpired(http)
      await command(http, id, name)
      assert.equal(await codeOf(http, id, request), '401 session_refresh_inactive_session', name)
    }
  })

  test('a session that the clock alone has ended is inactive too', async () => {
    await using http = await openClerk(kind, { tokens: TOKENS, policy: { maximumLifetime: 5 * MINUTE } })
    const { clerk, clock } = http
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const jar = await signedInJar(http, id)
    clock.advanceTo(expireAt)
    assert.equal(await codeOf(http, id, refreshOf(jar)), '401 session_refresh_inactive_session')
  })

  test('a token is exchanged again within ten seconds, and is consumed at exactly ten', async () => {
    await using http = await openCookies(kind)
    const { id, request } = await anExpired(http)
    const { clerk, clock } = http
    const first = clock.now()
    await clerk.sessions.refreshSession(id, request)
    clock.advanceTo(first + 9_999)
    await clerk.sessions.refreshSession(id, request)
    clock.advanceTo(first + 10_000)
    assert.equal(await codeOf(http, id, request), '401 session_refresh_expired_session_token_consumed')
  })

  test('a token that was refused is not consumed by it', async () => {
    await using http = await openCookies(kind)
    const { id, request } = await anExpired(http)
    const { clerk, clock } = http
    await codeOf(http, id, { ...request, refresh_token: 'garbage' })
    clock.advanceBy(MINUTE)
    await clerk.sessions.refreshSession(id, request)
  })

  test('every refusal has words of its own, and a body that lacks a member is refused by its name', async () => {
    await using http = await openCookies(kind)
    const { id, request } = await anExpired(http)
    const { errors } = await refused(http.clerk.sessions.refreshSession(id, { ...request, refresh_token: '' }))
    assert.ok(errors[0]?.message && errors[0].longMessage)
    for (const member of ['expired_token', 'refresh_token', 'request_origin'] as const) {
      const lacking = { ...request, [member]: undefined as unknown as string }
      const { status, errors } = await refused(http.clerk.sessions.refreshSession(id, lacking))
      assert.deepEqual([status, errors[0]?.code, errors[0]?.meta?.paramName], [422, 'form_param_missing', member])
    }
  })
}
