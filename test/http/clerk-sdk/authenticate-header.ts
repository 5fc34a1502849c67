/** Requests that bring a token in their Authorization header. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PUBLISHABLE_KEY } from '../../support/clerk-cookies.ts'
import { command, type OpenedClerk, openClerk, SECOND, signIn } from '../../support/clerk-sdk.ts'
import { MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const SDK = { publishableKey: PUBLISHABLE_KEY }

export function bearerRequests(kind: StoreKind): void {
  const bearing = (token: string) =>
    new Request('https://api.example/me', { headers: { authorization: `Bearer ${token}` } })

  async function stateOf(http: OpenedClerk, id: string) {
    return http.clerk.authenticateRequest(bearing((await http.clerk.sessions.getToken(id)).jwt))
  }

  test('a request with a live session’s token is signed in, as its user', async () => {
    await using http = await openClerk(kind, { at: Date.now(), sdk: SDK })
    const members = { actor: { sub: 'user_admin' } }
    const { id } = await signIn(http, { user_id: 'user_ann', ...members })
    const state = await stateOf(http, id)
    assert.deepEqual([state.status, state.reason], ['signed-in', null])
    const auth = state.toAuth()
    assert.ok(auth !== null)
    // The status comes from `sts`, which Clerk writes of pending sessions only.
    assert.deepEqual([auth.userId, auth.sessionId, auth.sessionStatus], ['user_ann', id, null])
    assert.deepEqual([auth.actor, auth.factorVerificationAge], [members.actor, [0, -1]])
  })

  test('a pending session is signed out for whoever does not ask for it, and says that it is pending', async () => {
    await using http = await openClerk(kind, { at: Date.now(), sdk: SDK })
    const { id } = await signIn(http, { user_id: 'user_ann', status: 'pending' })
    const state = await stateOf(http, id)
    assert.ok(state.status === 'signed-in')
    assert.deepEqual([state.toAuth().userId, state.toAuth().sessionStatus], [null, 'pending'])
    const asked = state.toAuth({ treatPendingAsSignedOut: false })
    assert.deepEqual([asked.userId, asked.sessionId, asked.sessionStatus], ['user_ann', id, 'pending'])
    await command(http, id, 'complete_tasks')
    assert.equal((await stateOf(http, id)).toAuth()?.userId, 'user_ann')
  })

  test('a session that was revoked is signed in by the token that it has, until that expires', async () => {
    const now = Date.now()
    await using http = await openClerk(kind, { at: now - MINUTE - 10 * SECOND, sdk: SDK })
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const over = (await clerk.sessions.getToken(id)).jwt
    clock.advanceTo(now)
    const { jwt } = await clerk.sessions.getToken(id)
    await clerk.sessions.revokeSession(id)
    assert.equal((await clerk.authenticateRequest(bearing(jwt))).status, 'signed-in')
    const state = await clerk.authenticateRequest(bearing(over))
    assert.deepEqual([state.status, state.toAuth()?.userId], ['signed-out', null])
  })

  test('what is no token of a session is signed out', async () => {
    await using http = await openClerk(kind, { at: Date.now(), sdk: SDK })
    const { clerk, ask } = http
    const { clientId } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { json } = await ask('POST', `/v1/clients/${clientId}/tokens`)
    for (const token of [json.jwt, 'garbage']) {
      assert.equal((await clerk.authenticateRequest(bearing(token))).status, 'signed-out')
    }
  })
}
