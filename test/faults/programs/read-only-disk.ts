/** Makes the disk that the folder of its argument is one that can only be read, under a store, and writable again. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { driverFaultOf } from '../../support/fault-error.ts'
import { allOf } from '../../support/stored.ts'

const [, , folder = ''] = process.argv
const store = `sqlite:${join(folder, 'tenure.db')}`
const remount = (how: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,bind,${how}`, folder])

const before = await openTenure({ store })
await before.signIn({ userId: 'user_1', sessionId: 'sess_1' })
await before.close()

remount('ro')
await driverFaultOf(openTenure({ store }), 'ERR_STORE_READ_ONLY', /folder .* may not be written/)
await driverFaultOf(openTenure({ store: `${store}.new` }), 'ERR_STORE_READ_ONLY', /folder .* may not be written/)

remount('rw')
const after = await openTenure({ store })
assert.equal((await after.verify('sess_1')).live, true)
assert.equal((await after.signIn({ userId: 'user_1', sessionId: 'sess_2' })).changed, true)
assert.deepEqual(await allOf(after.audit()), [])
await after.close()
