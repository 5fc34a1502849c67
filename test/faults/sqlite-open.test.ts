import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts'
import { driverFaultOf, faultOf } from '../support/fault-error.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

const open = (path: string): Promise<Tenure> => openTenure({ store: `sqlite:${path}` })

/** Makes a database with somebody else's statements, or changes one. */
function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

async function makeStore(path: string): Promise<void> {
  await using tenure = await open(path)
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
}

test('a folder that is not there is named as what is missing, and the store opens when it is', async (t) => {
  const at = temporaryFolder(t)
  await driverFaultOf(open(at('none/tenure.db')), 'ERR_STORE_UNAVAILABLE', /folder .* is not there: make it/)
  mkdirSync(at('none'))
  await (await open(at('none/tenure.db'))).close()
})

test('a path that is a folder is refused', async (t) => {
  await driverFaultOf(open(temporaryFolder(t)('')), 'ERR_STORE_UNAVAILABLE', /that of a folder: name a file/)
})

test('a file that is no database is refused, and left as it is', async (t) => {
  const path = temporaryFolder(t)('notes.txt')
  const text = 'remember the milk\n'.repeat(100)
  writeFileSync(path, text)
  await driverFaultOf(open(path), 'ERR_STORE_SCHEMA', /not a SQLite database.*: name another file/)
  assert.equal(readFileSync(path, 'utf8'), text)
})

const OTHERS = {
  'with tables': 'CREATE TABLE sessions (id TEXT)',
  'with a version and no table': 'PRAGMA user_version = 3',
  'with an owner and no table': 'PRAGMA application_id = 7',
} as const
for (const [what, sql] of Object.entries(OTHERS)) {
  test(`somebody else's database ${what} is refused, and left as it is`, async (t) => {
    const path = temporaryFolder(t)('other.db')
    execute(path, sql)
    const before = readFileSync(path)
    await faultOf(open(path), 'ERR_STORE_SCHEMA', /not one of Tenure's: name another file/)
    assert.deepEqual(readFileSync(path), before)
  })
}

test('a database that a newer Tenure made is refused, and left as it is', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  await makeStore(path)
  execute(path, 'PRAGMA user_version = 1000')
  await faultOf(open(path), 'ERR_STORE_SCHEMA', /has schema 1000, .* knows \d+: update Tenure/)
  execute(path, `PRAGMA user_version = ${MIGRATIONS.length}`)
  await using tenure = await open(path)
  assert.equal((await tenure.verify('sess_1')).live, true)
})

for (const sql of ['DROP TABLE ledger', 'ALTER TABLE sessions RENAME COLUMN place TO spot']) {
  test(`a database after ${sql} is refused when it is opened`, async (t) => {
    const path = temporaryFolder(t)('tenure.db')
    await makeStore(path)
    execute(path, sql)
    await driverFaultOf(open(path), 'ERR_STORE_SCHEMA', /not as Tenure made it: restore/)
    // Nobody has it open any more: the log is given up only by the last.
    execute(path, 'PRAGMA journal_mode = DELETE')
  })
}

test('a store is found where it was opened, whichever folder the process is in later', async (t) => {
  const at = temporaryFolder(t)
  const here = process.cwd()
  t.after(() => process.chdir(here))
  process.chdir(at(''))
  await using tenure = await open('tenure.db')
  process.chdir(here)
  assert.equal((await tenure.signIn({ userId: 'user_1' })).changed, true)
  const lines: string[] = []
  for await (const line of tenure.exportClients()) lines.push(line)
  assert.equal(lines.length, 1)
})
