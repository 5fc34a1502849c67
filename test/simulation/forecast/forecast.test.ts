import assert from 'node:assert/strict'
import test from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import type { ClientId } from '../../../src/domain/session.ts'
import { readPolicy } from '../../../src/index.ts'
import { Forecast } from '../../../src/simulation/forecast/forecast.ts'
import type { SessionForecast } from '../../../src/simulation/forecast/session-forecast.ts'
import { Window } from '../../../src/simulation/forecast/window.ts'
import { aClient, at, DAY, type SessionParts } from '../../support/sessions.ts'

const HOUR = 3_600_000
const NOW = 10 * DAY
const DAY_LIFE = readPolicy({ maximumLifetime: 'P1D' })

function forecastOf(sessions: readonly SessionParts[], policy = DAY_LIFE, horizon = DAY, now = NOW) {
  const forecast = new Forecast({ at: at(now), horizon: horizon as DurationMs, policy, against: null })
  const forecasts = [...forecast.add(aClient(sessions)), ...forecast.finish()]
  return { forecasts, one: forecasts[0] as SessionForecast, result: forecast.result() }
}

const stored = { expireAt: NOW + 5 * DAY, abandonAt: NOW + 9 * DAY }

test('a deadline at exactly the instant ends the session at once, a millisecond later it does not', () => {
  const sooner = forecastOf([{ ...stored, createdAt: NOW - DAY }])
  assert.equal(sooner.result.under.atOnce, 1)
  assert.equal(sooner.one.under.endsAt, NOW)
  const later = forecastOf([{ ...stored, createdAt: NOW - DAY + 1 }])
  assert.equal(later.result.under.atOnce, 0)
  assert.equal(later.one.under.endsAt, NOW + 1)
  assert.equal(later.result.under.ended, 1)
})

test('a deadline at exactly the horizon is within it, a millisecond later it is not', () => {
  const within = forecastOf([{ ...stored, createdAt: NOW }]).result
  assert.equal(within.under.ended, 1)
  assert.equal(within.under.liveAtHorizon, 0)
  assert.deepEqual(within.series.under.hours.slice(-2), [
    { at: NOW + 23 * HOUR, live: 1, ends: 1 },
    { at: NOW + DAY, live: 0, ends: 0 },
  ])
  const beyond = forecastOf([{ ...stored, createdAt: NOW + 1 }]).result
  assert.equal(beyond.under.ended, 0)
  assert.equal(beyond.under.liveAtHorizon, 1)
  assert.deepEqual(beyond.warnings, [{ code: 'created-later', sessions: 1 }])
})

test('what is past its deadline ends when the policy comes, and its deadline is told as it is', () => {
  const { one } = forecastOf([{ ...stored, createdAt: NOW - 3 * DAY }])
  assert.equal(one.under.expireAt, NOW - 2 * DAY)
  assert.equal(one.under.endsAt, NOW)
  assert.equal(one.against.endsAt, NOW + 5 * DAY)
})

test('each rule is named for what it ends', () => {
  const ruleOf = (session: SessionParts, document: object) =>
    forecastOf([{ ...stored, ...session }], readPolicy(document)).one.under.rule
  assert.equal(ruleOf({ createdAt: NOW }, {}), 'maximumLifetime')
  assert.equal(ruleOf({ createdAt: NOW }, { inactivityTimeout: 'PT1H' }), 'inactivityTimeout')
  const together = { maximumLifetime: 'PT2H', inactivityTimeout: 'PT1H' }
  assert.equal(
    ruleOf({ createdAt: NOW, lastActiveAt: NOW + HOUR }, together),
    'maximumLifetime',
    'the lifetime on a tie',
  )
  const early = { abandonment: { after: 'PT1H', from: 'creation' } }
  assert.equal(ruleOf({ createdAt: NOW }, early), 'abandonment')
  const tie = { abandonment: { after: 'P7D', from: 'creation' } }
  assert.equal(ruleOf({ createdAt: NOW }, tie), 'maximumLifetime', 'the expiry on a tie')
  assert.equal(forecastOf([stored]).one.against.rule, 'expireAt')
  assert.equal(forecastOf([{ expireAt: NOW + 2, abandonAt: NOW + 1 }]).one.against.rule, 'abandonAt')
})

test('what is over by what is stored stays over, however long the policy', () => {
  const long = readPolicy({ maximumLifetime: 'P300D', abandonment: { after: 'P365D', from: 'creation' } })
  const { forecasts, result } = forecastOf(
    [
      { name: 'a', expireAt: NOW, abandonAt: NOW + 1 },
      { name: 'b', expireAt: NOW, abandonAt: NOW },
      { name: 'c', ...stored, status: 'expired' },
      { name: 'd', ...stored, status: 'ended' },
      { name: 'e', ...stored, status: 'pending' },
      { name: 'f', ...stored, status: 'invented' as 'active' },
    ],
    long,
  )
  assert.deepEqual(
    forecasts.map(({ sessionId, status }) => [sessionId, status]),
    [['sess_e', 'pending']],
  )
  assert.deepEqual(result.counts, {
    snapshots: 1,
    live: 1,
    dormant: 2,
    closed: 2,
    unknown: 1,
    createdLater: 0,
    repeated: 0,
  })
})

test('users are hit by sessions that end sooner within the horizon, once or more often', () => {
  const { result } = forecastOf([
    { name: 'a', user: 'ann', ...stored, createdAt: NOW - 2 * DAY },
    { name: 'b', user: 'ann', ...stored, createdAt: NOW - HOUR },
    { name: 'c', user: 'ben', ...stored, createdAt: NOW - HOUR },
    { name: 'd', user: 'cho', ...stored, createdAt: NOW + HOUR },
    { name: 'e', user: 'dan', expireAt: NOW + HOUR, abandonAt: NOW + HOUR, createdAt: NOW },
  ])
  assert.deepEqual(result.difference, {
    atOnce: 1,
    endingSooner: 3,
    endingLater: 1,
    usersHit: 2,
    usersHitMoreThanOnce: 1,
  })
  assert.deepEqual(result.hardestHit, [{ userId: 'user_ann', sessions: 2 }])
})

test('sessions are signed in again at the time of day at which they were last active, at the end itself where it is that', () => {
  const at18 = { name: 'a', createdAt: NOW - 3 * DAY, lastActiveAt: NOW - 6 * HOUR }
  const at0 = { name: 'b', createdAt: NOW - 3 * DAY, lastActiveAt: NOW - 2 * DAY }
  const { signIns } = forecastOf([
    { ...stored, ...at18, user: 'ann' },
    { ...stored, ...at0 },
    { ...stored, ...at18, name: 'c', user: 'ann' },
  ]).result.under
  assert.deepEqual(signIns.busiestMinute, { at: NOW + 18 * HOUR, count: 2 }, 'two sessions of one user are two')
  const { hours, signIns: byHour } = forecastOf([{ ...stored, ...at0 }]).result.series.under
  assert.equal(hours[0]?.ends, 1)
  assert.equal(byHour[0], 1)
})

test('hours are those of UTC, between the instant and the horizon', () => {
  const window = new Window(at(NOW + 1), (2 * HOUR) as DurationMs)
  assert.deepEqual(window.marks, [NOW + 1, NOW + HOUR, NOW + 2 * HOUR, NOW + 2 * HOUR + 1])
  assert.deepEqual(new Window(at(NOW), HOUR as DurationMs).marks, [NOW, NOW + HOUR])
  assert.throws(() => new Window(at(NOW), (366 * DAY + 1) as DurationMs), TypeError)
})

test('the end of the calendar ends a forecast', () => {
  const now = MAXIMUM_INSTANT - HOUR
  const { result } = forecastOf(
    [{ createdAt: now, expireAt: MAXIMUM_INSTANT, abandonAt: MAXIMUM_INSTANT }],
    DAY_LIFE,
    DAY,
    now,
  )
  assert.equal(result.until, MAXIMUM_INSTANT)
  assert.equal(result.under.ended, 1)
  assert.equal(new Window(MAXIMUM_INSTANT, DAY as DurationMs).marks.length, 1)
  assert.equal(forecastOf([], DAY_LIFE, DAY, MAXIMUM_INSTANT).result.series.under.hours.length, 1)
})

test('a forecast of an instant long after the snapshots says so, and so does one in which nothing is live', () => {
  const changed = { ...stored, createdAt: NOW - 6 * DAY }
  const codes = (session: SessionParts, policy = readPolicy({})) =>
    forecastOf([{ ...changed, ...session }], policy).result.warnings.map(({ code }) => code)
  assert.deepEqual(codes({ updatedAt: NOW - DAY }), [])
  assert.deepEqual(codes({ updatedAt: NOW - DAY - 1 }), ['old-snapshots'])
  assert.deepEqual(codes({ updatedAt: NOW - 2 * DAY, lastActiveAt: NOW - HOUR }), [])
  assert.deepEqual(codes({ updatedAt: NOW, status: 'ended' }), ['nothing-live'])
  assert.deepEqual(codes({ expireAt: NOW - 3 * DAY, abandonAt: NOW }), ['nothing-live', 'old-snapshots'])
})

test('a session that was active after the instant is told of, as one that was created after it', () => {
  const { warnings } = forecastOf([{ ...stored, createdAt: NOW - HOUR, lastActiveAt: NOW + 1 }]).result
  assert.deepEqual(warnings, [{ code: 'created-later', sessions: 1 }])
})

test('a session that ends at once is as old as the policy would have let it be, and no older than it is', () => {
  const agesOf = (session: SessionParts, document: object) => {
    const { ages } = forecastOf([{ ...stored, ...session }], readPolicy(document)).result.series.under
    return [...ages.keys()].filter((hour) => ages[hour] === 1)
  }
  const old = { createdAt: NOW - 5 * DAY, lastActiveAt: NOW - DAY }
  assert.deepEqual(agesOf(old, { maximumLifetime: 'PT8H' }), [8])
  assert.deepEqual(agesOf(old, { inactivityTimeout: 'PT8H' }), [4 * 24 + 8])
  assert.deepEqual(agesOf(old, { maximumLifetime: 'P7D' }), [7 * 24])
  assert.deepEqual(agesOf(old, { abandonment: { after: 'PT2H', from: 'creation' } }), [2])
  const before = { createdAt: NOW - HOUR, lastActiveAt: NOW - 2 * DAY }
  assert.deepEqual(agesOf(before, { inactivityTimeout: 'PT8H' }), [0])
})

test('a client that is given twice is told of, and counted twice', () => {
  const forecast = new Forecast({ at: at(NOW), horizon: DAY as DurationMs, policy: DAY_LIFE, against: null })
  const client = aClient([{ ...stored, createdAt: NOW - HOUR }])
  forecast.add(client)
  assert.deepEqual(forecast.result().warnings, [])
  forecast.add({ ...client, id: 'client_b' as ClientId })
  forecast.add(client)
  const { counts, warnings } = forecast.result()
  assert.deepEqual([counts.snapshots, counts.live, counts.repeated], [3, 3, 1])
  assert.deepEqual(warnings, [{ code: 'client-repeated', snapshots: 1 }])
})

test('without a session there is nothing to end, and nothing to warn of', () => {
  const { result } = forecastOf([])
  assert.equal(result.under.lastEndAt, null)
  assert.equal(result.under.busiestMinute, null)
  assert.deepEqual(result.warnings, [])
})
