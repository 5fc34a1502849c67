/** Tokens of a session: what they say, and until when. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { TokenTemplate } from '../../../src/snapshot/read-templates.ts'
import { command, decoded, openClerk, refusal, refused, SECOND, signIn } from '../../support/clerk-sdk.ts'
import { START } from '../../support/services.ts'
import { MINUTE } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

const NOW = Math.floor(START / SECOND)

const TEMPLATES = new Map<string, TokenTemplate>([
  [
    'supabase',
    {
      claims: { role: 'authenticated', who: '{{user.id}}', of: 'u:{{session.id}}' },
      lifetime: (5 * MINUTE) as DurationMs,
    },
  ],
  ['plain', { claims: { sub: 'user_other', exp: 1 }, lifetime: null }],
])

export function tokens(kind: StoreKind): void {
  test('a token has Clerk’s header and its claims of version 2, for a minute', async () => {
    await using http = await openClerk(kind)
    const { clerk, url } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const { jwt } = await clerk.sessions.getToken(id)
    const { header, claims } = decoded(jwt)
    const [key] = (await clerk.jwks.getJwks()).keys ?? []
    assert.deepEqual(header, { alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid: key?.kid, typ: 'JWT' })
    const { jti, ...others } = claims
    assert.match(String(jti), /^[0-9a-f]{20}$/)
    const times = { exp: NOW + 60, iat: NOW, nbf: NOW - 10 }
    assert.deepEqual(others, { ...times, fva: [0, -1], iss: url, sid: id, sub: 'user_ann', v: 2 })
  })

  test('no two tokens of a session have the same jti, and fva counts the minutes since it began', async () => {
    await using http = await openClerk(kind)
    const { clerk, clock } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const first = decoded((await clerk.sessions.getToken(id)).jwt).claims
    clock.advanceBy(2 * MINUTE - 1)
    const second = decoded((await clerk.sessions.getToken(id)).jwt).claims
    clock.advanceBy(1)
    const third = decoded((await clerk.sessions.getToken(id)).jwt).claims
    assert.equal(new Set([first.jti, second.jti, third.jti]).size, 3)
    assert.deepEqual(
      [first['fva'], second['fva'], third['fva']],
      [
        [0, -1],
        [1, -1],
        [2, -1],
      ],
    )
  })

  test('a lifetime that is asked for is the token’s, from 30 seconds to the session’s own', async () => {
    await using http = await openClerk(kind)
    const { clerk } = http
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const expOf = async (seconds?: number) =>
      decoded((await clerk.sessions.getToken(id, undefined, seconds)).jwt).claims.exp
    assert.equal(await expOf(30), NOW + 30)
    assert.equal(await expOf(3600), NOW + 3600)
    assert.equal(await expOf(null as unknown as number), NOW + 60)
    assert.equal(await expOf(315_360_000), Math.floor(expireAt / SECOND))
    for (const [seconds, code] of [
      [29, 'form_param_value_invalid'],
      [0, 'form_param_value_invalid'],
      [315_360_001, 'form_param_value_too_large'],
      [30.5, 'form_param_type_invalid'],
    ] as const) {
      const { status, errors } = await refused(clerk.sessions.getToken(id, undefined, seconds))
      assert.deepEqual([status, errors[0]?.code, errors[0]?.meta?.paramName], [422, code, 'expires_in_seconds'])
    }
  })

  test('no token outlives its session: exp is the second of the deadline, whichever of the two is first', async () => {
    for (const abandonAfter of [30_500, 600_000]) {
      await using http = await openClerk(kind, {
        policy: { maximumLifetime: 90_700, abandonment: { after: abandonAfter as DurationMs, from: 'creation' } },
      })
      const { clerk, clock } = http
      const { id, expireAt, abandonAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
      const deadline = Math.min(expireAt, abandonAt)
      for (const instant of [START, deadline - 20_000, deadline - SECOND, deadline - 1]) {
        clock.advanceTo(Math.max(instant, clock.now()))
        for (const seconds of [undefined, 3600]) {
          const { exp = 0, iat = 0 } = decoded((await clerk.sessions.getToken(id, undefined, seconds)).jwt).claims
          assert.ok(exp * SECOND <= deadline, `exp ${exp} is past ${deadline}`)
          assert.equal(exp, Math.min(iat + (seconds ?? 60), Math.floor(deadline / SECOND)))
        }
      }
      clock.advanceTo(deadline)
      assert.equal(await refusal(clerk.sessions.getToken(id)), '404 resource_not_found')
    }
  })

  test('only a session that is pending says so, and not any more once its tasks are complete', async () => {
    await using http = await openClerk(kind)
    const { clerk } = http
    const { id } = await signIn(http, { user_id: 'user_ann', status: 'pending', tasks: [{ key: 'setup-mfa' }] })
    const stsOf = async () => decoded((await clerk.sessions.getToken(id)).jwt).claims
    assert.equal((await stsOf())['sts'], 'pending')
    await command(http, id, 'complete_tasks')
    assert.ok(!('sts' in (await stsOf())))
    await command(http, id, 'require_task')
    assert.equal((await stsOf())['sts'], 'pending')
  })

  test('the token of an impersonation names who acts', async () => {
    await using http = await openClerk(kind)
    const { id } = await signIn(http, { user_id: 'user_ann', actor: { sub: 'user_admin' } })
    assert.deepEqual(decoded((await http.clerk.sessions.getToken(id)).jwt).claims['act'], { sub: 'user_admin' })
  })

  test('a template gives its claims and lifetime, and takes none of the registered ones', async () => {
    await using http = await openClerk(kind, { tokens: { templates: TEMPLATES } })
    const { clerk, url } = http
    const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
    const claimsOf = async (template: string, seconds?: number) => {
      const { jti, ...claims } = decoded((await clerk.sessions.getToken(id, template, seconds)).jwt).claims
      return claims
    }
    const registered = { iat: NOW, nbf: NOW - 10, iss: url, sub: 'user_ann' }
    const claims = { role: 'authenticated', who: 'user_ann', of: `u:${id}` }
    assert.deepEqual(await claimsOf('supabase'), { ...registered, ...claims, exp: NOW + 300 })
    assert.deepEqual(await claimsOf('supabase', 45), { ...registered, ...claims, exp: NOW + 45 })
    assert.deepEqual(await claimsOf('plain'), { ...registered, exp: NOW + 60 })
  })

  test('a template that nobody knows is not found, in Clerk’s words, and neither is one named as a member of every object', async () => {
    await using http = await openClerk(kind, { tokens: { templates: TEMPLATES } })
    const { id } = await http.clerk.sessions.createSession({ userId: 'user_ann' })
    for (const name of ['nobody', 'constructor', '__proto__']) {
      const { status, errors } = await refused(http.clerk.sessions.getToken(id, name))
      assert.deepEqual(
        [status, errors[0]?.code, errors[0]?.message],
        [404, 'resource_not_found', 'JWT template not found'],
      )
      assert.equal(errors[0]?.longMessage, `No JWT template exists with name: ${name}`)
    }
  })

  test('a session that is not live gets no token, and one that nobody knows none either', async () => {
    await using http = await openClerk(kind, { tokens: { templates: TEMPLATES } })
    const { clerk, clock } = http
    const notFound = async (id: string) => {
      assert.equal(await refusal(clerk.sessions.getToken(id)), '404 resource_not_found', id)
      const { errors } = await refused(clerk.sessions.getToken(id, 'supabase'))
      assert.deepEqual(
        [errors[0]?.message, errors[0]?.longMessage],
        ['Session not found', `No session was found with id ${id}`],
      )
    }
    await notFound('sess_nobody')
    for (const name of ['end', 'revoke', 'remove']) {
      const { id } = await clerk.sessions.createSession({ userId: 'user_ann' })
      await command(http, id, name)
      await notFound(id)
    }
    const { id, expireAt } = await clerk.sessions.createSession({ userId: 'user_ann' })
    clock.advanceTo(expireAt - 1)
    await clerk.sessions.getToken(id)
    clock.advanceTo(expireAt)
    await notFound(id)
  })
}
