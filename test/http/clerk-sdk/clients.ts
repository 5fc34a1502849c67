/** Clients: read, listed, and found by the token that stands for one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedInJar } from '../../support/clerk-cookies.ts'
import { command, forged, openClerk, refusal, refused, sdkSession, signIn } from '../../support/clerk-sdk.ts'
import { START } from '../../support/services.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

export function clients(kind: StoreKind): void {
  test('a client has its sessions, newest last, and the one that was last active', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock, service } = http
    const { client_id: clientId } = await signIn(http, { user_id: 'user_ann', session_id: 'sess_1' })
    clock.advanceBy(MINUTE)
    await signIn(http, { user_id: 'user_bob', session_id: 'sess_2' }, clientId)
    const client = await clerk.clients.getClient(clientId)
    assert.deepEqual([client.id, client.sessionIds], [clientId, ['sess_1', 'sess_2']])
    assert.deepEqual(
      [client.lastActiveSessionId, client.createdAt, client.updatedAt],
      ['sess_2', START, START + MINUTE],
    )
    assert.deepEqual([client.signInId, client.signUpId, client.lastAuthenticationStrategy], [null, null, null])
    for (const { latestActivity, actor, lastActiveOrganizationId, ...members } of client.sessions) {
      assert.deepEqual(members, sdkSession(await service.tenure.getSession(members.id)))
    }
  })

  test('a client shows what expired and what ended, and neither what was removed nor, in single mode, what was revoked', async () => {
    for (const mode of ['multi', 'single'] as const) {
      const policy = mode === 'single' ? ({ sessionMode: 'single', onConflict: 'replace' } as const) : {}
      await using http = await openClerk(kind, { policy })
      const { clerk } = http
      const { client_id: clientId } = await signIn(http, { user_id: 'user_ann', session_id: 'sess_1' })
      await command(http, 'sess_1', 'end')
      await signIn(http, { user_id: 'user_ann', session_id: 'sess_2' }, clientId)
      await command(http, 'sess_2', 'remove')
      await signIn(http, { user_id: 'user_ann', session_id: 'sess_3' }, clientId)
      await command(http, 'sess_3', 'revoke')
      const { sessionIds, sessions, lastActiveSessionId } = await clerk.clients.getClient(clientId)
      assert.equal(lastActiveSessionId, null)
      assert.deepEqual(
        sessionIds,
        sessions.map(({ id }) => id),
      )
      assert.equal(sessionIds.includes('sess_2'), false)
      assert.equal(sessionIds.includes('sess_3'), mode === 'multi')
    }
  })

  test('a client is read as it is at that instant, with no sweep', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const { clientId, id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    clock.advanceTo(expireAt - 1)
    assert.equal((await clerk.clients.getClient(clientId)).lastActiveSessionId, id)
    clock.advanceTo(expireAt)
    const client = await clerk.clients.getClient(clientId)
    assert.deepEqual([client.lastActiveSessionId, client.updatedAt], [null, expireAt])
    assert.deepEqual(
      client.sessions.map(({ status }) => status),
      ['expired'],
    )
  })

  test('a client that nobody knows is not found, in Clerk’s words', async () => {
    await using http = await openClerk(kind)
    const { status, errors } = await refused(http.clerk.clients.getClient('client_nobody'))
    assert.deepEqual([status, errors[0]?.code, errors[0]?.message], [404, 'resource_not_found', 'Client not found'])
    assert.equal(errors[0]?.longMessage, 'No client was found with id client_nobody')
  })

  test('clients are listed newest first, in pages that each have the total', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const made: string[] = []
    for (let index = 0; index < 12; index += 1) {
      made.unshift((await clerk.sessions.createSession({ userId: `user_${index}` })).clientId)
      clock.advanceBy(1)
    }
    const idsOf = async (params?: Parameters<typeof clerk.clients.getClientList>[0]) => {
      const { data, totalCount } = await clerk.clients.getClientList(params)
      return [data.map(({ id }) => id), totalCount]
    }
    assert.deepEqual(await idsOf(), [made.slice(0, 10), 12])
    assert.deepEqual(await idsOf({ limit: 0, offset: 0 }), [made.slice(0, 10), 12])
    assert.deepEqual(await idsOf({ limit: 5, offset: 10 }), [made.slice(10), 12])
    assert.deepEqual(await idsOf({ limit: 5, offset: 12 }), [[], 12])
    assert.equal(await refusal(clerk.clients.getClientList({ limit: 501 })), '422 form_param_value_too_large')
  })

  async function tokenOf({ ask }: Awaited<ReturnType<typeof openClerk>>, id: string, body?: object): Promise<string> {
    const { status, json } = await ask('POST', `/v1/clients/${id}/tokens`, body)
    assert.equal(status, 200)
    return json.jwt
  }

  test('a client’s token finds the client as it is now, up to its last instant', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const { clientId, id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const token = await tokenOf(http, clientId, { expires_in_seconds: 60 })
    assert.deepEqual(await clerk.clients.verifyClient(token), await clerk.clients.getClient(clientId))
    await command(http, id, 'end')
    assert.equal((await clerk.clients.verifyClient(token)).sessions[0]?.status, 'ended')
    const exp = (Math.floor(START / 1000) + 60) * 1000
    clock.advanceTo(exp - 1)
    assert.equal((await clerk.clients.verifyClient(token)).id, clientId)
    clock.advanceTo(exp)
    assert.equal(await refusal(clerk.clients.verifyClient(token)), '400 cookie_invalid')
  })

  test('what is no client’s token is an invalid cookie: garbage, a session’s token, a refresh token, one of another issuer', async () => {
    await using http = await openClerk(kind)
    const { clerk, url } = http
    const { clientId, id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const token = await tokenOf(http, clientId)
    const times = { iat: Math.floor(START / 1000), exp: Math.floor(START / 1000) + 60 }
    const jar = await signedInJar(http, id)
    const tokens = {
      empty: '',
      garbage: 'garbage',
      'a byte less': token.slice(0, -1),
      'a session’s': (await clerk.sessions.getToken(id)).jwt,
      'a cookie’s': jar.valueOf('__session'),
      'a refresh token': jar.valueOf('__refresh'),
      'another issuer’s': await forged(
        http,
        { id: clientId, iss: 'https://x.example', ...times },
        { typ: 'client+jwt' },
      ),
      'one that a template made': await forged(http, { id: clientId, iss: url, ...times }),
      'no client’s id': await forged(http, { iss: url, ...times }, { typ: 'client+jwt' }),
      'for ever': await forged(http, { id: clientId, iss: url }, { typ: 'client+jwt' }),
    }
    for (const [what, each] of Object.entries(tokens)) {
      assert.equal(await refusal(clerk.clients.verifyClient(each)), '400 cookie_invalid', what)
    }
    const sound = await forged(http, { id: clientId, iss: url, ...times }, { typ: 'client+jwt' })
    assert.equal((await clerk.clients.verifyClient(sound)).id, clientId)
  })

  test('the token of a client that was purged finds none', async () => {
    await using http = await openClerk(kind, { policy: { retention: DAY } })
    const { clerk, clock, service } = http
    const { clientId, id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const token = await tokenOf(http, clientId)
    await command(http, id, 'end')
    clock.advanceBy(2 * DAY)
    assert.equal((await clerk.clients.verifyClient(token)).id, clientId)
    assert.equal((await service.tenure.purge()).clients, 1)
    assert.equal(await refusal(clerk.clients.verifyClient(token)), '404 client_not_found')
    assert.equal(await refusal(clerk.clients.getClient(clientId)), '404 resource_not_found')
    assert.equal(await refusal(clerk.sessions.getSession(id)), '404 resource_not_found')
  })
}
