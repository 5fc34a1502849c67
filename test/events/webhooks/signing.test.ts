/** What is signed here is taken by those who verify webhooks in earnest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyWebhook } from '@clerk/backend/webhooks'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { systemClock } from '../../../src/domain/clock.ts'
import type { EpochMs } from '../../../src/domain/instant.ts'
import { systemRandomness } from '../../../src/domain/randomness.ts'
import { makeWebhookSecret, readWebhookSecret, signedHeaders } from '../../../src/service/svix.ts'

const BODY = JSON.stringify({ type: 'session.expired', data: { object: 'session', id: 'sess_ü' } })

type Verify = (secret: string, headers: Record<string, string>, body: string) => Promise<unknown>

const VERIFIERS: Readonly<Record<string, Verify>> = {
  'verifyWebhook of @clerk/backend': (secret, headers, body) =>
    verifyWebhook(new Request('https://example.com/hook', { method: 'POST', headers, body }), {
      signingSecret: secret,
    }),
  svix: async (secret, headers, body) => new SvixWebhook(secret).verify(body, headers),
  standardwebhooks: async (secret, headers, body) => new StandardWebhook(secret).verify(body, headers),
}

/** Signed by secrets, the newest first; these verifiers go by the machine's clock. */
function signed(secrets: readonly string[], now: number = systemClock.now()): Record<string, string> {
  return signedHeaders(secrets.map(readWebhookSecret), { id: 'evt_1', body: Buffer.from(BODY) }, now as EpochMs)
}

for (const [name, verify] of Object.entries(VERIFIERS)) {
  test(`${name} takes what was signed, and nothing that was changed, or signed with another secret`, async () => {
    const [secret, other] = [makeWebhookSecret(systemRandomness), makeWebhookSecret(systemRandomness)]
    const taken = (await verify(secret, signed([secret]), BODY)) as { type: string } | undefined
    if (name !== 'svix') assert.equal(taken?.type, 'session.expired')
    await assert.rejects(verify(other, signed([secret]), BODY))
    await assert.rejects(verify(secret, signed([secret]), `${BODY} `))
    for (const family of ['svix', 'webhook']) {
      // Of the other family there is nothing: some verifiers read both.
      const headers = Object.entries(signed([secret])).filter(([header]) => header.startsWith(`${family}-`))
      const changed = { ...Object.fromEntries(headers), [`${family}-id`]: 'evt_2' }
      await assert.rejects(verify(secret, changed, BODY), family)
    }
  })

  test(`${name} takes what both secrets signed, with either of them`, async () => {
    const [older, newer] = [makeWebhookSecret(systemRandomness), makeWebhookSecret(systemRandomness)]
    const headers = signed([newer, older])
    for (const secret of [older, newer]) await verify(secret, headers, BODY)
  })

  test(`${name} refuses what was signed more than five minutes ago`, async () => {
    const secret = makeWebhookSecret(systemRandomness)
    await verify(secret, signed([secret], systemClock.now() - 290_000), BODY)
    await assert.rejects(verify(secret, signed([secret], systemClock.now() - 302_000), BODY))
  })
}

test('the headers of both families say the same, with the timestamp in whole seconds', () => {
  const headers = signed([makeWebhookSecret(systemRandomness)], 1_785_661_283_999)
  assert.equal(headers['svix-timestamp'], '1785661283')
  for (const name of ['id', 'timestamp', 'signature']) assert.equal(headers[`svix-${name}`], headers[`webhook-${name}`])
  assert.deepEqual(Object.keys(headers).length, 6)
})

test('a secret is whsec_ and 24 bytes in base64, and no two are alike', () => {
  const secrets = Array.from({ length: 100 }, () => makeWebhookSecret(systemRandomness))
  for (const secret of secrets) {
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{32}$/)
    assert.equal(readWebhookSecret(secret).byteLength, 24)
  }
  assert.equal(new Set(secrets).size, 100)
})
