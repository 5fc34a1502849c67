import assert from 'node:assert/strict'
import test from 'node:test'
import { fixturePath, sdkClient, sdkSession } from '../support/documents.ts'
import { tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const NOW = '1785661283293'
const ESCAPE = '\u001b'
const valid = JSON.stringify(sdkClient())

test('explain: the seed and the samples are explained, and it exits 0', async () => {
  for (const file of [fixturePath('seed-client.json'), SAMPLES]) {
    const run = await tenure(['explain', '--at', NOW, file])
    assert.equal(run.code, 0)
    assert.equal(run.err, '')
    assert.ok(run.out.length > 200)
  }
})

test('explain --at: another instant is another explanation', async () => {
  const at = async (instant: string) => (await tenure(['explain', '--at', instant, '-'], { stdin: valid })).out
  assert.match(await at('now'), /active/)
  assert.match(await at('now+P7D'), /expired/)
})

test('explain --session: that session and no other; one that is nowhere exits 1 and says so', async () => {
  const stdin = JSON.stringify(
    sdkClient({ lastActiveSessionId: 'sess_2' }, [sdkSession(), sdkSession({ id: 'sess_2' })]),
  )
  const one = await tenure(['explain', '--session', 'sess_2', '-'], { stdin })
  assert.equal(one.code, 0)
  assert.ok(one.out.includes('sess_2'))
  assert.ok(!one.out.includes('sess_1'))
  const none = await tenure(['explain', '--session', 'sess_3', '-'], { stdin })
  assert.deepEqual(none, { code: 1, out: '', err: 'tenure: no snapshot here holds a session of that id\n' })
})

test('explain: what is rejected is told of in words on standard error, the rest is explained, and it exits 1', async () => {
  const run = await tenure(['explain', '-'], { stdin: `{"object":"session"}\n${valid}\n` })
  assert.equal(run.code, 1)
  assert.match(
    run.err,
    /^tenure: the snapshot on line 1 is rejected:\n {2}\(document\) is a Session[^\n]* \[not-a-client\]\n$/,
  )
  assert.ok(run.out.includes('client_1'))
})

test('explain: nothing to explain is wrong usage', async () => {
  const run = await tenure(['explain', '-'], { stdin: '\n' })
  assert.deepEqual(run, { code: 2, out: '', err: 'tenure: there is no snapshot in standard input\n' })
})

test('explain: coloured on a terminal and nowhere else, and never with NO_COLOR or a dumb terminal', async () => {
  const coloured = async (around: { isTTY?: boolean; env?: Record<string, string> }) =>
    (await tenure(['explain', SAMPLES], { ...around, columns: 80 })).out.includes(ESCAPE)
  assert.equal(await coloured({ isTTY: true }), true)
  assert.equal(await coloured({ isTTY: true, env: { NO_COLOR: '' } }), true)
  assert.equal(await coloured({ isTTY: true, env: { NO_COLOR: '1' } }), false)
  assert.equal(await coloured({ isTTY: true, env: { TERM: 'dumb' } }), false)
  assert.equal(await coloured({}), false)
  assert.equal(await coloured({ env: { FORCE_COLOR: '1' } }), false)
})

test('explain: colour changes nothing but the colour', async () => {
  const plain = await tenure(['explain', SAMPLES], { columns: 80 })
  const coloured = await tenure(['explain', SAMPLES], { columns: 80, isTTY: true })
  assert.equal(coloured.out.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), ''), plain.out)
})

test('explain: a document cannot steer the terminal, be it rejected or explained', async () => {
  const steering = `${ESCAPE}[2J\u009b2J\u0007`
  const inputs = [
    sdkClient({ [steering]: 1 }),
    sdkClient({ id: steering }),
    sdkClient({ session_ids: [steering], [`${steering}x`]: 1 }),
    sdkClient({ lastAuthenticationStrategy: steering }),
    sdkClient({}, [sdkSession({ tasks: [{ key: steering, [steering]: 2 }], actor: { sub: steering } })]),
  ]
  for (const input of inputs) {
    const { out, err } = await tenure(['explain', '-'], { stdin: JSON.stringify(input) })
    for (const control of steering.replace(/\w|\[/g, '')) assert.ok(!(out + err).includes(control))
  }
})
