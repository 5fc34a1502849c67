/** Opens stores that others made, in the folder of its argument, as somebody who may not write them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openTenure } from '../../../src/service/open-tenure.ts'
// What is loaded when a store is opened may not be readable any more by then.
import '../../../src/store/sqlite/store.ts'
import { driverFaultOf } from '../../support/fault-error.ts'

const [, , folder = ''] = process.argv
const open = (name: string) => openTenure({ store: `sqlite:${join(folder, name, 'tenure.db')}` })

// Root may write whatever the permissions say.
if (process.getuid?.() === 0) {
  const nobody = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  const [uid, gid] = [nobody('-u'), nobody('-g')]
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

const tenure = await open('file')
assert.equal((await tenure.verify('sess_1')).live, true)
await driverFaultOf(tenure.end('sess_1'), 'ERR_STORE_READ_ONLY', /can only be read/)
assert.equal((await tenure.verify('sess_1')).live, true)
await tenure.close()

await driverFaultOf(open('folder'), 'ERR_STORE_READ_ONLY', /folder/)
await driverFaultOf(open('unreadable'), 'ERR_STORE_UNAVAILABLE', /cannot be opened: see who may read/)
