/** What a session's token says, and when it ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { SessionId } from '../../../src/domain/session.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { START, signedIn } from '../../support/services.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'
import { overStores } from '../../support/stores.ts'

const SECOND = 1000
const HOUR = 60 * MINUTE

async function tokenOf({ service }: OpenedHttp, id: string, lifetime?: number) {
  const { token } = await service.tokens.issue(id as SessionId, { lifetime: lifetime as DurationMs | undefined })
  assert.ok(token !== null)
  return { header: decodeProtectedHeader(token), claims: decodeJwt(token) as Record<string, number> & { sts?: string } }
}

overStores((kind) => {
  describe('session tokens', () => {
    test("a token has Clerk's claims, version 2, and nothing of the instance", async () => {
      await using http = await openHttpService(kind)
      const { id } = await signedIn(http.service.tenure, 'user_1')
      http.clock.advanceBy(150 * SECOND)
      const { header, claims } = await tokenOf(http, id)
      const { kid } = await http.service.tokens.keys.active(http.clock.now())
      assert.deepEqual(header, { alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid, typ: 'JWT' })
      const { jti, ...rest } = claims
      const iat = Math.floor((START + 150 * SECOND) / 1000)
      assert.match(String(jti), /^[0-9a-f]{20}$/)
      assert.deepEqual(rest, {
        exp: iat + 60,
        iat,
        iss: http.url,
        nbf: iat - 10,
        sub: 'user_1',
        fva: [2, -1],
        sid: id,
        v: 2,
      })
    })

    test('sts is there where the session is pending, and only there', async () => {
      await using http = await openHttpService(kind)
      const { id } = await signedIn(http.service.tenure, 'user_1', { status: 'pending' })
      assert.equal((await tokenOf(http, id)).claims.sts, 'pending')
      await http.service.tenure.completeTasks(id)
      assert.equal('sts' in (await tokenOf(http, id)).claims, false)
    })

    test('no token outlives the next deadline of its session, whatever lifetime is asked for', async () => {
      await using http = await openHttpService(kind, { policy: { maximumLifetime: DAY } })
      const { id, expireAt } = await signedIn(http.service.tenure, 'user_1')
      for (const [before, lifetime] of [
        [DAY, 3650 * DAY],
        [HOUR, 2 * HOUR],
        [30 * SECOND, 60 * SECOND],
        [999, 60 * SECOND],
        [1, 30 * SECOND],
      ] as const) {
        http.clock.advanceTo(expireAt - before)
        const { claims } = await tokenOf(http, id, lifetime)
        assert.ok((claims['exp'] as number) * 1000 <= expireAt, `${before} ms before`)
      }
      http.clock.advanceTo(expireAt)
      assert.deepEqual(await http.service.tokens.issue(id as SessionId), { token: null, reason: 'not-live' })
    })

    test('the deadline that comes first counts, be it that of abandonment', async () => {
      await using http = await openHttpService(kind, { policy: { abandonment: { after: HOUR, from: 'creation' } } })
      const { id, abandonAt } = await signedIn(http.service.tenure, 'user_1')
      const { claims } = await tokenOf(http, id, 10 * HOUR)
      assert.equal(claims['exp'], Math.floor(abandonAt / 1000))
    })

    test('no token lives longer than its key is published', async () => {
      await using http = await openHttpService(kind, { tokens: { overlap: HOUR as DurationMs } })
      const { id } = await signedIn(http.service.tenure, 'user_1')
      const { claims } = await tokenOf(http, id, 10 * HOUR)
      assert.equal((claims['exp'] as number) - (claims['iat'] as number), 3600)
    })

    test('an impersonation says who acts', async () => {
      await using http = await openHttpService(kind)
      const members = { actor: { sub: 'user_admin' } }
      const { id } = await signedIn(http.service.tenure, 'user_1', { members })
      assert.deepEqual((await tokenOf(http, id)).claims['act'], { sub: 'user_admin' })
    })

    test('no two tokens are alike', async () => {
      await using http = await openHttpService(kind)
      const { id } = await signedIn(http.service.tenure, 'user_1')
      const ids = await Promise.all(Array.from({ length: 50 }, async () => (await tokenOf(http, id)).claims['jti']))
      assert.equal(new Set(ids).size, 50)
    })

    for (const [what, end] of Object.entries({
      revoked: (http: OpenedHttp, id: string) => http.service.tenure.revoke(id),
      ended: (http: OpenedHttp, id: string) => http.service.tenure.end(id),
      removed: (http: OpenedHttp, id: string) => http.service.tenure.remove(id),
      expired: async (http: OpenedHttp) => http.clock.advanceBy('P7D'),
      abandoned: async (http: OpenedHttp) => http.clock.advanceBy('P30D'),
    })) {
      test(`a session that is ${what} gets no token`, async () => {
        await using http = await openHttpService(kind)
        const { id } = await signedIn(http.service.tenure, 'user_1')
        await end(http, id)
        assert.deepEqual(await http.service.tokens.issue(id as SessionId), { token: null, reason: 'not-live' })
        assert.deepEqual(await http.service.tokens.issueCookies(id as SessionId, 'https://a.example'), {
          token: null,
          reason: 'not-live',
        })
      })
    }
  })
})
