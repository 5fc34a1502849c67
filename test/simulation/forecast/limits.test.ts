import assert from 'node:assert/strict'
import test from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { Policy } from '../../../src/domain/policy.ts'
import { readPolicy } from '../../../src/index.ts'
import { Forecast } from '../../../src/simulation/forecast/forecast.ts'
import type { ForecastResult } from '../../../src/simulation/forecast/result.ts'
import { sayWarning } from '../../../src/simulation/forecast/wording.ts'
import { aClient, at, DAY, type SessionParts } from '../../support/sessions.ts'

const NOW = 10 * DAY
const LATER = { expireAt: 60 * DAY, abandonAt: 90 * DAY }
const single = { sessionMode: 'single', onConflict: 'replace' } as const
const two = { maximumSessionsPerUser: 2, onOverflow: 'replace-oldest' } as const

/** What ends each session at once, by its name; whoever is not there lives on. */
function endedAtOnce(policy: Policy, against: Policy | null, ...clients: SessionParts[][]) {
  const forecast = new Forecast({ at: at(NOW), horizon: (30 * DAY) as DurationMs, policy, against })
  const forecasts = clients.flatMap((sessions) => [
    ...forecast.add(aClient(sessions.map((each) => ({ ...LATER, ...each })))),
  ])
  const all = [...forecasts, ...forecast.finish()]
  const ended = all.filter(({ under }) => under.endsAt === NOW)
  const rules = Object.fromEntries(ended.map(({ sessionId, under }) => [sessionId.slice(5), under.rule]))
  return { rules, result: forecast.result(), order: all.map(({ sessionId }) => sessionId.slice(5)) }
}

test('in single mode the newest live session of a client is kept, and the others end at once', () => {
  const { rules, result } = endedAtOnce(
    readPolicy(single),
    null,
    [
      { name: 'old', createdAt: 4 * DAY },
      { name: 'new', createdAt: 6 * DAY },
      { name: 'mid', createdAt: 5 * DAY },
    ],
    [{ name: 'alone', createdAt: 4 * DAY }],
  )
  assert.deepEqual(rules, { old: 'sessionMode', mid: 'sessionMode' })
  assert.equal(result.under.atOnce, 2)
  assert.deepEqual(result.under.endsByRule, { sessionMode: 2, maximumLifetime: 2 })
})

test('of two that were created at one instant, the one of the greater id is kept', () => {
  const { rules } = endedAtOnce(readPolicy(single), null, [
    { name: 'b', createdAt: DAY * 5 },
    { name: 'a', createdAt: DAY * 5 },
  ])
  assert.deepEqual(rules, { a: 'sessionMode' })
})

test('a session whose deadline is past under the policy takes nobody’s place', () => {
  const { rules } = endedAtOnce(readPolicy({ ...single, maximumLifetime: 'P7D', inactivityTimeout: 'P1D' }), null, [
    { name: 'idle', createdAt: 8 * DAY, lastActiveAt: 8 * DAY },
    { name: 'used', createdAt: 5 * DAY, lastActiveAt: NOW - 1 },
  ])
  assert.deepEqual(rules, { idle: 'inactivityTimeout' })
})

test('of a user’s sessions on all clients the newest are kept, as many as the policy allows', () => {
  const of = (name: string, day: number) => [{ name, user: 'ann', createdAt: day * DAY }]
  const ben = [{ name: 'ben', createdAt: 4 * DAY }]
  const { rules, result, order } = endedAtOnce(
    readPolicy(two),
    null,
    of('d', 4),
    ben,
    of('a', 5),
    of('c', 7),
    of('b', 6),
  )
  assert.deepEqual(rules, { d: 'maximumSessionsPerUser', a: 'maximumSessionsPerUser' })
  assert.deepEqual(order, ['d', 'ben', 'a', 'c', 'b'], 'in the order they came')
  assert.equal(result.difference.usersHitMoreThanOnce, 1)
})

test('the limit of the policy that is compared with ends sessions there, and not under the other', () => {
  const of = (name: string, day: number) => [{ name, user: 'ann', createdAt: day * DAY }]
  const { rules, result } = endedAtOnce(readPolicy({}), readPolicy(two), of('a', 4), of('b', 5), of('c', 6))
  assert.deepEqual(rules, {})
  assert.equal(result.against.atOnce, 1)
  assert.equal(result.difference.atOnce, -1)
  assert.equal(result.difference.endingLater, 1)
})

test('a policy that rejects ends nothing, and the forecast says whose next sign-in it refuses', () => {
  const policy = readPolicy({
    sessionMode: 'single',
    onConflict: 'reject',
    maximumSessionsPerUser: 1,
    onOverflow: 'reject',
  })
  const ann = { user: 'ann', createdAt: 5 * DAY }
  const { rules, result } = endedAtOnce(
    policy,
    null,
    [
      { ...ann, name: 'a' },
      { ...ann, name: 'b', user: 'ben' },
    ],
    [{ ...ann, name: 'c' }],
  )
  assert.deepEqual(rules, {})
  assert.deepEqual(refusedBy(result), { clients: { full: 1, over: 1 }, users: { full: 2, over: 1 } })
})

const rejects = { maximumSessionsPerUser: 2, onOverflow: 'reject' } as const

test('a user at exactly the maximum is refused the next time, and one below it is not', () => {
  const of = (user: string, name: string) => [{ user, name, createdAt: 5 * DAY }]
  const { result } = endedAtOnce(readPolicy(rejects), null, of('ann', 'a'), of('ann', 'b'), of('ben', 'c'))
  assert.deepEqual(refusedBy(result), { clients: { full: 0, over: 0 }, users: { full: 1, over: 0 } })
  const [warning] = result.warnings.filter(({ code }) => code === 'sign-ins-refused')
  assert.equal(
    warning && sayWarning(warning, true),
    'Under the policy the next sign-in is refused to 1 user with as many live sessions as it allows, for it rejects instead of replacing.',
  )
})

test('what the one room ends at once takes no place in the other', () => {
  const both = [1, 2, 3].map((day) => ({ user: 'ann', name: `s${day}`, createdAt: (4 + day) * DAY }))
  const perClient = endedAtOnce(readPolicy({ ...single, ...rejects }), null, both)
  assert.equal(perClient.result.under.atOnce, 2)
  assert.equal(refusedBy(perClient.result), undefined, 'one session is left, of two that there may be')
  const policy = readPolicy({ ...two, maximumSessionsPerUser: 1, sessionMode: 'single', onConflict: 'reject' })
  const perUser = endedAtOnce(policy, null, both)
  assert.deepEqual(refusedBy(perUser.result), { clients: { full: 1, over: 0 }, users: { full: 0, over: 0 } })
})

test('where nothing is live after the policy came, nobody is refused', () => {
  const policy = readPolicy({ maximumLifetime: 'P1D', sessionMode: 'single', onConflict: 'reject' })
  assert.equal(refusedBy(endedAtOnce(policy, null, [{ name: 'a', createdAt: 4 * DAY }]).result), undefined)
})

/** The figures of the one warning that sign-ins are refused. */
function refusedBy({ warnings }: ForecastResult) {
  const [warning, ...others] = warnings.flatMap((each) => (each.code === 'sign-ins-refused' ? [each] : []))
  assert.deepEqual(others, [])
  return warning && { clients: warning.clients, users: warning.users }
}
