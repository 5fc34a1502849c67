import assert from 'node:assert/strict'
import test from 'node:test'
import { RevocationCache } from '../../examples/revocation-cache.ts'
import { openHttpService } from '../support/http-service.ts'
import { sqliteMemory } from '../support/stores.ts'

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 500, 'it never came to hold')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a session that is revoked, and one that expires, are over for who verifies tokens without asking', async () => {
  await using http = await openHttpService(sqliteMemory())
  const { tenure } = http.service
  const cache = new RevocationCache({ url: http.url, key: http.readKey, tokenLifetime: 60_000 })
  const running = cache.run()
  try {
    const first = (await tenure.signIn({ userId: 'user_1' })).session?.id ?? ''
    const second = (await tenure.signIn({ userId: 'user_2' })).session?.id ?? ''
    // It begins with what happens once it listens.
    await until(() => http.service.app.server.listening)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await tenure.revoke(first)
    await until(() => cache.isOver(first))
    assert.equal(cache.isOver(second), false)
    http.clock.advanceBy('P7D')
    await tenure.sweep()
    await until(() => cache.isOver(second))
  } finally {
    cache.stop()
    await running
  }
})
