import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { ended } from '../support/run-tenure.ts'

const MODULE = JSON.stringify(new URL('../../src/service/open-tenure.ts', import.meta.url))

const PROGRAM = `const { openTenure } = await import(${MODULE})
  process.on('warning', ({ name }) => console.log(name))
  const tenure = await openTenure({ store: 'sqlite::memory:' })
  const { session } = await tenure.signIn({ userId: 'user_1' })
  console.log((await tenure.verify(session.id)).status)
  await tenure.close()`

test('a store is opened where deprecations are errors, and warns of nothing but SQLite being experimental', async () => {
  const node = ['--throw-deprecation', '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', PROGRAM]
  const { code, out, err } = await ended(spawn(process.execPath, node))
  assert.equal(code, 0, err)
  // Versions of Node before 24 say it once, on standard error.
  assert.match(out, /^active\n(?:ExperimentalWarning\n)?$|^ExperimentalWarning\nactive\n$/)
})
