/** Errors as the SDK has them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyToken } from '@clerk/backend'
import type { ClerkAPIResponseError } from '@clerk/backend/errors'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { clerkOf, openClerk, refusal, refused } from '../../support/clerk-sdk.ts'
import type { StoreKind } from '../../support/stores.ts'

export function errors(kind: StoreKind): void {
  /** What an error says, without what names the one time it happened. */
  function saidBy({ status, message, errors: all, retryAfter }: ClerkAPIResponseError) {
    const faults = all.map(({ code, message: short, longMessage, meta }) => ({ code, short, longMessage, meta }))
    return { status, message, faults, retryAfter }
  }

  /** The meta that the SDK makes of a parameter's name. */
  const aboutParam = (name: string) => (meta: unknown) =>
    assert.equal((meta as { readonly paramName?: string } | undefined)?.paramName, name)

  test('an error has a status with its name, a code, a message and a longer one', async () => {
    await using http = await openClerk(kind)
    const said = saidBy(await refused(http.clerk.sessions.getSession('sess_nobody')))
    const [fault] = said.faults
    assert.deepEqual([said.status, said.message, said.retryAfter], [404, 'Not Found', undefined])
    assert.deepEqual(
      [fault?.code, fault?.short, fault?.longMessage],
      ['resource_not_found', 'Session not found', 'No session was found with id sess_nobody'],
    )
  })

  test('an error of a parameter names it in its meta', async () => {
    await using http = await openClerk(kind)
    const { faults } = saidBy(await refused(http.clerk.sessions.createSession({ userId: '' })))
    assert.equal(faults.length, 1)
    aboutParam('user_id')(faults[0]?.meta)
  })

  test('an address that cannot be read is an error like any other', async () => {
    await using http = await openClerk(kind)
    for (const id of ['sess_%', 'x'.repeat(4000)]) {
      const error = await refused(http.clerk.sessions.getSession(id))
      assert.deepEqual([error.status, error.errors.map(({ code }) => code)], [400, ['request_invalid']])
      assert.match(String(error.clerkTraceId), /^\S+$/)
    }
  })

  test('every error has a trace of its own', async () => {
    await using http = await openClerk(kind)
    const { clerk } = http
    const calls = [
      ...Array.from({ length: 3 }, () => clerk.sessions.getSession('sess_nobody')),
      clerk.sessions.createSession({ userId: '' }),
      clerk.sessions.verifySession('sess_nobody', ''),
      clerk.clients.verifyClient('garbage'),
      clerkOf(http, { secretKey: 'sk_wrong' }).jwks.getJwks(),
    ]
    const traces = await Promise.all(calls.map(async (call) => (await refused(call)).clerkTraceId))
    for (const trace of traces) assert.match(String(trace), /^\S+$/)
    assert.equal(new Set(traces).size, calls.length)
    // The log has the same ones.
    const logged = JSON.stringify(http.logged())
    for (const trace of traces) assert.ok(logged.includes(String(trace)))
  })

  test('a key that is wrong is told so, whatever is asked for', async () => {
    await using http = await openClerk(kind)
    const stranger = clerkOf(http, { secretKey: 'sk_wrong' })
    const calls: readonly (() => Promise<unknown>)[] = [
      () => stranger.sessions.getSession('sess_1'),
      () => stranger.sessions.getSessionList(),
      () => stranger.sessions.createSession({ userId: 'user_ann' }),
      () => stranger.sessions.verifySession('sess_1', ''),
      () => stranger.clients.getClient('client_1'),
      () => stranger.clients.verifyClient(''),
      () => stranger.jwks.getJwks(),
    ]
    for (const call of calls) assert.equal(await refusal(call()), '401 clerk_key_invalid')
    assert.equal(
      await refusal(clerkOf(http, { secretKey: 'white space' }).jwks.getJwks()),
      '401 authorization_header_format_invalid',
    )
    assert.equal((await http.clerk.sessions.getSessionList()).totalCount, 0)
  })

  test('a key that was removed is wrong five seconds later at the latest', async () => {
    await using http = await openClerk(kind)
    await http.clerk.sessions.getSessionList()
    await http.service.apiKeys.remove('writer')
    http.clock.advanceBy('PT5S')
    assert.equal(await refusal(http.clerk.sessions.getSessionList()), '401 clerk_key_invalid')
  })

  test('a key that may only read reads, and changes nothing', async () => {
    await using http = await openClerk(kind)
    const { id, clientId } = await http.clerk.sessions.createSession({ userId: 'user_ann' })
    const reader = clerkOf(http, { secretKey: http.readKey })
    assert.equal((await reader.sessions.getSession(id)).status, 'active')
    assert.equal((await reader.clients.getClient(clientId)).id, clientId)
    assert.equal((await reader.jwks.getJwks()).keys?.length, 1)
    const changes: readonly (() => Promise<unknown>)[] = [
      () => reader.sessions.createSession({ userId: 'user_ann' }),
      () => reader.sessions.revokeSession(id),
      () => reader.sessions.getToken(id),
    ]
    for (const change of changes) assert.equal(await refusal(change()), '403 insufficient_scope')
    assert.equal((await http.clerk.sessions.getSession(id)).status, 'active')
  })

  test('past its rate limit a key is told how long to wait, and others and the public keys are not held up', async () => {
    const rateLimit = { requests: 3, window: 60_000 as DurationMs }
    await using http = await openClerk(kind, { limits: { rateLimit } })
    const { clerk } = http
    for (let count = 0; count < rateLimit.requests; count += 1) await clerk.sessions.getSessionList()
    const error = await refused(clerk.sessions.getSessionList())
    assert.deepEqual([error.status, error.errors[0]?.code], [429, 'too_many_requests'])
    const { retryAfter = 0 } = error
    assert.ok(retryAfter > 0 && retryAfter <= 60, `${retryAfter} seconds`)
    assert.match(String(error.clerkTraceId), /^\S+$/)
    assert.equal((await clerk.jwks.getJwks()).keys?.length, 1)
    const reader = clerkOf(http, { secretKey: http.readKey })
    assert.equal((await reader.sessions.getSessionList()).totalCount, 0)
  })
}

/** What the store has no part in, and takes seconds: the SDK asks five times before it gives up. */
export function storelessErrors(kind: StoreKind): void {
  test('a token that is verified with a wrong key is told that the key is wrong, and not that the token is', async () => {
    await using http = await openClerk(kind, { at: Date.now() })
    const { clerk, url } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { jwt } = await clerk.sessions.getToken(id)
    await assert.rejects(verifyToken(jwt, { secretKey: 'sk_wrong', apiUrl: url }), { reason: 'secret-key-invalid' })
  })
}
