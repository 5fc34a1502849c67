import assert from 'node:assert/strict'
import { closeSync, copyFileSync, openSync, statSync, truncateSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { driverFaultOf } from '../support/fault-error.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

const PAGE = 4096
const DAMAGED = ['ERR_STORE_CORRUPT', /damaged: restore it from a backup/] as const

const open = (path: string): Promise<Tenure> => openTenure({ store: `sqlite:${path}` })

/** A store of two hundred sessions, closed, and a copy of it. */
async function aStore(path: string): Promise<void> {
  await using tenure = await open(path)
  for (let number = 0; number < 200; number += 1) {
    await tenure.signIn({ userId: `user_${number}`, sessionId: `sess_${number}` })
  }
  await tenure.close()
  copyFileSync(path, `${path}.backup`)
}

function overwrite(path: string, from: number, to: number, byte: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(to - from, byte), 0, to - from, from)
  closeSync(file)
}

/** Every page but those that say which tables there are, which are read when the file is opened. */
function overwriteRows(path: string, byte: number): void {
  const database = new DatabaseSync(path)
  const schema = database.prepare("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'").all()
  database.close()
  const kept = new Set(schema.map(({ pageno }) => pageno))
  for (let page = 1; page <= statSync(path).size / PAGE; page += 1) {
    if (!kept.has(page)) overwrite(path, (page - 1) * PAGE, page * PAGE, byte)
  }
}

/** What was overwritten or cut off, and whether the file still opens. */
const DAMAGES = {
  'its first page overwritten': { damage: (path: string) => overwrite(path, 100, PAGE, 7), opens: false },
  'its pages overwritten': { damage: (path: string) => overwriteRows(path, 7), opens: true },
  'its pages empty': { damage: (path: string) => overwriteRows(path, 0), opens: true },
  'its end cut off': { damage: (path: string) => truncateSync(path, 3 * PAGE), opens: false },
  'its end cut off within a page': { damage: (path: string) => truncateSync(path, PAGE + 100), opens: false },
} as const

for (const [what, { damage, opens }] of Object.entries(DAMAGES)) {
  test(`a file with ${what} is told to be damaged, and its backup works`, async (t) => {
    const path = temporaryFolder(t)('tenure.db')
    await aStore(path)
    damage(path)
    if (opens) {
      await using tenure = await open(path)
      await driverFaultOf(tenure.verify('sess_100'), ...DAMAGED)
      await driverFaultOf(tenure.end('sess_100'), ...DAMAGED)
      await driverFaultOf(tenure.signIn({ userId: 'user_1' }), ...DAMAGED)
      await driverFaultOf(tenure.listSessions({ userId: 'user_1' }), ...DAMAGED)
      await driverFaultOf(tenure.exportClients().next(), ...DAMAGED)
      await driverFaultOf(tenure.audit().next(), ...DAMAGED)
    } else {
      await driverFaultOf(open(path), ...DAMAGED)
    }
    copyFileSync(`${path}.backup`, path)
    await using tenure = await open(path)
    assert.equal((await tenure.end('sess_100')).changed, true)
  })
}

test('a file with its beginning overwritten is no database', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  await aStore(path)
  overwrite(path, 0, 100, 7)
  await driverFaultOf(open(path), 'ERR_STORE_SCHEMA', /or damaged at its beginning/)
})

test('a row with a list of ids that is none is damaged, and nothing of it is in the message', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  await aStore(path)
  const database = new DatabaseSync(path)
  database.exec(`UPDATE clients SET session_ids = '["sess_100'`)
  database.close()
  await using tenure = await open(path)
  await driverFaultOf(tenure.end('sess_100'), ...DAMAGED)
  assert.equal((await tenure.verify('sess_100')).live, true)
})
