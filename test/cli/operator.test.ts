/** What an operator in bad luck sees: pipes that go away, signals, names and members that would steer a terminal. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, openSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { BORN, sdkClient, WEEK } from '../support/documents.ts'
import { commandLine, ended, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const later = String(BORN + WEEK)
const line = `${JSON.stringify(sdkClient())}\n`

test('a pipe for the transitions whose reader goes away neither stops the run nor leaves it waiting', async (t) => {
  // Catches: waiting for the end of a stream that has been destroyed.
  const place = temporaryFolder(t)
  execFileSync('mkfifo', [place('pipe')])
  writeFileSync(place('many'), line.repeat(30_000))
  const reader = spawn('head', ['-c', '10', place('pipe')], { stdio: 'ignore' })
  const args = ['settle', '--at', later, '--transitions', place('pipe'), '--rejects', place('rejects'), place('many')]
  const run = await ended(spawnTenure(args, { stdio: ['ignore', 'ignore', 'pipe'] }))
  reader.kill()
  assert.deepEqual([run.code, run.err], [0, ''])
  assert.deepEqual(readdirSync(place('')).sort(), ['many', 'pipe', 'rejects'])
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends a run and leaves no partial file`, async (t) => {
    const place = temporaryFolder(t)
    const child = spawnTenure(['settle', '--at', later, '--transitions', place('t')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin?.on('error', () => {})
    child.stdin?.write(line.repeat(1000))
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    assert.equal(readdirSync(place('')).length, 1)
    child.kill(signal)
    const [, by] = await once(child, 'close')
    assert.equal(by, signal)
    assert.deepEqual(readdirSync(place('')), [])
  })
}

test('a full disk behind policy check is told of, and ends with 2', async () => {
  const { file, args } = commandLine(['policy', 'check', 'examples/policies/bank.json'])
  const run = await ended(spawn(file, args, { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] }))
  assert.deepEqual(run, {
    ...run,
    code: 2,
    err: 'tenure: cannot write to standard output: there is no space left on the device\n',
  })
})

test('a member that would steer a terminal is escaped in the lines that name it, and in the names of files', async () => {
  const odd = JSON.stringify({ ...sdkClient(), '\u009b31mred': 1, '\u202eturned': 1 })
  const { out } = await tenure(['validate'], { stdin: odd })
  assert.doesNotMatch(out, /[\u0080-\u009f\u202e]/)
  assert.deepEqual(
    JSON.parse(out).warnings.map(({ path }: { path: string }) => path),
    ['/\u009b31mred', '/\u202eturned'],
  )
  const { err } = await tenure(['validate', 'no\u001b[31msuch'])
  assert.equal(err, 'tenure: cannot read no\\u{1b}[31msuch: there is no such file\n')
})

test('an output may be no dash and no link to nowhere, and a file that was there keeps all its permissions', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('in'), line)
  symlinkSync(place('gone'), place('dangling'))
  const dash = await tenure(['settle', '--transitions', '-', place('in')])
  assert.equal(dash.err, 'tenure: standard output is for results: give the file a name\n')
  const dangling = await tenure(['settle', '--transitions', place('dangling'), place('in')])
  assert.equal(dangling.err, `tenure: cannot write to ${place('dangling')}: it is a link that leads nowhere\n`)
  assert.equal(existsSync(place('gone')), false)
  writeFileSync(place('open'), '')
  chmodSync(place('open'), 0o666)
  await tenure(['settle', '--transitions', place('open'), place('in')])
  assert.equal(statSync(place('open')).mode & 0o777, 0o666)
})

test('explain says which element of an array it rejects', async () => {
  const { code, err } = await tenure(['explain', '-'], { stdin: '[7,{"object":"session"}]' })
  assert.equal(code, 1)
  assert.match(err, /at place 0 of the array, on line 1, is rejected/)
  assert.match(err, /at place 1 of the array, on line 1, is rejected/)
})

test('a run of commas is one mistake, and what stands around it keeps its place', async () => {
  const { out } = await tenure(['validate'], {
    stdin: `[${JSON.stringify(sdkClient())},,,,${JSON.stringify(sdkClient())}]`,
  })
  const lines = out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.deepEqual(
    lines.map(({ index, valid }) => [index, valid]),
    [
      [0, true],
      [1, false],
      [4, true],
    ],
  )
})

test('a first line that never closes is told of with the others, however many they are', async (t) => {
  // Catches: eight megabytes of documents handed over at once, and written as one string.
  const place = temporaryFolder(t)
  writeFileSync(place('in'), `{"a":\n{}\n${'7\n'.repeat(1_000_000)}`)
  const child = spawnTenure(['validate', place('in')], {
    node: ['--max-old-space-size=200'],
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let lines = 0
  child.stdout?.on('data', (piece: Buffer) => {
    for (const byte of piece) if (byte === 10) lines += 1
  })
  const [code] = await once(child, 'close')
  assert.deepEqual([code, lines], [1, 1_000_002])
})
