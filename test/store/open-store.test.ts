/** Opening a store by its URL. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { openStore } from '../../src/store/open-store.ts'

test('a URL of no kind of store is misuse, and is not repeated, for it may hold a password', async () => {
  for (const url of ['', 'sqlite:', 'mysql://root:secret@host/db', 'tenure.db', 'postgres:/secret', ':memory:']) {
    await assert.rejects(openStore(url, new ManualClock()), (error) => {
      assert.ok(error instanceof TypeError)
      assert.doesNotMatch(error.message, /secret|mysql|tenure\.db/)
      return true
    })
  }
})
