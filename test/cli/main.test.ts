import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { fixturePath, sdkClient } from '../support/documents.ts'
import { ended, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const valid = JSON.stringify(sdkClient())
const STORE_COMMANDS = ['import', 'export', 'sweep', 'purge', 'audit']
const COMMANDS = ['validate', 'settle', 'explain', 'machine', 'policy', ...STORE_COMMANDS]

test('tenure --help: every command, on standard output, and exit 0', async () => {
  const run = await tenure(['--help'])
  assert.equal(run.code, 0)
  assert.equal(run.err, '')
  for (const command of COMMANDS) assert.match(run.out, new RegExp(`^ {2}${command} `, 'm'))
  assert.match(run.out, /Exit code: 0 fine, 1 some input was rejected or an audit found a difference, 2 usage or I\/O/)
})

for (const command of COMMANDS) {
  test(`tenure ${command} --help: an explanation with an example, and exit 0`, async () => {
    const run = await tenure([command, '--help'])
    assert.equal(run.code, 0)
    assert.match(run.out, new RegExp(`^Usage: tenure ${command}`))
    if (command !== 'policy') assert.match(run.out, /\nExamples:\n {2}/)
  })
}

test('tenure --version: the version of the package', async () => {
  const run = await tenure(['--version'])
  assert.match(run.out, /^\d+\.\d+\.\d+\n$/)
  assert.equal(run.code, 0)
})

const MISTAKES = [
  [[], /Usage: tenure/],
  [['bogus'], /^tenure: unknown command 'bogus'\n/],
  [['settel'], /^tenure: unknown command 'settel'\n.*settle/s],
  [['settle', '--bogus'], /^tenure: unknown option '--bogus'\n/],
  [['settle', '--at'], /^tenure: option '--at <INSTANT>' argument missing\n/],
  [['settle', '--transitions'], /^tenure: option '--transitions <FILE>' argument missing\n/],
  [['validate', '--strict=yes'], /^tenure: /],
  [['explain'], /^tenure: missing required argument 'FILE'\n/],
  [['explain', 'a', 'b'], /^tenure: too many arguments/],
  [['machine', 'x'], /^tenure: there is no machine x; there are session and client\n$/],
  [['machine', 'toString'], /^tenure: there is no machine toString; there are session and client\n$/],
  [['machine', '--format', 'svg'], /^tenure: option '--format <FORMAT>' argument 'svg' is invalid/],
  [['validate', '-', '-'], /^tenure: standard input can be read only once\n$/],
] as const
for (const [args, message] of MISTAKES) {
  test(`usage: "tenure ${args.join(' ')}" is told of on standard error, and exits 2`, async () => {
    const run = await tenure(args, { stdin: valid })
    assert.equal(run.code, 2)
    assert.equal(run.out, '')
    assert.match(run.err, message)
  })
}

test('in a process of its own: what it prints is what it prints in this one, and so is its exit code', async () => {
  for (const args of [
    ['settle', '--at', '1785661283293', SAMPLES],
    ['validate', '--strict', fixturePath('seed-client.json')],
    ['machine'],
  ]) {
    const { signal, ...run } = await ended(spawnTenure(args, { stdio: ['ignore', 'pipe', 'pipe'] }))
    assert.equal(signal, null)
    assert.deepEqual(run, await tenure(args))
  }
})

test('in a process of its own: rejected input exits 1, and wrong usage 2', async () => {
  const rejected = spawnTenure(['validate'], { stdio: ['pipe', 'pipe', 'pipe'] })
  rejected.stdin?.end('x')
  assert.equal((await ended(rejected)).code, 1)
  assert.equal((await ended(spawnTenure(['bogus'], { stdio: ['ignore', 'pipe', 'pipe'] }))).code, 2)
})

test('an older Node is told which one it needs, in one line, and exits 2', async () => {
  for (const [version, isEnough] of [
    ['20.1.0', false],
    ['22.12.9', false],
    ['22.13.0', true],
    ['30.0.0', true],
  ] as const) {
    const pretend = `Object.defineProperty(process.versions,'node',{value:'${version}'})`
    const node = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
    const run = await ended(spawnTenure(['--version'], { node, stdio: ['ignore', 'pipe', 'pipe'] }))
    if (isEnough) assert.equal(run.code, 0, version)
    else {
      const err = `tenure needs Node 22.13 or newer; this is ${version}\n`
      assert.deepEqual(run, { code: 2, signal: null, out: '', err })
    }
  }
})

/** Root may read everything, and nobody else the sources, where they lie in a folder of root's own. */
const noReader = process.getuid?.() === 0 && !canDrop() && 'root may read it, and nobody may not read the sources here'

test('a file that may not be read is told of', { skip: noReader }, async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('secret'), valid, { mode: 0o000 })
  const ids = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  execFileSync('chmod', ['755', place('.')])
  const run = await ended(spawnTenure(['validate', place('secret')], { ...ids, stdio: ['ignore', 'pipe', 'pipe'] }))
  assert.deepEqual(run, {
    code: 2,
    signal: null,
    out: '',
    err: `tenure: cannot read ${place('secret')}: it is not allowed\n`,
  })
})

/** Whether a process here can run as nobody and still read the sources. */
function canDrop(): boolean {
  try {
    execFileSync(process.execPath, ['-e', `require('fs').readdirSync(${JSON.stringify(process.cwd())})`], {
      uid: 65_534,
      gid: 65_534,
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}
