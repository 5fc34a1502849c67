import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import test, { type TestContext } from 'node:test'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN, fixturePath, inForm, sdkClient, WEEK } from '../support/documents.ts'
import { ended, linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SAMPLES = fixturePath('clients-wire.ndjson')
const samples = readFileSync(SAMPLES, 'utf8')

/** A folder with a store of the samples in `t.db`. */
async function withSamples(t: TestContext) {
  const place = temporaryFolder(t)
  const store = `sqlite:${place('t.db')}`
  assert.equal((await tenure(['import', '--store', store, SAMPLES])).code, 0)
  return { place, store }
}

const sorted = (text: string) => text.trimEnd().split('\n').sort()

test('export: what came in comes out, settled, to the character where nothing was due', async (t) => {
  const { store } = await withSamples(t)
  const clock = new ManualClock(1_785_661_283_293)
  const run = await tenure(['export', '--store', store], { clock })
  const settled = await tenure(['settle', '--at', String(clock.now())], { stdin: samples })
  assert.deepEqual([run.code, run.err], [0, ''])
  assert.deepEqual(sorted(run.out), sorted(settled.out))
})

test('export: imported once more, elsewhere, it is the same store', async (t) => {
  const { place, store } = await withSamples(t)
  const { out } = await tenure(['export', '--store', store])
  const other = `sqlite:${place('other.db')}`
  const again = await tenure(['import', '--store', other], { stdin: out })
  assert.equal(again.code, 0)
  assert.deepEqual(await tenure(['export', '--store', other]), { code: 0, out, err: '' })
})

test('export --form: members are named as the form has them', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  const document = sdkClient()
  await tenure(['import', '--store', store], { stdin: JSON.stringify(document) })
  for (const form of ['sdk', 'wire'] as const) {
    const run = await tenure(['export', '--store', store, '--form', form])
    assert.deepEqual(linesOf(run.out), [inForm(form, document)])
  }
  assert.equal((await tenure(['export', '--store', store, '--form', 'xml'])).code, 2)
})

test('export --out: the file appears whole, standard output stays empty, and a terminal is told how many', async (t) => {
  const { place, store } = await withSamples(t)
  const run = await tenure(['export', '--store', store, '--out', place('out')], { isTTY: true })
  assert.deepEqual(run, { code: 0, out: '', err: 'tenure: 9 snapshots exported\n' })
  const { out } = await tenure(['export', '--store', store])
  assert.equal(readFileSync(place('out'), 'utf8'), out)
})

test('export --out: the store itself, and the files beside it, are refused and left alone', async (t) => {
  const { place, store } = await withSamples(t)
  const run = await tenure(['export', '--store', store, '--out', place('t.db')])
  assert.deepEqual([run.code, run.out], [2, ''])
  assert.match(run.err, /^tenure: cannot write to .*t\.db: this run reads it, or writes to it already\n$/)
  assert.equal((await tenure(['audit', '--store', store])).code, 0)
})

test('export --out: a run that fails leaves what was at the place, and nothing beside it', async (t) => {
  const { place, store } = await withSamples(t)
  writeFileSync(place('out'), 'old\n')
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(place('t.db'))
  database.exec("UPDATE clients SET session_ids = '[' WHERE id = (SELECT max(id) FROM clients)")
  database.close()
  const run = await tenure(['export', '--store', store, '--out', place('out')])
  assert.equal(run.code, 2)
  assert.match(run.err, /^tenure: the database file is damaged.*\[ERR_STORE_CORRUPT\]\n$/)
  assert.equal(readFileSync(place('out'), 'utf8'), 'old\n')
  assert.deepEqual(
    readdirSync(place('')).filter((name) => name.includes('partial')),
    [],
  )
  assert.equal(existsSync(place('out')), true)
})

test('export: a reader that goes away ends the run without a word', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  const stdin = Array.from({ length: 3000 }, (_, index) => JSON.stringify(sdkClient({ id: `client_${index}` }, [])))
  await tenure(['import', '--store', store], { stdin: stdin.join('\n') })
  const child = spawnTenure(['export', '--store', store], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout?.once('data', () => child.stdout?.destroy())
  const run = await ended(child)
  assert.deepEqual([run.code, run.err], [0, ''])
})

test('export: what the clock has ended is told as ended, and not written down', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('t.db')}`
  await tenure(['import', '--store', store], { stdin: JSON.stringify(sdkClient()) })
  const clock = new ManualClock(BORN + WEEK)
  const { out } = await tenure(['export', '--store', store], { clock })
  assert.ok(out.includes('"status":"expired"'))
  assert.match((await tenure(['sweep', '--store', store], { clock })).out, /"settled":1/)
})
