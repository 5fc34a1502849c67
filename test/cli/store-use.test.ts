/** What is said of a store that a command cannot work on: one line that says what to do, exit 2, and no password. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { silenceSqliteWarning } from '../../src/cli/experimental-warning.ts'
import { sdkClient } from '../support/documents.ts'
import { ended, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const COMMANDS = ['import', 'export', 'sweep', 'purge', 'audit']
const stdin = JSON.stringify(sdkClient())

for (const command of COMMANDS) {
  test(`${command}: a store has to be named, by --store or TENURE_STORE, and be one that there can be`, async () => {
    const unnamed = 'no store is named: give --store sqlite:PATH or --store postgres://…, or set TENURE_STORE'
    assert.deepEqual(await tenure([command], { stdin }), { code: 2, out: '', err: `tenure: ${unnamed}\n` })
    const unknown = 'a store is sqlite:PATH, sqlite::memory: or postgres://…'
    for (const url of ['tenure.db', 'sqlite:', 'mysql://localhost/x']) {
      const run = await tenure([command, '--store', url], { stdin })
      assert.deepEqual(run, { code: 2, out: '', err: `tenure: ${unknown}\n` }, url)
    }
    const run = await tenure([command], { stdin, env: { TENURE_STORE: 'sqlite::memory:' } })
    assert.equal(run.code, 0, run.err)
  })
}

for (const command of COMMANDS.filter((each) => each !== 'import')) {
  test(`${command}: a file that is not there, or empty, is a mistake, and none is made`, async (t) => {
    const place = temporaryFolder(t)
    const gone = await tenure([command, '--store', `sqlite:${place('t.db')}`])
    const err = `tenure: there is no store at ${place('t.db')}: tenure import makes one\n`
    assert.deepEqual(gone, { code: 2, out: '', err })
    assert.equal(existsSync(place('t.db')), false)
    writeFileSync(place('empty'), '')
    const empty = await tenure([command, '--store', `sqlite:${place('empty')}`])
    assert.equal(empty.err, `tenure: there is no store at ${place('empty')}: the file is empty\n`)
  })
}

test('--store goes before TENURE_STORE', async (t) => {
  const place = temporaryFolder(t)
  const env = { TENURE_STORE: `sqlite:${place('other.db')}` }
  const run = await tenure(['import', '--store', `sqlite:${place('t.db')}`], { stdin, env })
  assert.equal(run.code, 0)
  assert.deepEqual([existsSync(place('t.db')), existsSync(place('other.db'))], [true, false])
})

test('a store that cannot be opened is told of in one line with its code', async (t) => {
  const place = temporaryFolder(t)
  mkdirSync(place('folder'))
  writeFileSync(place('text'), 'no database, but long enough to have been one, had it begun as they do\n'.repeat(20))
  const foreign = new DatabaseSync(place('foreign'))
  foreign.exec('CREATE TABLE theirs (id INTEGER)')
  foreign.close()
  await tenure(['import', '--store', `sqlite:${place('newer')}`], { stdin })
  const newer = new DatabaseSync(place('newer'))
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  const faults = [
    ['gone/t.db', 'the folder of the database file is not there', 'ERR_STORE_UNAVAILABLE'],
    ['folder', 'the path is that of a folder', 'ERR_STORE_UNAVAILABLE'],
    ['text', 'the file is not a SQLite database', 'ERR_STORE_SCHEMA'],
    ['foreign', "the database is not one of Tenure's", 'ERR_STORE_SCHEMA'],
    ['newer', 'the database has schema 99', 'ERR_STORE_SCHEMA'],
  ] as const
  for (const [name, message, code] of faults) {
    const run = await tenure(['import', '--store', `sqlite:${place(name)}`], { stdin })
    assert.deepEqual([run.code, run.out], [2, ''], name)
    assert.match(run.err, new RegExp(`^tenure: ${message}.*: [a-z].* \\[${code}\\]\n$`), name)
  }
})

test('a store that another process keeps locked is told of', async (t) => {
  const place = temporaryFolder(t)
  const store = `sqlite:${place('t.db')}`
  await tenure(['import', '--store', store], { stdin })
  const other = new DatabaseSync(place('t.db'))
  other.exec('BEGIN IMMEDIATE')
  // In a process of its own: the driver stands still while it waits.
  const child = spawnTenure(['sweep', '--store', store], { stdio: ['ignore', 'pipe', 'pipe'] })
  const run = await ended(child)
  other.close()
  assert.deepEqual([run.code, run.out], [2, ''])
  assert.match(run.err, /^tenure: another process kept the database locked.*: try again \[ERR_STORE_UNAVAILABLE\]\n$/)
})

test('no complaint repeats a password, wherever a URL was put', async () => {
  const urls = [
    'postgres://ann:secret@127.0.0.1:1/x',
    'postgres://ann:sec@ret@127.0.0.1:1/x',
    'postgres://127.0.0.1:1/x?password=secret',
    'mysql://ann:secret@localhost/x',
  ]
  for (const url of urls) {
    for (const args of [
      ['audit', '--store', url],
      ['audit', url],
      ['import', '--store', 'sqlite::memory:', url],
      ['validate', `--store=${url}`],
      [url],
      ['purge', '--store', 'sqlite::memory:', '--policy', url],
      ['export', '--store', 'sqlite::memory:', '--out', url],
      ['export', '--form', url],
      ['sweep', '--limit', url],
      ['sweep', '--store', `sqlite:${url}`],
    ]) {
      const run = await tenure(args, { stdin })
      assert.equal(run.code, 2, args.join(' '))
      assert.doesNotMatch(run.out + run.err, /secret|ret@/, args.join(' '))
    }
  }
})

test('Node is not heard to say that node:sqlite is experimental, and every other warning is', (t) => {
  const { emitWarning } = process
  t.after(() => {
    process.emitWarning = emitWarning
  })
  const heard: unknown[][] = []
  process.emitWarning = (...warning: unknown[]) => heard.push(warning)
  silenceSqliteWarning()
  const warnings = [
    ['SQLite is an experimental feature and might change at any time', 'ExperimentalWarning'],
    ['Other things are an experimental feature', 'ExperimentalWarning'],
    ['SQLite is slow', 'SlowWarning'],
    [new Error('SQLite')],
  ] as const
  for (const [warning, type] of warnings) process.emitWarning(warning, type)
  assert.deepEqual(heard, [warnings[1], warnings[2], [warnings[3][0], undefined]])
})
