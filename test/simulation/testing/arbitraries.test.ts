import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Policy } from '../../../src/domain/policy.ts'
import { isLive, rankOf, type Status } from '../../../src/domain/status.ts'
import { testWorld } from '../../../src/simulation/index.ts'
import {
  anyHistory,
  anyPolicy,
  anySnapshot,
  CommandHistory,
} from '../../../src/simulation/testing/arbitraries/index.ts'
import { FINDINGS, readClient } from '../../../src/snapshot/index.ts'
import { checkPolicy, readPolicy } from '../../../src/snapshot/read-policy.ts'
import '../../support/seed.ts'

const SEED = 7

test('every policy that is drawn is sound, and every choice that a policy has comes up', () => {
  const seen = new Set<string>()
  const count = (policy: Policy) => {
    for (const [name, value] of Object.entries(policy))
      seen.add(typeof value === 'string' || value === null ? `${name} ${value}` : name)
    seen.add(`from ${policy.abandonment.from}`)
  }
  fc.assert(
    fc.property(anyPolicy(), (document) => {
      const checked = checkPolicy(document)
      assert.ok('policy' in checked, JSON.stringify(document))
      if (!('maximumLifetime' in document)) seen.add('left out')
      count(checked.policy)
    }),
    { seed: SEED, numRuns: 300 },
  )
  assert.deepEqual([...seen].sort(), [
    'abandonment',
    'from creation',
    'from last-activity',
    'inactivityTimeout',
    'inactivityTimeout null',
    'left out',
    'maximumLifetime',
    'maximumLifetime null',
    'maximumSessionsPerUser',
    'maximumSessionsPerUser null',
    'onConflict null',
    'onConflict reject',
    'onConflict replace',
    'onOverflow null',
    'onOverflow reject',
    'onOverflow replace-oldest',
    'retention',
    'sessionMode multi',
    'sessionMode single',
    'touchInterval',
  ])
})

test('every snapshot that is drawn is valid, of the form that was asked for, and every oddity that a reader knows comes up', () => {
  const odd = new Set<string>()
  const forms = new Set<string>()
  const now = Date.parse('2026-01-01T00:00:00Z')
  fc.assert(
    fc.property(anySnapshot(), (snapshot) => {
      const reading = readClient(snapshot, { now: now as never })
      assert.ok(reading.valid, JSON.stringify(reading.errors))
      forms.add(reading.form)
      for (const { code } of reading.warnings) odd.add(code)
    }),
    { seed: SEED, numRuns: 300 },
  )
  assert.deepEqual([...forms].sort(), ['sdk', 'wire'])
  const warnings = Object.entries(FINDINGS)
    .filter(([, [severity]]) => severity === 'warning')
    .map(([code]) => code)
  assert.deepEqual(
    warnings.filter((code) => !odd.has(code)),
    [],
  )
  for (const form of ['sdk', 'wire'] as const) {
    fc.assert(
      fc.property(anySnapshot({ form }), (snapshot) => {
        const reading = readClient(snapshot)
        assert.ok(reading.valid && reading.form === form)
      }),
      { seed: SEED, numRuns: 50 },
    )
  }
})

test('a store takes any snapshot in, or says why not, and its ledger agrees with its rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anySnapshot(), { maxLength: 4 }), async (snapshots) => {
      await using world = testWorld()
      const tenure = await world.openTenure({ sweeps: true })
      for await (const { result, errors } of tenure.importClients(snapshots))
        assert.ok(result !== 'rejected' || errors.length > 0)
      await world.advanceBy('P60D')
      for await (const difference of tenure.audit()) assert.fail(JSON.stringify(difference))
    }),
    { seed: SEED, numRuns: 10 },
  )
})

/** So near each other that a run of touches comes up against the lifetime in most histories. */
const TIGHT = { maximumLifetime: 'PT1H', inactivityTimeout: 'PT30M' }
const aPlay = fc
  .oneof(anyPolicy(), fc.constant(TIGHT))
  .chain((policy) => fc.tuple(fc.constant(policy), anyHistory({ policy })))

test('whatever is done under whatever policy, no session lives past its lifetime or comes back, and the ledger agrees with the rows', async () => {
  await fc.assert(
    fc.asyncProperty(aPlay, async ([policy, history]) => {
      await using world = testWorld({ policy })
      const tenure = await world.openTenure({ sweeps: true })
      const { maximumLifetime } = readPolicy(policy)
      const ranks = new Map<string, number>()
      await history.play(world, async () => {
        for (const { id, status, createdAt, expireAt, abandonAt } of (await tenure.listSessions({ limit: 1000 }))
          .items) {
          if (maximumLifetime !== null) assert.ok(expireAt <= createdAt + maximumLifetime)
          assert.ok(!isLive(status) || world.clock.now() < Math.min(expireAt, abandonAt))
          assert.ok(rankOf(status) <= (ranks.get(id) ?? 3), `${id} came back`)
          ranks.set(id, rankOf(status as Status))
        }
      })
      for await (const difference of tenure.audit()) assert.fail(JSON.stringify(difference))
    }),
    { seed: SEED, numRuns: 60 },
  )
})

test('in histories sessions are touched while they live, and expire, and every step comes up', async () => {
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
  await fc.assert(
    fc.asyncProperty(anyHistory({ policy: { inactivityTimeout: 'PT30M' } }), async (history) => {
      await using world = testWorld({ policy: { inactivityTimeout: 'PT30M' } })
      const tenure = await world.openTenure({ sweeps: true })
      const played = await history.play(world)
      assert.equal(played.length, history.steps.length)
      for (const { step, outcome } of played) {
        count(step.does)
        if (step.does === 'touch' && 'changed' in outcome && outcome.changed) count('a touch that was taken')
      }
      for (const { to } of (await tenure.history({ limit: 1000 })).items) count(to)
    }),
    { seed: SEED, numRuns: 30 },
  )
  const wanted = ['signIn', 'touch', 'requireTask', 'completeTasks', 'end', 'revoke', 'remove', 'signOut', 'revokeAll']
  for (const what of [...wanted, 'expired', 'ended', 'pending', 'a touch that was taken']) {
    assert.ok((seen.get(what) ?? 0) >= 3, `${what}: ${seen.get(what)}`)
  }
})

test('a history reads as a story, in what fast-check says of a failure too', () => {
  const history = new CommandHistory([
    { after: 0, does: 'signIn', userId: 'user_ann', device: 1, sessionId: 'sess_1', status: 'active' },
    { after: 60_000, does: 'signIn', userId: 'user_ben', device: 1, sessionId: 'sess_2', status: 'pending' },
    { after: 604_740_000, does: 'touch', sessionId: 'sess_1' },
    { after: 1, does: 'signOut', device: 1, command: 'remove' },
    { after: 0, does: 'revokeAll', userId: 'user_ann' },
  ])
  assert.match(String(new CommandHistory([{ after: 0, does: 'revokeAll', userId: 'ann' }])), /^a history of 1 step\n/)
  const story = `a history of 5 steps
  at once           user_ann signs in on device 1 as sess_1  (PT0S in all)
  PT1M later        user_ben signs in on device 1 as sess_2, with a task to complete  (PT1M in all)
  P6DT23H59M later  sess_1 is touched  (P7D in all)
  PT0.001S later    device 1 signs out: remove every session  (P7DT0.001S in all)
  at once           every session of user_ann is revoked  (P7DT0.001S in all)`
  assert.equal(String(history), story)
  const report = fc.defaultReportMessage(fc.check(fc.property(fc.constant(history), () => false)))
  assert.ok(report?.includes(story), report)
})

test('a failure shrinks to the few steps that it takes, each with the shortest gap that still fails', () => {
  const run = fc.check(
    fc.property(anyHistory(), ({ steps }) => steps.filter(({ does }) => does === 'touch').length < 2),
    { seed: SEED },
  )
  const [history] = run.counterexample ?? assert.fail('nothing was found')
  assert.deepEqual(
    history.steps.map(({ does, after }) => [does, after]),
    [
      ['signIn', 0],
      ['touch', 0],
      ['touch', 0],
    ],
  )
})
