/** Fills the disk that the folder of its argument is, with a store on it. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../../../src/domain/errors.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import { driverFaultOf } from '../../support/fault-error.ts'
import { allOf } from '../../support/stored.ts'

const [, , folder = ''] = process.argv
const store = `sqlite:${join(folder, 'tenure.db')}`
const told: string[] = []
const over = new Set<string>()
const SAYING = /no space left/

/** Signs in until there is no space for another, and answers the name of that. */
async function fill(tenure: Tenure): Promise<string> {
  for (;;) {
    const sessionId = `sess_${told.length}`
    try {
      await tenure.signIn({ userId: 'user_1', sessionId })
      told.push(sessionId)
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'ERR_STORE_FULL', String(error))
      return sessionId
    }
  }
}

/** Ends sessions until there is no space for that either: what a sign-in had too little of may do for something smaller. */
async function endUntilFull(tenure: Tenure): Promise<void> {
  for (const id of told) {
    try {
      await tenure.end(id)
      over.add(id)
    } catch {
      await driverFaultOf(tenure.end(id), 'ERR_STORE_FULL', SAYING)
      return
    }
  }
  assert.fail('every session was ended on a disk that is full')
}

async function expectWhole(tenure: Tenure): Promise<void> {
  for (const id of told) assert.equal((await tenure.verify(id)).live, !over.has(id), id)
  assert.equal((await tenure.listSessions({ limit: 1 })).total, told.length)
  assert.deepEqual(await allOf(tenure.audit()), [])
}

const ballast = join(folder, 'ballast')
writeFileSync(ballast, Buffer.alloc(1 << 20))

const tenure = await openTenure({ store })
const refused = await fill(tenure)
assert.ok(told.length > 0)
await endUntilFull(tenure)
await driverFaultOf(openTenure({ store: `sqlite:${join(folder, 'new.db')}` }), 'ERR_STORE_FULL', SAYING)
assert.equal((await tenure.verify(refused)).live, false)
await expectWhole(tenure)

rmSync(ballast)
assert.equal((await tenure.signIn({ userId: 'user_1', sessionId: refused })).changed, true)
told.push(refused)
await expectWhole(tenure)

await fill(tenure)
await tenure.close()
const again = await openTenure({ store })
await expectWhole(again)
await again.close()
