/** Workloads that are simple enough to have an answer by themselves: what the service counts is held to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '../../../src/simulation/run/simulate.ts'
import { aScenario, PLAIN } from '../../support/scenarios.ts'
import { DAY, MINUTE } from '../../support/sessions.ts'

const EVERY = ['pending', 'active', 'expired', 'ended', 'replaced', 'abandoned', 'revoked', 'removed'] as const

/** What a run counts at each of its hundred steps. */
async function countsOf(scenario: Parameters<typeof simulate>[0]) {
  const counts: {
    readonly all: number
    readonly live: number
    readonly expired: number
    readonly abandoned: number
  }[] = []
  const outcome = await simulate(scenario, {
    onStep: async ({ count }) => {
      counts.push({
        all: await count(EVERY),
        live: await count(['pending', 'active']),
        expired: await count(['expired']),
        abandoned: await count(['abandoned']),
      })
    },
  })
  assert.equal(outcome.broken, null)
  return { outcome, counts }
}

test('of sessions that nothing but deadlines ends, as many are live as began within a lifetime', async () => {
  // A hundred steps of twelve minutes: a lifetime is five of them, abandonment comes after fifteen.
  const step = 12 * MINUTE
  const { counts } = await countsOf(
    aScenario({
      ...{ clients: 60, days: (100 * step) / DAY },
      policy: { maximumLifetime: 5 * step, abandonment: { after: 15 * step, from: 'creation' }, retention: 30 * DAY },
      workload: { ...PLAIN, visitsPerDay: 4, visitLength: 'PT1S', sweepInterval: 'PT1M' },
    }),
  )
  const begunBy = (place: number) => counts[place]?.all ?? 0
  assert.ok(begunBy(99) > 100)
  for (const [place, { live }] of counts.entries()) {
    assert.equal(live, begunBy(place) - begunBy(place - 5), `live at step ${place}`)
  }
  // Who comes back replaces what had expired, so that what is dormant is what nobody came back for.
  for (const { live, expired, abandoned, all } of counts) assert.ok(live + expired + abandoned <= all)
})

test('sessions that last as long as a lifetime are live for that share of the time which renewal theory gives them', async () => {
  const [clients, days, visitsPerDay, lifetime] = [40, 20, 2, 6 / 24]
  const outcome = await simulate(
    aScenario({
      ...{ clients, days },
      policy: { maximumLifetime: lifetime * DAY, retention: 30 * DAY },
      workload: { ...PLAIN, visitsPerDay, visitLength: 'PT1S' },
    }),
  )
  // Each client is signed in for a lifetime, and away until the next visit, which no visit before makes likelier.
  const cycle = lifetime + 1 / visitsPerDay
  const mean = clients * (days / cycle)
  // The variance of a count of renewals: by that of a cycle, over the cube of its mean.
  const deviation = Math.sqrt((clients * days * (1 / visitsPerDay) ** 2) / cycle ** 3)
  assert.ok(Math.abs(outcome.sessions - mean) < 4 * deviation, `${outcome.sessions} sessions, and ${mean} expected`)
  const live = outcome.sessionDays / (clients * days)
  assert.ok(Math.abs(live - lifetime / cycle) < 0.03, `live for ${live} of the time, and ${lifetime / cycle} expected`)
})

test('people who always sign out are signed in for as long as they visit', async () => {
  const [clients, days, visitsPerDay, visitLength] = [25, 10, 6, 1 / 24]
  const outcome = await simulate(
    aScenario({
      ...{ clients, days },
      workload: { ...PLAIN, visitsPerDay, visitLength: 'PT1H', requestEvery: 'P1D', signOuts: 1 },
    }),
  )
  const live = outcome.sessionDays / (clients * days)
  const expected = visitLength / (visitLength + 1 / visitsPerDay)
  assert.ok(Math.abs(live - expected) < 0.03, `live for ${live} of the time, and ${expected} expected`)
})
