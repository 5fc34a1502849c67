import assert from 'node:assert/strict'
import test from 'node:test'
import { STATUSES } from '../../src/domain/status.ts'
import { tenure } from '../support/run-tenure.ts'

test('machine: the session machine as Mermaid, every status in it, where nothing else is said', async () => {
  const run = await tenure(['machine'])
  assert.equal(run.code, 0)
  assert.equal(run.err, '')
  assert.match(run.out, /^stateDiagram-v2\n/)
  for (const status of STATUSES) assert.match(run.out, new RegExp(`\\b${status}\\b`))
  assert.match(run.out, /[^\n]\n$/)
  assert.deepEqual(await tenure(['machine', 'session', '--format', 'mermaid']), run)
})

for (const name of ['session', 'client']) {
  test(`machine ${name} --format json: the machine as JSON`, async () => {
    const run = await tenure(['machine', name, '--format', 'json'])
    assert.equal(run.code, 0)
    const machine: unknown = JSON.parse(run.out)
    assert.ok(typeof machine === 'object' && machine !== null && 'states' in machine)
  })
}

test('machine client: another drawing than that of the session', async () => {
  assert.notEqual((await tenure(['machine', 'client'])).out, (await tenure(['machine', 'session'])).out)
})
