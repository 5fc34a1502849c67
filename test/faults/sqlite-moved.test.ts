import assert from 'node:assert/strict'
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import { faultOf } from '../support/fault-error.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

const GONE = ['ERR_STORE_UNAVAILABLE', /moved or deleted while it was open/] as const

test('a write to a file that was deleted is not answered as done', async (t) => {
  const at = temporaryFolder(t)
  await using tenure = await openTenure({ store: `sqlite:${at('tenure.db')}` })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  for (const file of readdirSync(at(''))) rmSync(at(file))
  await faultOf(tenure.end('sess_1'), ...GONE)
  await faultOf(tenure.signIn({ userId: 'user_1' }), ...GONE)
  assert.deepEqual(readdirSync(at('')), [])
})

test('a write to a file that another has taken the place of is not answered as done', async (t) => {
  const at = temporaryFolder(t)
  const store = `sqlite:${at('tenure.db')}`
  await using old = await openTenure({ store })
  await old.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  for (const file of readdirSync(at(''))) rmSync(at(file))
  await using fresh = await openTenure({ store })
  await faultOf(old.end('sess_1'), ...GONE)
  await faultOf(old.exportClients().next(), ...GONE)
  assert.equal((await fresh.verify('sess_1')).live, false)
  assert.equal((await fresh.signIn({ userId: 'user_1', sessionId: 'sess_1' })).changed, true)
})

test('a file that was moved away can be written when it is put back', async (t) => {
  const at = temporaryFolder(t)
  await using tenure = await openTenure({ store: `sqlite:${at('tenure.db')}` })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  renameSync(at('tenure.db'), at('away.db'))
  const error = await faultOf(tenure.signIn({ userId: 'user_1' }), ...GONE)
  assert.equal(error.isRetryable, true)
  renameSync(at('away.db'), at('tenure.db'))
  assert.equal((await tenure.end('sess_1')).changed, true)
})
