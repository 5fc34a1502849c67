import assert from 'node:assert/strict'
import { openSync, symlinkSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import test from 'node:test'
import { MAXIMUM_SIZE } from '../../src/snapshot/index.ts'
import { fixturePath, sdkClient } from '../support/documents.ts'
import { ended, linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const valid = JSON.stringify(sdkClient())
const MARK = '\ufeff'

for (const command of ['validate', 'settle', 'explain']) {
  test(`${command}: a file that is not there, a directory and a circle of links are told of, and exit 2`, async (t) => {
    const place = temporaryFolder(t)
    symlinkSync(place('circle'), place('circle'))
    const faults = [
      [place('gone'), 'there is no such file'],
      [place('.'), 'it is a directory'],
      [place('circle'), 'its symbolic links lead in a circle'],
    ]
    for (const [file, reason] of faults) {
      const run = await tenure([command, file as string])
      assert.deepEqual(run, { code: 2, out: '', err: `tenure: cannot read ${file}: ${reason}\n` })
    }
  })
}

test('an input without a name is wrong usage, be there others or not', async () => {
  for (const files of [[''], [SAMPLES, '']]) {
    const run = await tenure(['validate', ...files])
    assert.equal(run.code, 2)
    assert.equal(run.out, '')
    assert.match(run.err, /^tenure: [^\n]+\n$/)
  }
})

for (const command of ['validate', 'settle']) {
  test(`${command}: every file is looked at before any is read`, async (t) => {
    const run = await tenure([command, SAMPLES, temporaryFolder(t)('gone')])
    assert.equal(run.code, 2)
    assert.equal(run.out, '')
  })

  test(`${command}: with no file and a terminal for input there is nothing to read, and it does not wait`, async () => {
    const stdin = Object.assign(new Readable({ read() {} }), { isTTY: true })
    const run = await tenure([command], { stdin })
    const err = 'tenure: there is nothing to read: name a file, or pipe snapshots in\n'
    assert.deepEqual(run, { code: 2, out: '', err })
  })

  test(`${command}: a terminal is read where it is asked for by name`, async () => {
    const stdin = Object.assign(Readable.from([Buffer.from(valid)]), { isTTY: true })
    assert.equal((await tenure([command, '-'], { stdin })).code, 0)
  })

  test(`${command}: an input that breaks off in the middle is told of, and exits 2`, async () => {
    const breaking = async function* () {
      yield Buffer.from(`${valid}\n`)
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    }
    const run = await tenure([command], { stdin: Readable.from(breaking()) })
    assert.equal(run.code, 2)
    assert.equal(run.err, 'tenure: cannot read standard input: ECONNRESET\n')
    assert.equal(linesOf(run.out).length, 1)
  })
}

test("files are read in the order they are named, standard input among them, a document at a file's end by itself", async (t) => {
  const place = temporaryFolder(t)
  const named = (id: string) => JSON.stringify(sdkClient({ id }))
  writeFileSync(place('a'), `${named('client_a')}\n${named('client_b')}`)
  writeFileSync(place('c'), `${MARK}[${named('client_d')}]`)
  const run = await tenure(['settle', place('a'), '-', place('c')], { stdin: `${MARK}${named('client_c')}\r\n` })
  assert.deepEqual(
    linesOf(run.out).map(({ id }) => id),
    ['client_a', 'client_b', 'client_c', 'client_d'],
  )
})

test('one file named twice is read twice', async () => {
  const run = await tenure(['validate', SAMPLES, SAMPLES])
  assert.equal(linesOf(run.out).length, 18)
})

test('standard input that is a directory is told of', async (t) => {
  const place = temporaryFolder(t)
  const run = await ended(spawnTenure(['validate'], { stdio: [openSync(place('.'), 'r'), 'pipe', 'pipe'] }))
  assert.equal(run.code, 2)
  assert.equal(run.err, 'tenure: cannot read standard input: it is a directory\n')
})

test('UTF-16 and gzip are one reject each, and other files are read', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('utf16'), `${MARK}${valid}\n${valid}\n`, 'utf16le')
  writeFileSync(place('gzip'), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]))
  const run = await tenure(['settle', place('utf16'), place('gzip'), SAMPLES])
  assert.equal(run.code, 1)
  assert.deepEqual(
    linesOf(run.err).map(({ file, line, index }) => [file, line, index]),
    [
      [place('utf16'), 1, null],
      [place('gzip'), 1, null],
    ],
  )
  assert.equal(linesOf(run.out).length, 9)
})

test('a line that is too long is one reject, and the lines around it are read', async () => {
  const stdin = `${valid}\n${' '.repeat(MAXIMUM_SIZE)}${valid}\n${valid}\n`
  const run = await tenure(['settle'], { stdin })
  assert.equal(run.code, 1)
  assert.deepEqual(
    linesOf(run.err).map(({ line, errors }) => [line, (errors as { code: string }[])[0]?.code]),
    [[2, 'document-too-large']],
  )
  assert.equal(run.out, `${valid}\n${valid}\n`)
})
