/** The public keys that tokens are verified with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClerk } from '../../support/clerk-sdk.ts'
import { DAY } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

export function keys(kind: StoreKind): void {
  test('a key is an RSA key of 2,048 bits for RS256 signatures, and nothing of its private part is told', async () => {
    await using http = await openClerk(kind)
    const { keys: found = [] } = await http.clerk.jwks.getJwks()
    assert.equal(found.length, 1)
    const { n, kid, ...others } = found[0] as unknown as Readonly<Record<string, string>>
    assert.deepEqual(others, { use: 'sig', kty: 'RSA', alg: 'RS256', e: 'AQAB' })
    assert.match(String(kid), /^ins_\w+$/)
    assert.equal(Buffer.from(String(n), 'base64url').length, 256)
  })

  test('a key that is new is published at once, newest first, and an old one until its tokens are over', async () => {
    await using http = await openClerk(kind, { tokens: { overlap: DAY as never } })
    const { clerk, clock, service } = http
    const kidsOf = async () => (await clerk.jwks.getJwks()).keys?.map(({ kid }) => kid)
    const [old] = (await kidsOf()) ?? []
    const { kid, activeAt } = await service.tokens.keys.rotate(clock.now(), false)
    assert.deepEqual(await kidsOf(), [kid, old])
    clock.advanceTo(activeAt + DAY - 1)
    assert.deepEqual(await kidsOf(), [kid, old])
    clock.advanceTo(activeAt + DAY)
    assert.deepEqual(await kidsOf(), [kid])
  })

  test('every process on one store publishes the same keys', async () => {
    await using http = await openClerk(kind)
    const other = await http.again()
    const response = await other.app.inject({ url: '/v1/jwks', headers: { authorization: `Bearer ${http.key}` } })
    assert.deepEqual(response.json(), await http.clerk.jwks.getJwks())
  })
}
