import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import faults from '../../examples/simulation/faults.json' with { type: 'json' }
import schema from '../../schemas/workload.schema.json' with { type: 'json' }
import { readFaults } from '../../src/simulation/faults/faults.ts'
import { drawTrial } from '../../src/simulation/run/trial.ts'
import { readWorkload } from '../../src/simulation/workload/workload.ts'
import { temporaryFolder, tenure } from '../support/run-tenure.ts'

const FEW = ['simulate', '--clients', '5', '--days', '3']

test('a simulation prints one line: its hash, what happened, what was met, and that nothing is broken', async () => {
  const { code, out, err } = await tenure([...FEW, '--seed', '7', '--faults', 'examples/simulation/faults.json'])
  assert.deepEqual([code, err], [0, ''])
  const summary = JSON.parse(out)
  assert.deepEqual([summary.seed, summary.clients, summary.days, summary.broken], [7, 5, 3, null])
  assert.match(summary.hash, /^[0-9a-f]{64}$/)
  assert.ok(summary.met['cause sign-in'] > 0)
})

test('the same command line has the same hash, and another seed another', async () => {
  const hashOf = async (seed: string) => JSON.parse((await tenure([...FEW, '--seed', seed])).out).hash
  const hash = await hashOf('1')
  assert.equal(await hashOf('1'), hash)
  assert.notEqual(await hashOf('2'), hash)
})

test('a run in which nobody signs in says so', async () => {
  const { code, out, err } = await tenure(['simulate', '--clients', '1', '--days', '0.001'])
  assert.equal(code, 0)
  assert.equal(JSON.parse(out).sessions, 0)
  assert.match(err, /^tenure: nobody signed in, and nothing was tried: give more --clients/)
})

test('several seeds are told together; one that never met something ends with 1 where that is asked', async () => {
  const { code, out, err } = await tenure(['simulate', '--trial', '--seeds', '2', '--meet-all'])
  assert.equal(code, 1)
  assert.match(err, /^tenure: never met: .*\n$/)
  const { seeds, broken, hash } = JSON.parse(out)
  assert.deepEqual([seeds, broken], [2, 0])
  const hashOf = async (...args: string[]) => JSON.parse((await tenure(['simulate', '--trial', ...args])).out).hash
  assert.equal(await hashOf('--seeds', '2'), hash)
  assert.notEqual(await hashOf('--seeds', '2', '--seed', '2'), hash)
})

test('a trial of one seed tells the policy, workload and faults that it drew', async () => {
  const { code, out } = await tenure(['simulate', '--trial', '--seed', '3'])
  assert.equal(code, 0)
  const { policy, workload, faults } = drawTrial('3')
  assert.deepEqual(JSON.parse(out).drawn, { policy, workload, faults })
})

test('--print-workload prints every member with its default, and what it prints is a workload', async () => {
  const { code, out } = await tenure(['simulate', '--print-workload'])
  assert.equal(code, 0)
  const document = JSON.parse(out)
  assert.deepEqual(Object.keys(document), Object.keys(schema.properties).slice(1))
  assert.equal(readWorkload(document).errors, undefined)
  assert.deepEqual(readWorkload(document).settings, readWorkload({}).settings)
})

test('a workload with faults is refused with a pointer to each, and nothing is run', async (t) => {
  const file = temporaryFolder(t)('workload.json')
  writeFileSync(file, '{ "hors": [1], "signOuts": 2, "waves": [{ "after": "P1D", "within": "PT1H" }] }')
  const { code, out, err } = await tenure(['simulate', '--workload', file])
  assert.deepEqual([code, out], [2, ''])
  assert.match(err, /\/hors must not be here: did you mean hours\?/)
  assert.match(err, /\/signOuts must be <= 1/)
  assert.match(err, /\/waves\/0\/share is needed here/)
})

test('durations of a sound shape are refused by themselves, and so are weights that are all 0', () => {
  const errorsOf = (document: unknown) => readWorkload(document).errors?.map(({ path }) => path)
  assert.deepEqual(errorsOf({ visitLength: 'P1M', waves: [{ after: 'soon', within: 'PT1H', share: 1 }] }), [
    '/visitLength',
    '/waves/0/after',
  ])
  assert.deepEqual(errorsOf({ webhookRetries: ['PT5S', 'often'] }), ['/webhookRetries/1'])
  assert.deepEqual(errorsOf({ start: 'Monday', hours: Array.from({ length: 24 }, () => 0) }), ['/start'])
  assert.deepEqual(errorsOf({ devices: [0, 0] }), ['/devices'])
  const [hours, weekdays] = [24, 7].map((length) => Array.from({ length }, () => 1e-200))
  assert.deepEqual(errorsOf({ hours, weekdays }), ['/hours'])
  assert.deepEqual(errorsOf({ sweepInterval: 'P25D', purgeInterval: 'P24D' }), ['/sweepInterval'])
  assert.deepEqual(errorsOf({ visitsPerDay: 1e-308 }), ['/visitsPerDay'])
  // What is another instant each time, and what is read as 1970.
  for (const start of ['now', 'now-P1D', '1767571200000']) assert.deepEqual(errorsOf({ start }), ['/start'])
  assert.deepEqual(errorsOf(null), [''])
})

test('the example of faults is one, and an empty document is none', () => {
  assert.equal(readFaults(faults).errors, undefined)
  const { until, ...rates } = readFaults({}).settings ?? { until: 0 }
  assert.equal(until, 1)
  const lengths = new Set(['delay', 'downtime', 'step', 'pause', 'deliveryDelay'])
  for (const [name, rate] of Object.entries(rates)) assert.equal(rate === 0, !lengths.has(name), name)
})

for (const [what, args, message] of [
  ['a trial with a policy', ['--trial', '--policy', 'policy.json'], /a trial draws policy, workload and faults/],
  ['a fault that is none', ['--without', 'delay,hunger'], /one is none of delay, unavailable/],
  ['more clients than there can be', ['--clients', '1000001'], /1000000 at most: for more, go through several --seeds/],
  ['a client that there is not', ['--clients', '3', '--only', '2,99'], /--only names 99, and seed 1 has 3 clients/],
  ['no client', ['--clients', '0'], /whole number from 1/],
  ['no time', ['--days', '0'], /number above 0/],
  ['a seed that is none', ['--seed', 'x'], /whole number from 0/],
] as const) {
  test(`${what} is wrong usage`, async () => {
    const { code, out, err } = await tenure(['simulate', ...args])
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, message)
  })
}

test('--trace has every line of the trace, in a file that stands once it is whole', async (t) => {
  const place = temporaryFolder(t)
  const { code, out } = await tenure([...FEW, '--trace', place('trace')])
  const lines = readFileSync(place('trace'), 'utf8').trimEnd().split('\n')
  assert.deepEqual([code, lines.length], [0, JSON.parse(out).lines])
  assert.match(lines[0] ?? '', /^\d+ /)
  const refused = await tenure([...FEW, '--trial', '--seeds', '2', '--trace', place('other')])
  assert.deepEqual([refused.code, refused.err], [2, 'tenure: a trace is of one seed: leave out --seeds, or --trace\n'])
})
