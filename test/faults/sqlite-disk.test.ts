import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import { noDisk, runOnDisk, runProgram } from '../support/fault-program.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

test('a full disk refuses writes and loses nothing, and space makes them work again', { skip: noDisk }, async () => {
  const { code, err } = await runOnDisk('full-disk', 3 * 1024)
  assert.equal(code, 0, err)
})

test('a disk that can only be read opens no store, until it can be written', { skip: noDisk }, async () => {
  const { code, err } = await runOnDisk('read-only-disk', 8 * 1024)
  assert.equal(code, 0, err)
})

test('without the right to write a file it is only read, and without that to its folder not opened', async (t) => {
  const at = temporaryFolder(t)
  const modes = { file: [0o444, 0o777], folder: [0o666, 0o555], unreadable: [0, 0o777] } as const
  const chmod = (name: string, [file, folder]: readonly [number, number]) => {
    chmodSync(at(name), folder)
    // A log gets the rights that its file has.
    for (const each of readdirSync(at(name))) chmodSync(join(at(name), each), file)
  }
  chmodSync(at(''), 0o755)
  for (const [name, mode] of Object.entries(modes)) {
    mkdirSync(at(name))
    await using tenure = await openTenure({ store: `sqlite:${join(at(name), 'tenure.db')}` })
    await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
    await tenure.close()
    chmod(name, mode)
  }
  try {
    const { code, err } = await runProgram('permissions', at(''))
    assert.equal(code, 0, err)
  } finally {
    for (const name of Object.keys(modes)) chmod(name, [0o644, 0o755])
  }
  await using tenure = await openTenure({ store: `sqlite:${join(at('file'), 'tenure.db')}` })
  assert.equal((await tenure.end('sess_1')).changed, true)
})
