import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { BORN, FORMS, fixturePath, inForm, sdkClient, sdkSession } from '../support/documents.ts'
import { linesOf, temporaryFolder, tenure } from '../support/run-tenure.ts'

const SEED = fixturePath('seed-client.json')
const SAMPLES = fixturePath('clients-wire.ndjson')
const valid = JSON.stringify(sdkClient())
const odd = JSON.stringify(sdkClient({ surprise: 1 }))

for (const form of FORMS) {
  test(`validate: a ${form} snapshot with nothing odd in it is one line, its members in the order of the contract`, async () => {
    const run = await tenure(['validate'], { stdin: JSON.stringify(inForm(form, sdkClient())) })
    assert.deepEqual(run, {
      code: 0,
      out: '{"line":1,"id":"client_1","valid":true,"errors":[],"warnings":[]}\n',
      err: '',
    })
  })
}

test('validate: the seed is valid with warnings, each {code,path,message} and no more', async () => {
  const run = await tenure(['validate', SEED])
  assert.equal(run.code, 0)
  const [line] = linesOf(run.out)
  assert.deepEqual(Object.keys(line ?? {}), ['line', 'id', 'valid', 'errors', 'warnings'])
  assert.deepEqual({ ...line, warnings: 0 }, { line: 1, id: '<id>', valid: true, errors: [], warnings: 0 })
  const { warnings } = line as unknown as { warnings: object[] }
  for (const warning of warnings) assert.deepEqual(Object.keys(warning), ['code', 'path', 'message'])
})

test('validate --strict: the warnings of the seed are errors, and it exits 1', async () => {
  const [line] = linesOf((await tenure(['validate', SEED])).out)
  const run = await tenure(['validate', '--strict', SEED])
  assert.equal(run.code, 1)
  assert.deepEqual(linesOf(run.out), [{ ...line, valid: false, errors: line?.['warnings'], warnings: [] }])
})

test('validate: the samples are one line each, with the line they stand on', async () => {
  const run = await tenure(['validate', '--at', 'now+P1D', SAMPLES])
  assert.equal(run.code, 0)
  assert.deepEqual(
    linesOf(run.out).map(({ line, valid: isValid }) => [line, isValid]),
    Array.from({ length: 9 }, (_, at) => [at + 1, true]),
  )
})

test('validate: one snapshot of several that is rejected makes it exit 1, and the others are told of all the same', async () => {
  const run = await tenure(['validate'], { stdin: `${valid}\n\n{"id":"client_2"}\nnonsense\n${odd}\n` })
  assert.equal(run.code, 1)
  assert.deepEqual(
    linesOf(run.out).map(({ line, id, valid: isValid }) => [line, id, isValid]),
    [
      [1, 'client_1', true],
      [3, 'client_2', false],
      [4, null, false],
      [5, 'client_1', true],
    ],
  )
})

test('validate: an element of an array has its index, after the line', async () => {
  const run = await tenure(['validate'], { stdin: `[${valid},\n${valid}]` })
  assert.deepEqual(
    linesOf(run.out).map(({ line, index }) => [line, index]),
    [
      [1, 0],
      [2, 1],
    ],
  )
  assert.ok(run.out.startsWith('{"line":1,"index":0,"id":'))
})

test('validate: where there are several files each line begins with its file', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('a.json'), valid)
  const run = await tenure(['validate', place('a.json'), '-'], { stdin: odd })
  assert.deepEqual(
    linesOf(run.out).map(({ file, line }) => [file, line]),
    [
      [place('a.json'), 1],
      ['-', 1],
    ],
  )
  assert.ok(run.out.startsWith('{"file":'))
})

test('validate: activity in the future is judged at the present, and at --at where it is given', async () => {
  const stdin = JSON.stringify(sdkClient({}, [sdkSession({ lastActiveAt: BORN + 1 })]))
  const warningsOf = async (...args: string[]) => {
    const [line] = linesOf((await tenure(['validate', ...args], { stdin })).out)
    const { warnings } = line as unknown as { warnings: { code: string }[] }
    return warnings.map(({ code }) => code)
  }
  assert.deepEqual(await warningsOf(), ['activity-in-future'])
  assert.deepEqual(await warningsOf('--at', String(BORN + 1)), [])
})

test('validate --unknown-status keep: a status that is none of the eight is a warning, and else an error', async () => {
  const stdin = JSON.stringify(sdkClient({}, [sdkSession({ status: 'snoozed' })]))
  assert.equal((await tenure(['validate'], { stdin })).code, 1)
  const kept = await tenure(['validate', '--unknown-status', 'keep'], { stdin })
  assert.equal(kept.code, 0)
  assert.ok(kept.out.includes('"code":"unknown-status"'))
  assert.equal((await tenure(['validate', '--unknown-status', 'lose'], { stdin })).code, 2)
})

test('validate: nothing in is nothing out, and fine', async () => {
  assert.deepEqual(await tenure(['validate'], { stdin: '' }), { code: 0, out: '', err: '' })
  assert.deepEqual(await tenure(['validate'], { stdin: '\n\n' }), { code: 0, out: '', err: '' })
  assert.deepEqual(await tenure(['validate'], { stdin: '[]' }), { code: 0, out: '', err: '' })
})
