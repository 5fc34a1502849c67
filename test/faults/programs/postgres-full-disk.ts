/** Fills the disk that the folder of its argument is, with the tables of a PostgreSQL store on it, and not its log. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../../../src/domain/errors.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { sdkClient, sdkSession } from '../../support/documents.ts'
import { driverFaultOf } from '../../support/fault-error.ts'
import { execute, urlWith } from '../../support/fault-postgres.ts'
import { startPostgres } from '../../support/postgres-server.ts'
import { allOf } from '../../support/stored.ts'

const [, , folder = ''] = process.argv
const FULL = ['ERR_STORE_FULL', /no space left/] as const

const ballast = join(folder, 'ballast')
writeFileSync(ballast, Buffer.alloc(2 << 20))
const tables = join(folder, 'tables')
mkdirSync(tables)
execFileSync('chown', ['nobody', tables])
chmodSync(folder, 0o755)

await using server = await startPostgres('')
await execute(server.url, `CREATE TABLESPACE small LOCATION '${tables}'`)
await execute(server.url, 'CREATE DATABASE small TEMPLATE template0 TABLESPACE small')
await using tenure = await openTenure({ store: urlWith(server.url, { pathname: '/small' }) })

/** A snapshot that takes a tenth of a megabyte, however well it is packed. */
function aLargeDocument(number: number): unknown {
  const [id, clientId] = [`sess_large_${number}`, `client_large_${number}`]
  const session = sdkSession({ id, clientId, userId: `user_${number}` })
  return sdkClient({ id: clientId, note: randomBytes(75_000).toString('base64') }, [session])
}

/** Does something for each number from 0, until there is no space left, and answers the number that there was none for. */
async function fill(work: (number: number) => Promise<unknown>): Promise<number> {
  for (let number = 0; ; number += 1) {
    try {
      await work(number)
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'ERR_STORE_FULL', String(error))
      return number
    }
  }
}

const imported = await fill((number) => allOf(tenure.importClients([aLargeDocument(number)])))
const signIn = (number: number) => tenure.signIn({ userId: 'user_1', sessionId: `sess_${number}` })
const refused = await fill(signIn)
await driverFaultOf(signIn(refused), ...FULL)

async function expectWhole(signedIn: number): Promise<void> {
  assert.equal((await tenure.listSessions({ limit: 1 })).total, imported + signedIn)
  assert.equal((await tenure.verify(`sess_${signedIn - 1}`)).live, true)
  assert.equal((await tenure.verify(`sess_${signedIn}`)).live, false)
  assert.deepEqual(await allOf(tenure.audit()), [])
}

assert.ok(refused > 0)
await expectWhole(refused)
rmSync(ballast)
assert.equal((await signIn(refused)).changed, true)
await expectWhole(refused + 1)
