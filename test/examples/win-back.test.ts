import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { runWinBack } from '../../examples/win-back.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { post, serving } from '../support/serving.ts'

const KEY = 'a-key-of-the-tests-of-the-examples'

test('who was abandoned is written to, with one key however many of their sessions were', async (t) => {
  const policy = temporaryFolder(t)('policy.json')
  const abandonment = { after: 'PT0.2S', from: 'creation' }
  writeFileSync(policy, JSON.stringify({ maximumLifetime: 'PT0.1S', touchInterval: 'PT0.05S', abandonment }))
  await using server = await startPostgres()
  const url = await server.createDatabase()
  const mails = new Map<string, string[]>()
  const sent = Promise.withResolvers<void>()
  const winBack = await runWinBack(url, async (userId, key) => {
    mails.set(userId, [...(mails.get(userId) ?? []), key])
    if ([...mails.values()].flat().length === 3) sent.resolve()
  })
  await using _stopping = { [Symbol.asyncDispose]: () => winBack.stop() }
  await using service = await serving(['--store', url, '--policy', policy], { TENURE_API_KEY: KEY })
  for (const user of ['user_ann', 'user_ann', 'user_ben']) {
    assert.equal((await post(`${service.url}/v1/sign_in`, KEY, { user_id: user })).status, 200)
  }
  await sent.promise
  const [ann = [], ben = []] = [mails.get('user_ann'), mails.get('user_ben')]
  assert.deepEqual([ann.length, new Set(ann).size, ben.length], [2, 1, 1])
})
