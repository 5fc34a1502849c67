import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { BORN, FORMS, fixturePath, inForm, MONTH, sdkClient, sdkSession, WEEK } from '../support/documents.ts'
import { linesOf, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const NOW = '1785661283293'
const valid = JSON.stringify(sdkClient())

for (const form of FORMS) {
  test(`settle: a ${form} snapshot is settled at exactly its deadline, and a millisecond sooner is itself`, async () => {
    const stdin = JSON.stringify(inForm(form, sdkClient()))
    const sooner = await tenure(['settle', '--at', String(BORN + WEEK - 1)], { stdin })
    assert.deepEqual(sooner, { code: 0, out: `${stdin}\n`, err: '' })
    const expired = sdkClient({ lastActiveSessionId: null, updatedAt: BORN + WEEK }, [
      sdkSession({ status: 'expired', updatedAt: BORN + WEEK }),
    ])
    const then = await tenure(['settle', '--at', String(BORN + WEEK)], { stdin })
    assert.deepEqual(then, { code: 0, out: `${JSON.stringify(inForm(form, expired))}\n`, err: '' })
  })
}

test('settle: at the present where no instant is given, and at any form of an instant', async () => {
  const at = async (...args: string[]) => (await tenure(['settle', ...args], { stdin: valid })).out
  const live = await at()
  assert.equal(live, `${valid}\n`)
  assert.equal(await at('--at', 'now'), live)
  const expired = await at('--at', 'now+P7D')
  assert.ok(expired.includes('"expired"'))
  for (const instant of [String(BORN + WEEK), '2026-08-09T09:01:23.293Z', '2026-08-09T11:01:23.293+02:00', 'NOW+P7D']) {
    assert.equal(await at('--at', instant), expired)
  }
  assert.equal(await at('--at', 'now-PT1H'), live)
})

test('settle: what is no instant is refused, with what would be one', async () => {
  for (const text of [
    '5s',
    '2026-08-09',
    '2026-08-09T09:00:00',
    'now+P1M',
    'tomorrow',
    '1e12',
    '8640000000000001',
    '',
  ]) {
    const run = await tenure(['settle', '--at', text], { stdin: valid })
    assert.equal(run.code, 2, text)
    assert.equal(run.out, '')
    assert.match(run.err, /^tenure: option '--at <INSTANT>' argument/)
  }
})

test('settle: the samples come back settled, a line each, and once more byte for byte', async () => {
  const first = await tenure(['settle', '--at', NOW, SAMPLES])
  assert.equal(first.code, 0)
  assert.equal(linesOf(first.out).length, 9)
  assert.deepEqual(await tenure(['settle', '--at', NOW], { stdin: first.out }), first)
})

test('settle --transitions: a line a transition, its members in the order of the contract', async (t) => {
  const place = temporaryFolder(t)
  const args = ['settle', '--at', String(BORN + MONTH), '--transitions', place('t.ndjson')]
  const run = await tenure(args, { stdin: JSON.stringify(inForm('wire', sdkClient())) })
  assert.equal(run.code, 0)
  const who = '"clientId":"client_1","sessionId":"sess_1","userId":"user_1"'
  assert.equal(
    readFileSync(place('t.ndjson'), 'utf8'),
    `{${who},"from":"active","to":"expired","cause":"expire-deadline","at":${BORN + WEEK},"recordedAt":${BORN + MONTH}}\n` +
      `{${who},"from":"expired","to":"abandoned","cause":"abandon-deadline","at":${BORN + MONTH},"recordedAt":${BORN + MONTH}}\n`,
  )
})

test('settle --transitions: in the order of the input, and within a client in the order of time', async (t) => {
  const place = temporaryFolder(t)
  await tenure(['settle', '--at', NOW, '--transitions', place('t.ndjson'), SAMPLES])
  const samples = linesOf(readFileSync(SAMPLES, 'utf8')).map(({ id }) => id)
  const transitions = linesOf(readFileSync(place('t.ndjson'), 'utf8'))
  assert.deepEqual(
    transitions.map(({ clientId, to }) => [samples.indexOf(clientId), to]),
    [
      [2, 'expired'],
      [3, 'expired'],
      [3, 'abandoned'],
      [4, 'expired'],
      [4, 'abandoned'],
      [6, 'abandoned'],
    ],
  )
})

test('settle: rejects go to standard error, {file,line,index,errors} and no more, and it exits 1', async () => {
  const run = await tenure(['settle'], { stdin: `${valid}\n\n{"a":\n` })
  assert.equal(run.code, 1)
  assert.equal(run.out, `${valid}\n`)
  assert.match(
    run.err,
    /^\{"file":"-","line":3,"index":null,"errors":\[\{"code":"json-truncated","path":"","message":"[^"]+"\}\]\}\n$/,
  )
})

test('settle: rejects of an array have their index, and those of a file its name', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('a.json'), `[${valid},\n1,{}]`)
  const run = await tenure(['settle', place('a.json')])
  assert.deepEqual(
    linesOf(run.err).map(({ file, line, index }) => [file, line, index]),
    [
      [place('a.json'), 2, 1],
      [place('a.json'), 2, 2],
    ],
  )
})

test('settle --rejects: they go to the file and not to standard error', async (t) => {
  const place = temporaryFolder(t)
  const run = await tenure(['settle', '--rejects', place('r.ndjson')], { stdin: 'x\n' })
  assert.deepEqual(run, { code: 1, out: '', err: '' })
  assert.equal(linesOf(readFileSync(place('r.ndjson'), 'utf8')).length, 1)
})

test('settle: the files for transitions and rejects are made even when they stay empty, and what was there is replaced', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('t.ndjson'), 'old\n')
  const run = await tenure(['settle', '--transitions', place('t.ndjson'), '--rejects', place('r.ndjson')], {
    stdin: valid,
  })
  assert.equal(run.code, 0)
  assert.equal(readFileSync(place('t.ndjson'), 'utf8'), '')
  assert.equal(readFileSync(place('r.ndjson'), 'utf8'), '')
})

test('settle: a run that fails leaves the files of the last one as they were, and none beside them', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('t.ndjson'), 'old\n')
  const args = [
    'settle',
    '--transitions',
    place('t.ndjson'),
    '--rejects',
    place('r.ndjson'),
    SAMPLES,
    place('gone.json'),
  ]
  const run = await tenure(args)
  assert.equal(run.code, 2)
  assert.equal(run.err, `tenure: cannot read ${place('gone.json')}: there is no such file\n`)
  assert.equal(readFileSync(place('t.ndjson'), 'utf8'), 'old\n')
  assert.equal(existsSync(place('r.ndjson')), false)
})

test('settle: the same input at the same instant makes the same transitions, whatever the time', async (t) => {
  const place = temporaryFolder(t)
  for (const name of ['a', 'b']) await tenure(['settle', '--at', NOW, '--transitions', place(name), SAMPLES])
  assert.equal(readFileSync(place('a'), 'utf8'), readFileSync(place('b'), 'utf8'))
})

test('settle: on a terminal it sums up to standard error, and nowhere else', async () => {
  const stdin = `${valid}\nx\n`
  const seen = await tenure(['settle', '--at', 'now+P30D'], { stdin, isTTY: true })
  assert.ok(seen.err.endsWith('tenure: 1 snapshot settled, 2 transitions made, 1 document rejected\n'))
  const unseen = await tenure(['settle', '--at', 'now+P30D'], { stdin })
  assert.ok(!unseen.err.includes('tenure:'))
})

test('settle --explain: an explanation in place of the snapshots, and the transitions all the same', async (t) => {
  const place = temporaryFolder(t)
  const run = await tenure(['settle', '--explain', '--at', NOW, '--transitions', place('t'), SAMPLES])
  assert.equal(run.code, 0)
  assert.ok(!run.out.startsWith('{'))
  assert.equal(linesOf(readFileSync(place('t'), 'utf8')).length, 6)
})
