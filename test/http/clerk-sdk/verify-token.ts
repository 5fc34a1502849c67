/** Tokens as the SDK verifies them without asking: by the published keys or by PEM, and by the machine's clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyToken } from '@clerk/backend'
import { exportSPKI, importJWK, type JWK } from 'jose'
import { ISSUER, PAGE, PUBLISHABLE_KEY, signedInJar } from '../../support/clerk-cookies.ts'
import { command, type OpenedClerk, openClerk, SECOND, signIn } from '../../support/clerk-sdk.ts'
import { MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

/** A public key as the SDK's users keep it in `CLERK_JWT_KEY`. */
async function pemOf({ clerk }: OpenedClerk): Promise<string> {
  const [newest] = (await clerk.jwks.getJwks()).keys ?? []
  const key = await importJWK({ ...(newest as unknown as JWK) }, 'RS256', { extractable: true })
  assert.ok(!(key instanceof Uint8Array))
  return exportSPKI(key)
}

export function verifyingTokens(kind: StoreKind): void {
  const byKeys = ({ url, key }: OpenedClerk) => ({ secretKey: key, apiUrl: url })
  const expired = { reason: 'token-expired' }

  test('a token is verified by the published keys, which are read once', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { clerk } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    for (const lifetime of [undefined, 3600]) {
      const { jwt } = await clerk.sessions.getToken(id, undefined, lifetime)
      const claims = await verifyToken(jwt, byKeys(http))
      assert.deepEqual([claims.sub, claims.sid, claims.iss], ['user_ann', id, http.url])
    }
    assert.equal(http.exchanges.filter(({ path }) => path === '/v1/jwks').length, 1)
  })

  test('a token is verified by PEM without asking anybody', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { clerk, exchanges } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { jwt } = await clerk.sessions.getToken(id)
    const jwtKey = await pemOf(http)
    const asked = exchanges.length
    assert.equal((await verifyToken(jwt, { jwtKey })).sid, id)
    assert.equal(exchanges.length, asked)
    const changed = `${jwt.slice(0, -8)}${jwt.at(-8) === 'A' ? 'B' : 'A'}${jwt.slice(-7)}`
    await assert.rejects(verifyToken(changed, { jwtKey }), { reason: 'token-invalid-signature' })
  })

  test('a token for a page is held to that page and its issuer where a verifier asks for it', async () => {
    await using http = await openClerk(kind, { at: Date.now(), tokens: { issuer: ISSUER } })
    const { id } = await http.clerk.sessions.createSession({ userId: 'user_ann' })
    const token = (await signedInJar(http, id)).valueOf('__session')
    const options = byKeys(http)
    assert.equal((await verifyToken(token, { ...options, authorizedParties: [PAGE], issuer: ISSUER })).azp, PAGE)
    await assert.rejects(verifyToken(token, { ...options, authorizedParties: ['https://x.example'] }), {
      reason: 'token-invalid-authorized-parties',
    })
    await assert.rejects(verifyToken(token, { ...options, issuer: http.url }), { reason: 'token-invalid-issuer' })
  })

  test('tokens of the key before and of the key after a rotation both verify, at once or after the time to get known', async () => {
    for (const isAtOnce of [true, false]) {
      const now = Date.now()
      await using http = await openClerk(kind, { at: now - 6 * MINUTE })
      const { clerk, clock, service } = http
      const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
      const before = (await clerk.sessions.getToken(id, undefined, 3600)).jwt
      const pem = await pemOf(http)
      await verifyToken(before, byKeys(http))
      // Later than the key that it takes the place of.
      clock.advanceBy(1)
      await service.tokens.keys.rotate(clock.now(), isAtOnce)
      clock.advanceTo(now)
      const after = (await clerk.sessions.getToken(id)).jwt
      for (const token of [before, after, before]) assert.equal((await verifyToken(token, byKeys(http))).sid, id)
      // Who keeps a PEM has to be given the new one.
      assert.equal((await verifyToken(before, { jwtKey: pem })).sid, id)
      await assert.rejects(verifyToken(after, { jwtKey: pem }), { reason: 'token-invalid-signature' })
      assert.equal((await verifyToken(after, { jwtKey: await pemOf(http) })).sid, id)
    }
  })

  test('a key that was removed verifies nothing for whoever reads the keys anew', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { clerk, clock, service } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { kid } = await service.tokens.keys.active(clock.now())
    const { jwt } = await clerk.sessions.getToken(id)
    clock.advanceBy(1)
    await service.tokens.keys.rotate(clock.now(), true)
    clock.advanceBy(5 * SECOND)
    assert.equal(await service.tokens.keys.remove(kid, clock.now()), true)
    await assert.rejects(verifyToken(jwt, { ...byKeys(http), skipJwksCache: true }), { reason: 'jwk-kid-mismatch' })
  })

  test('the token of a session that was revoked verifies until it expires, and none is made after it', async () => {
    const now = Date.now()
    await using http = await openClerk(kind, { at: now - MINUTE - 10 * SECOND })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const over = (await clerk.sessions.getToken(id)).jwt
    clock.advanceTo(now)
    const { jwt } = await clerk.sessions.getToken(id)
    await clerk.sessions.revokeSession(id)
    // The documented gap: who verifies without asking does not hear of it.
    assert.equal((await verifyToken(jwt, byKeys(http))).sid, id)
    await assert.rejects(verifyToken(over, byKeys(http)), expired)
    await assert.rejects(clerk.sessions.getToken(id))
  })

  test('a token of a session near its deadline expires with it, by the machine’s clock', async () => {
    const now = Date.now()
    await using http = await openClerk(kind, { at: now - 30 * SECOND, policy: { maximumLifetime: 20 * SECOND } })
    const { clerk } = http
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { jwt } = await clerk.sessions.getToken(id, undefined, 3600)
    await assert.rejects(verifyToken(jwt, byKeys(http)), expired)
    const { exp } = await verifyToken(jwt, { ...byKeys(http), clockSkewInMs: MINUTE })
    assert.equal(exp, Math.floor(expireAt / SECOND))
  })

  test('only the token of a session that is pending says so', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { clerk } = http
    const { id } = await signIn(http, { user_id: 'user_ann', status: 'pending' })
    const claimsOf = async () => verifyToken((await clerk.sessions.getToken(id)).jwt, byKeys(http))
    assert.equal((await claimsOf()).sts, 'pending')
    await command(http, id, 'complete_tasks')
    assert.equal('sts' in (await claimsOf()), false)
  })

  test('neither a client’s token nor a refresh token is taken for a session’s', async () => {
    await using http = await openClerk(kind, { at: Date.now(), tokens: { publishableKey: PUBLISHABLE_KEY } })
    const { clerk, ask } = http
    const { id, clientId } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { json } = await ask('POST', `/v1/clients/${clientId}/tokens`)
    const jar = await signedInJar(http, id)
    for (const token of [json.jwt, jar.valueOf('__refresh')]) {
      await assert.rejects(verifyToken(token, byKeys(http)), { reason: 'token-invalid' })
    }
    assert.equal((await verifyToken(jar.valueOf('__session'), byKeys(http))).sid, id)
  })
}
