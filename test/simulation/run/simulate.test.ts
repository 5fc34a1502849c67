import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULT_KINDS } from '../../../src/simulation/faults/fault-kinds.ts'
import { shrink } from '../../../src/simulation/run/shrink.ts'
import { simulate } from '../../../src/simulation/run/simulate.ts'
import { neverMet, sumMet } from '../../../src/simulation/run/sometimes.ts'
import { drawTrial } from '../../../src/simulation/run/trial.ts'
import { aScenario } from '../../support/scenarios.ts'
import { DAY } from '../../support/sessions.ts'

const EVERYTHING = {
  ...{ until: 0.9, delays: 0.2, unavailable: 0.02, lostReplies: 0.02, conflicts: 0.1, crashesBeforeCommit: 0.01 },
  ...{ crashesAfterCommit: 0.01, driftPpm: 200, stepsPerDay: 4, pausesPerDay: 6, failedDeliveries: 0.05 },
  ...{ duplicateDeliveries: 0.05, reorderedDeliveries: 0.2, slowDeliveries: 0.02 },
}

/** How many seeds of a trial the suite goes through; `.ci/run` goes through ten thousand. */
const SEEDS = Number(process.env['TENURE_SIMULATION_SEEDS'] ?? 40)

test('trials of many seeds break nothing, and between them meet every status, cause and fault', async () => {
  const met: Readonly<Record<string, number>>[] = []
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const outcome = await simulate(drawTrial(String(seed)))
    assert.equal(outcome.broken, null, `seed ${seed}: tenure simulate --trial --seed ${seed}`)
    met.push(outcome.met)
  }
  // What takes the most luck has its thousands of seeds in CI.
  const missing = neverMet(sumMet(met)).filter((what) => !what.startsWith('outcome '))
  assert.deepEqual(missing, [])
})

test('the same seed gives the same trace, byte for byte, and another seed another', async () => {
  const workload = { processes: 3, webhooks: 2, eventsEvery: 'PT2H' }
  const scenario = (seed: string) => aScenario({ seed, clients: 15, days: 6, workload, faults: EVERYTHING })
  const [first, again, other] = [
    await simulate(scenario('a')),
    await simulate(scenario('a')),
    await simulate(scenario('b')),
  ]
  assert.deepEqual(again, first)
  assert.ok(first.lines > 200)
  assert.notEqual(other.hash, first.hash)
})

for (const [what, faults] of [
  ['calls', { delays: 0.02, delay: 'P9D' }],
  ['pauses', { pausesPerDay: 1, pause: 'P9D' }],
  ['slow deliveries', { slowDeliveries: 0.5, deliveryDelay: 'P9D' }],
  ['reordered deliveries', { reorderedDeliveries: 0.5, deliveryDelay: 'P9D' }],
  ['webhooks that are refused', { failedDeliveries: 0.5 }],
] as const) {
  test(`${what} that are put off past the end are waited for, or called off: nothing is broken`, async () => {
    const hooks = { webhooks: 1, webhookRetries: ['P9D'] }
    const workload = { visitsPerDay: 12, processes: 1, eventsEvery: 'PT1H', ...hooks }
    // Within hours every session is to be written down as over.
    const policy = { maximumLifetime: DAY / 12, inactivityTimeout: DAY / 24 }
    const { broken, met } = await simulate(aScenario({ clients: 5, days: 1, policy, workload, faults }))
    assert.equal(broken, null)
    assert.ok(Object.keys(met).some((name) => name.startsWith('fault ')))
  })
}

test('a webhook that a clock far ahead put into its queue is waited for', async () => {
  const workload = { visitsPerDay: 24, eventsEvery: 'PT5M', webhooks: 1 }
  const faults = { stepsPerDay: 200, step: 'P9D', delays: 0.3, delay: 'PT5M', until: 0.2 }
  // Seeds in which whoever put it in did not come to take it.
  for (const seed of ['19', '35', '55']) {
    const { broken, met } = await simulate(aScenario({ seed, clients: 5, days: 0.2, workload, faults }))
    assert.equal(broken, null)
    assert.ok((met['webhook'] ?? 0) > 0)
  }
})

test('where nothing goes wrong each webhook comes once', async () => {
  const workload = { visitsPerDay: 12, eventsEvery: 'PT1H', processes: 3, webhooks: 2 }
  const { broken, met } = await simulate(aScenario({ clients: 20, days: 2, workload }))
  assert.equal(broken, null)
  assert.deepEqual(
    Object.keys(met).filter((what) => what.startsWith('webhook')),
    ['webhook'],
  )
})

for (const store of ['memory', 'sqlite'] as const) {
  test(`webhooks come again where they are refused, lost or late, and once they were given up: over ${store}`, async () => {
    const workload = { ...{ visitsPerDay: 12, eventsEvery: 'PT1H', store, webhooks: 2, webhookRetries: ['PT1M'] } }
    const faults = { failedDeliveries: 0.3, duplicateDeliveries: 0.1, slowDeliveries: 0.2 }
    const { broken, met } = await simulate(aScenario({ clients: 10, days: 2, workload, faults }))
    assert.equal(broken, null)
    const seen = Object.keys(met).filter((what) => what.startsWith('webhook'))
    const all = ['webhook', 'webhook again', 'webhook given up', 'webhook redriven', 'webhook too late']
    assert.deepEqual(seen.sort(), all)
  })
}

test('runs do not hear of each other: two at once give what each gives alone', async () => {
  const [one, two] = [drawTrial('one'), drawTrial('two')]
  const alone = [await simulate(one), await simulate(two)]
  const together = await Promise.all([simulate(one), simulate(two)])
  assert.deepEqual(
    together.map(({ hash }) => hash),
    alone.map(({ hash }) => hash),
  )
})

test('a failure shrinks to as little as still fails', async () => {
  // A policy that nobody read: every start of a process fails, whoever comes and whatever else goes wrong.
  const sound = aScenario({ clients: 40, days: 3, faults: EVERYTHING })
  const scenario = { ...sound, policy: { ...sound.policy, retention: 'P1D' as never } }
  const outcome = await simulate(scenario)
  assert.equal(outcome.broken?.invariant, 'no-other-error')
  const shrunk = await shrink(scenario, outcome)
  assert.deepEqual(shrunk.scenario.only, [1])
  assert.ok(shrunk.scenario.span <= 60_000)
  assert.deepEqual([...shrunk.without].sort(), Object.keys(FAULT_KINDS).sort())
  assert.equal((await simulate(shrunk.scenario)).hash, shrunk.outcome.hash)
  // Who has no more time is given what was found until then.
  let runs = 0
  const hasty = await shrink(scenario, outcome, () => runs++ >= 3)
  assert.ok(hasty.runs > 0 && hasty.runs <= 3 && hasty.runs < shrunk.runs)
  assert.equal((await simulate(hasty.scenario)).hash, hasty.outcome.hash)
})
