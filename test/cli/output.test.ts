import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Writable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { BORN, fixturePath, sdkClient, WEEK } from '../support/documents.ts'
import { commandLine, ended, linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const valid = JSON.stringify(sdkClient())
const later = String(BORN + WEEK)

const isInUse = /^tenure: cannot write to .+: this run reads it, or writes to it already\n$/

function withInput(t: TestContext): (name: string) => string {
  const place = temporaryFolder(t)
  writeFileSync(place('in.json'), valid)
  return place
}

for (const option of ['--transitions', '--rejects']) {
  test(`settle ${option}: refused where it is an input, under any name it has, and the input is left alone`, async (t) => {
    const place = withInput(t)
    symlinkSync(place('in.json'), place('symbolic'))
    linkSync(place('in.json'), place('hard'))
    mkdirSync(place('folder'))
    for (const name of ['in.json', 'symbolic', 'hard', 'folder/../in.json']) {
      const run = await tenure(['settle', option, `${place('')}/${name}`, place('in.json')])
      assert.equal(run.code, 2, name)
      assert.equal(run.out, '')
      assert.match(run.err, isInUse)
    }
    assert.equal(readFileSync(place('in.json'), 'utf8'), valid)
    assert.deepEqual(readdirSync(place('')).sort(), ['folder', 'hard', 'in.json', 'symbolic'])
  })

  test(`settle ${option}: refused where it is the file behind standard input, output or error`, async (t) => {
    const place = withInput(t)
    for (const [index, mode] of ['r', 'w', 'w'].entries()) {
      const file = index === 0 ? place('in.json') : place(`stdio-${index}`)
      const stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe']
      stdio[index] = openSync(file, mode)
      const child = spawnTenure(['settle', option, file, place('in.json')].slice(0, index === 0 ? 3 : 4), { stdio })
      const run = await ended(child)
      assert.equal(run.code, 2)
      if (index < 2) assert.match(run.err, isInUse)
    }
    assert.equal(readFileSync(place('in.json'), 'utf8'), valid)
  })
}

// Catches a comparison of the names alone: both would be written to one file, and the second moved away from under the first.
test('settle: transitions and rejects in one file are refused, be it named in two ways or not there yet', async (t) => {
  const place = withInput(t)
  mkdirSync(place('folder'))
  writeFileSync(place('there'), 'old\n')
  symlinkSync(place('there'), place('link'))
  const pairs = [
    ['new', 'new'],
    ['new', 'folder/../new'],
    ['there', 'link'],
  ]
  for (const [transitions, rejects] of pairs) {
    const args = ['settle', '--transitions', `${place('')}/${transitions}`, '--rejects', `${place('')}/${rejects}`]
    const run = await tenure([...args, place('in.json')])
    assert.deepEqual(run, { code: 2, out: '', err: 'tenure: each file that a run writes needs a place of its own\n' })
  }
  assert.equal(readFileSync(place('there'), 'utf8'), 'old\n')
  assert.deepEqual(readdirSync(place('')).sort(), ['folder', 'in.json', 'link', 'there'])
})

test('settle: standard output appended to the file that is read is refused, and does not feed itself for ever', async (t) => {
  const place = withInput(t)
  const run = await ended(
    spawnTenure(['settle', place('in.json')], { stdio: ['ignore', openSync(place('in.json'), 'a'), 'pipe'] }),
  )
  assert.equal(run.code, 2)
  assert.equal(run.err, `tenure: cannot read ${place('in.json')}: standard output is written to it\n`)
  assert.equal(readFileSync(place('in.json'), 'utf8'), valid)
})

test('settle: an output that cannot be made is told of in one line, before anything is read', async (t) => {
  const place = withInput(t)
  symlinkSync(place('circle'), place('circle'))
  const faults = [
    [place('gone/t'), 'its folder is not there'],
    [place('in.json/t'), 'a part of its path is not a directory'],
    [place(''), 'it is a directory'],
    [place('circle'), 'its symbolic links lead in a circle'],
    [place('x'.repeat(300)), 'its name is too long'],
  ]
  for (const [file, reason] of faults) {
    const run = await tenure(['settle', '--rejects', file as string, place('in.json')])
    assert.deepEqual(run, { code: 2, out: '', err: `tenure: cannot write to ${file}: ${reason}\n` })
  }
  const nameless = await tenure(['settle', '--transitions', '', place('in.json')])
  assert.deepEqual(nameless, { code: 2, out: '', err: 'tenure: an output file needs a name\n' })
})

test('settle: an output that is a link is written where the link leads, and an old file keeps its permissions', async (t) => {
  const place = withInput(t)
  writeFileSync(place('old'), 'old\n')
  chmodSync(place('old'), 0o600)
  symlinkSync(place('old'), place('link'))
  await tenure(['settle', '--at', later, '--transitions', place('link'), place('in.json')])
  assert.ok(lstatSync(place('link')).isSymbolicLink())
  assert.equal(linesOf(readFileSync(place('old'), 'utf8')).length, 1)
  assert.equal(statSync(place('old')).mode & 0o777, 0o600)
})

test('settle: devices are written to as they are, both outputs to one of them too', async () => {
  const run = await tenure(['settle', '--transitions', '/dev/null', '--rejects', '/dev/null', '/dev/null', SAMPLES])
  assert.equal(run.code, 0)
  assert.equal(run.err, '')
  const full = await tenure(['settle', '--at', later, '--transitions', '/dev/full', SAMPLES])
  assert.equal(full.code, 2)
  assert.equal(full.err, 'tenure: cannot write to /dev/full: there is no space left on the device\n')
  assert.ok(statSync('/dev/null').isCharacterDevice())
})

// Catches a path resolved before it is known to be a file's: a process substitution, >(gzip > t.gz), leads nowhere.
test('settle: a pipe that is named by its descriptor is written to', async () => {
  const { file, args } = commandLine(['settle', '--at', later, '--transitions', '/dev/fd/3', SAMPLES])
  const script = '{ "$0" "$@" 3>&1 >/dev/null; } | cat'
  const run = await ended(spawn('sh', ['-c', script, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))
  assert.equal(run.err, '')
  assert.ok(linesOf(run.out).length > 6)
})

test('a full disk behind standard output is told of in one line, and the files are not touched', async (t) => {
  const place = withInput(t)
  for (const args of [
    ['settle', '--transitions', place('t'), SAMPLES],
    ['validate', SAMPLES],
    ['explain', SAMPLES],
    ['machine'],
  ]) {
    const run = await ended(spawnTenure(args, { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] }))
    assert.equal(run.code, 2, args[0])
    assert.equal(run.err, 'tenure: cannot write to standard output: there is no space left on the device\n')
  }
  assert.deepEqual(readdirSync(place('')), ['in.json'])
})

test('a reader that goes away ends the run without a word, and the files are whole', async (t) => {
  const place = withInput(t)
  writeFileSync(place('many'), `${valid}\n`.repeat(20_000))
  for (const args of [['settle', '--transitions', place('t')], ['validate'], ['explain']]) {
    const child = spawnTenure([...args, place('many')], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout?.once('data', () => child.stdout?.destroy())
    const run = await ended(child)
    assert.equal(run.err, '', args[0])
    assert.equal(run.code, 0, args[0])
  }
  // Catches: a run that stops for the reader of its snapshots, and leaves out the file that was asked for.
  assert.equal(existsSync(place('t')), true)
})

test('a reader of standard error that goes away is no crash either', async (t) => {
  const place = withInput(t)
  writeFileSync(place('many'), `${'x\n'.repeat(2000)}${valid}\n`)
  for (const command of ['settle', 'explain']) {
    const child = spawnTenure([command, place('many')], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr?.destroy()
    const run = await ended(child)
    assert.equal(run.signal, null)
    assert.equal(run.code, 1)
    assert.ok(run.out.length > 0, 'the last snapshot is still told of')
  }
})

test('a slow reader is waited for: no more is handed over than it takes', async () => {
  let waiting = 0
  let most = 0
  const slow = new Writable({
    highWaterMark: 1024,
    write(piece: Buffer, _, done) {
      waiting += piece.length
      most = Math.max(most, waiting)
      setImmediate(() => {
        waiting -= piece.length
        done()
      })
    },
  })
  const run = await tenure(['validate'], { stdin: `${valid}\n`.repeat(5000), stdout: slow })
  assert.equal(run.code, 0)
  assert.ok(most < 2_000_000)
})

test('killed in the middle of a run, it leaves what was at the place of its files', async (t) => {
  const place = withInput(t)
  writeFileSync(place('t'), 'old\n')
  const child = spawnTenure(['settle', '--at', later, '--transitions', place('t'), '--rejects', place('r')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const end = ended(child)
  child.stdout?.once('data', () => child.kill('SIGKILL'))
  child.stdin?.on('error', () => {})
  child.stdin?.write(`${valid}\n`.repeat(3000))
  assert.equal((await end).signal, 'SIGKILL')
  assert.equal(readFileSync(place('t'), 'utf8'), 'old\n')
  assert.equal(existsSync(place('r')), false)
})
