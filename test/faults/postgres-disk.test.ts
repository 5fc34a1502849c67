import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDisk, runOnDisk } from '../support/fault-program.ts'

/** The server runs as another account, which a user namespace of one's own does not have. */
const skip = process.getuid?.() === 0 ? noDisk : 'NOT TESTED: a disk of its own for PostgreSQL takes Linux, and root'

test('a full disk under the tables refuses writes and loses nothing, and space makes them work again', {
  skip,
}, async () => {
  const { code, err } = await runOnDisk('postgres-full-disk', 24 * 1024)
  assert.equal(code, 0, err)
})
