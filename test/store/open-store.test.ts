/** Opening a store by its URL. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
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

test('a slip in the URL of a SQLite store is misuse, and makes no file', async () => {
  for (const path of [':memory', ':memory:?cache=shared', '//tenure.db', '///secret/tenure.db', 'file:x?mode=memory']) {
    await assert.rejects(openStore(`sqlite:${path}`, new ManualClock()), {
      name: 'TypeError',
      message: 'a store is sqlite:PATH, sqlite::memory: or postgres://…',
    })
    assert.equal(existsSync(path), false)
  }
})
