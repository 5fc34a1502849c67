import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import test from 'node:test'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN, fixturePath, sdkClient, sdkSession, WEEK } from '../support/documents.ts'
import { ended, linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const ESCAPE = '\u001b'

/** A client of its own, with one session. */
function snapshot(index: number): string {
  const [id, clientId] = [`sess_${index}`, `client_${index}`]
  return JSON.stringify(sdkClient({ id: clientId }, [sdkSession({ id, clientId, userId: `user_${index}` })]))
}

/** A standard input that cannot be read. */
async function* brokenPipe(): AsyncGenerator<Buffer> {
  yield Buffer.from('')
  throw Object.assign(new Error('broken'), { code: 'EIO' })
}

test('import: a line a snapshot with what was added, and the second time all is unchanged', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  const first = await tenure(['import', '--store', store], { stdin: snapshot(1) })
  const sessions = { added: ['sess_1'], changed: [], kept: [] }
  assert.deepEqual([first.code, first.err], [0, ''])
  assert.deepEqual(linesOf(first.out), [{ line: 1, id: 'client_1', result: 'imported', errors: [], sessions }])
  const second = await tenure(['import', '--store', store], { stdin: snapshot(1) })
  assert.deepEqual(
    linesOf(second.out).map(({ result, sessions }) => [result, sessions]),
    [['unchanged', { added: [], changed: [], kept: [] }]],
  )
})

test('import: what is rejected is told in its place with its reasons, the rest is taken, and it exits 1', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  const stdin = Buffer.concat([
    Buffer.from(`${snapshot(1)}\n\n{"a":\n${snapshot(2)}\n`),
    Buffer.from([0xff, 0xfe, 10]),
    Buffer.from(`{"object":"session"}\n${snapshot(3)}`),
  ])
  const run = await tenure(['import', '--store', store], { stdin })
  assert.equal(run.code, 1)
  assert.deepEqual(
    linesOf(run.out).map(({ line, result, errors }) => [
      line,
      result,
      (errors as { code: string }[]).map(({ code }) => code),
    ]),
    [
      [1, 'imported', []],
      [3, 'rejected', ['json-truncated']],
      [4, 'imported', []],
      [5, 'rejected', ['json-encoding']],
      [6, 'rejected', ['not-a-client']],
      [7, 'imported', []],
    ],
  )
})

test('import: the elements of an array have their index, and of several files each line names its own', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('array.json'), `[${snapshot(1)},\n${snapshot(2)}]`)
  const run = await tenure(['import', '--store', 'sqlite::memory:', place('array.json'), SAMPLES])
  const lines = linesOf(run.out).map(({ file, line, index }) => [file, line, index])
  assert.deepEqual(lines.slice(0, 3), [
    [place('array.json'), 1, 0],
    [place('array.json'), 2, 1],
    [SAMPLES, 1, undefined],
  ])
  assert.equal(lines.length, 11)
})

test('import --strict: what is odd rejects a snapshot', async () => {
  const stdin = JSON.stringify(sdkClient({ lastActiveSessionId: 'sess_nobody' }))
  assert.equal((await tenure(['import', '--store', 'sqlite::memory:'], { stdin })).code, 0)
  const strict = await tenure(['import', '--store', 'sqlite::memory:', '--strict'], { stdin })
  assert.equal(strict.code, 1)
  assert.equal(linesOf(strict.out)[0]?.['result'], 'rejected')
})

test('import: on a terminal it sums up to standard error, and shows a bar where it takes long', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('in'), `${snapshot(1)}\n${snapshot(2)}\nx\n`)
  const args = ['import', '--store', `sqlite:${place('t.db')}`]
  const seen = await tenure([...args, place('in')], { isTTY: true })
  assert.equal(seen.err, 'tenure: 2 snapshots imported, 0 unchanged, 1 rejected; 2 sessions added, 0 changed, 0 kept\n')
  assert.equal((await tenure([...args, place('in')])).err, '')
  assert.ok(!seen.out.includes(ESCAPE))
})

test('import: an input that is not there is told of before a store is made', async (t) => {
  const place = temporaryFolder(t)
  const run = await tenure(['import', '--store', `sqlite:${place('t.db')}`, place('gone')])
  assert.deepEqual(run, { code: 2, out: '', err: `tenure: cannot read ${place('gone')}: there is no such file\n` })
  assert.equal(existsSync(place('t.db')), false)
})

test('import: an input that breaks off leaves what was told of in the store, and the next run does the rest', async (t) => {
  const place = temporaryFolder(t)
  const store = `sqlite:${place('t.db')}`
  const many = Array.from({ length: 1200 }, (_, index) => snapshot(index)).join('\n')
  writeFileSync(place('in'), many)
  const broken = await tenure(['import', '--store', store, place('in'), '-'], {
    stdin: Readable.from(brokenPipe()),
  })
  assert.equal(broken.code, 2)
  const told = linesOf(broken.out).length
  assert.equal(told, 1000)
  const again = await tenure(['import', '--store', store, place('in')])
  const results = linesOf(again.out).map(({ result }) => result)
  assert.equal(results.filter((result) => result === 'unchanged').length, told)
  assert.equal(results.filter((result) => result === 'imported').length, 200)
})

test('import: a reader of the lines that goes away does not stop it', async (t) => {
  const place = temporaryFolder(t)
  const store = `sqlite:${place('t.db')}`
  writeFileSync(place('in'), Array.from({ length: 3000 }, (_, index) => snapshot(index)).join('\n'))
  const child = spawnTenure(['import', '--store', store, place('in')], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout?.once('data', () => child.stdout?.destroy())
  const run = await ended(child)
  assert.deepEqual([run.code, run.err], [0, ''])
  const audit = await tenure(['audit', '--store', store])
  assert.deepEqual(audit, {
    code: 0,
    out: '',
    err: 'tenure: no difference in 3000 clients, 3000 sessions, 0 purged sessions and 3000 ledger rows\n',
  })
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`import: after ${signal} all that was told of is in the store, whole, and the next run does the rest`, async (t) => {
    const place = temporaryFolder(t)
    const store = `sqlite:${place('t.db')}`
    const child = spawnTenure(['import', '--store', store], { stdio: ['pipe', 'pipe', 'pipe'] })
    const all = Array.from({ length: 2000 }, (_, index) => snapshot(index))
    let out = ''
    child.stdout?.on('data', (piece: Buffer) => {
      out += piece.toString()
    })
    child.stdin?.on('error', () => {})
    child.stdin?.write(`${all.slice(0, 1700).join('\n')}\n`)
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    child.kill(signal)
    const [, by] = await once(child, 'close')
    assert.equal(by, signal)
    const told = linesOf(out.slice(0, out.lastIndexOf('\n') + 1)).map(({ id }) => id)
    assert.ok(told.length > 0)
    assert.equal((await tenure(['audit', '--store', store])).code, 0)
    const again = linesOf((await tenure(['import', '--store', store], { stdin: all.join('\n') })).out)
    const unchanged = new Set(again.filter(({ result }) => result === 'unchanged').map(({ id }) => id))
    assert.ok(told.every((id) => unchanged.has(id)))
    assert.equal(again.length, 2000)
  })
}

test('import: a session that was purged does not come back, and that is told', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  const stdin = JSON.stringify(sdkClient({}, [sdkSession({ status: 'ended', updatedAt: BORN })]))
  await tenure(['import', '--store', store], { stdin })
  const clock = new ManualClock(BORN + 5 * WEEK)
  const purged = await tenure(['purge', '--store', store], { clock })
  assert.equal(linesOf(purged.out)[0]?.['sessions'], 1)
  const again = await tenure(['import', '--store', store], { stdin, clock })
  assert.deepEqual(linesOf(again.out)[0]?.['sessions'], {
    added: [],
    changed: [],
    kept: [{ sessionId: 'sess_1', reason: 'purged' }],
  })
})
