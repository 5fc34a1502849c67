import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { UsageError } from '../../src/cli/io.ts'
import { OutputFile } from '../../src/cli/output.ts'

test('what lies at the name of a partial file is not written through, and stays', async (t) => {
  // Catches: a partial file that is opened and not made.
  const folder = mkdtempSync(join(tmpdir(), 'tenure-output-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [place, victim] = [join(folder, 'out'), join(folder, 'victim')]
  const partial = `${place}.${process.pid}.partial`
  writeFileSync(victim, 'precious')
  symlinkSync(victim, partial)
  await assert.rejects(OutputFile.open(place, []), (error) => {
    return error instanceof UsageError && /partial is in the way; remove it$/.test(error.message)
  })
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
  assert.ok(lstatSync(partial).isSymbolicLink())
})
