import assert from 'node:assert/strict'
import test from 'node:test'
import { onSessionEnd, type SessionEnd } from '../../examples/clerk-in-expiry-out.ts'
import { anEnvelope, aWebhookSession, deliver, WEBHOOK_KEY } from '../support/clerk-webhooks.ts'
import { openHttpService } from '../support/http-service.ts'
import { START } from '../support/services.ts'
import { sqliteMemory } from '../support/stores.ts'

test('what Clerk began is told as expired and as abandoned, once each, whoever stops and goes on in between', async () => {
  await using http = await openHttpService(sqliteMemory(), { options: { clerkWebhookSecret: WEBHOOK_KEY } })
  assert.equal((await deliver(http, anEnvelope('session.created', aWebhookSession()))).status, 200)
  let cursor: string | null = null
  const place = {
    load: async () => cursor,
    save: async (next: string) => {
      cursor = next
    },
  }
  const told: SessionEnd[] = []
  const untilTold = async (many: number) => {
    const abort = new AbortController()
    const running = onSessionEnd(
      { url: http.url, key: http.readKey },
      place,
      async (event) => void told.push(event),
      abort.signal,
    )
    for (let tries = 0; told.length < many; tries += 1) {
      assert.ok(tries < 500, 'it never came')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    abort.abort()
    await running
  }
  http.clock.advanceBy('P7D')
  await http.service.tenure.sweep()
  await untilTold(1)
  http.clock.advanceBy('P23D')
  await http.service.tenure.sweep()
  await untilTold(2)
  assert.deepEqual(
    told.map(({ type, session_id, at }) => [type, session_id, at - START]),
    [
      ['session.expired', 'sess_1', 7 * 86_400_000],
      ['session.abandoned', 'sess_1', 30 * 86_400_000],
    ],
  )
})
