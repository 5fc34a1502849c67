/** A forecast against brute force: every snapshot settled at every hour, its deadlines written down one by one. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { EpochMs } from '../../../src/domain/instant.ts'
import { defaultPolicy, type Policy } from '../../../src/domain/policy.ts'
import type { Client, ClientId, Session } from '../../../src/domain/session.ts'
import { isLive } from '../../../src/domain/status.ts'
import { settleClient } from '../../../src/lifecycle/index.ts'
import { Forecast } from '../../../src/simulation/forecast/forecast.ts'
import type { ForecastResult } from '../../../src/simulation/forecast/result.ts'
import type { SessionForecast } from '../../../src/simulation/forecast/session-forecast.ts'
import { parseClient } from '../../../src/snapshot/index.ts'
import { at, deepFreeze, sess, user } from '../../support/sessions.ts'
import '../../support/seed.ts'

const HOUR = 3_600_000
/** The world begins a little after an hour of UTC, so that the marks are no multiple of it. */
const START = 1_785_661_283_293

interface Found {
  readonly result: ForecastResult
  readonly forecasts: readonly SessionForecast[]
}

function clientOf(sessions: readonly Session[]): Client {
  const id = 'client_a' as ClientId
  const sessionIds = sessions.map((session) => session.id)
  return deepFreeze({ id, sessionIds, sessions, lastActiveSessionId: null, createdAt: at(0), updatedAt: at(0) })
}

function forecastOf(
  clients: readonly Client[],
  now: number,
  horizon: number,
  policy: Policy,
  against: Policy | null,
): Found {
  const forecast = new Forecast({ at: at(now), horizon: horizon as DurationMs, policy, against })
  const known = clients.flatMap((client) => [...forecast.add(client)])
  const forecasts = [...known, ...forecast.finish()]
  return { result: forecast.result(), forecasts }
}

/** The deadlines of docs/policy.md, written down a second time. */
function underPolicy(session: Session, policy: Policy | null): Session {
  if (policy === null) return session
  const { createdAt, lastActiveAt } = session
  const byLifetime = policy.maximumLifetime === null ? Number.POSITIVE_INFINITY : createdAt + policy.maximumLifetime
  const byInactivity =
    policy.inactivityTimeout === null ? Number.POSITIVE_INFINITY : lastActiveAt + policy.inactivityTimeout
  const from = policy.abandonment.from === 'creation' ? createdAt : lastActiveAt
  const expireAt = Math.min(byLifetime, byInactivity) as EpochMs
  return { ...session, expireAt, abandonAt: (from + policy.abandonment.after) as EpochMs }
}

/** How many sessions are live at an instant: what is stored, settled when the policy comes, and again then. */
function liveAt(clients: readonly Client[], now: number, policy: Policy | null, instant: number): number {
  let live = 0
  for (const client of clients) {
    const { client: settled } = settleClient(client, at(now))
    const sessions = settled.sessions.map((session) =>
      isLive(session.status) ? underPolicy(session, policy) : session,
    )
    const later = settleClient({ ...settled, sessions }, at(instant)).client
    live += later.sessions.filter(({ status }) => isLive(status)).length
  }
  return live
}

function holdsAgainstBruteForce(
  { result }: Found,
  clients: readonly Client[],
  sides: Record<'under' | 'against', Policy | null>,
) {
  for (const side of ['under', 'against'] as const) {
    const { hours } = result.series[side]
    assert.equal(hours[0]?.at, result.at)
    assert.equal(hours.at(-1)?.at, result.until)
    for (const { at: mark, live } of hours) {
      assert.equal(live, liveAt(clients, result.at, sides[side], mark), `${side} at ${mark - result.at}`)
    }
    const { ended, liveAtHorizon, atOnce, endsByRule } = result[side]
    const sum = hours.reduce((total, { ends }) => total + ends, 0)
    assert.equal(sum, ended)
    assert.equal(
      Object.values(endsByRule).reduce((total, each) => total + each, 0),
      ended,
    )
    assert.equal(ended + liveAtHorizon, result.counts.live)
    assert.equal(atOnce, result.counts.live - liveAt(clients, result.at, sides[side], result.at))
  }
}

/** Instants around the hours of UTC: on them, a millisecond before and after, and between. */
const anInstant = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-1, 0, 0, 1, 1_234_567))
  .map(([halfHours, aside]) => (Math.floor(START / HOUR) * HOUR + (halfHours * HOUR) / 2 + aside) as EpochMs)
const aDuration = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(-1, 0, 0, 1))
  .map(([halfHours, aside]) => ((halfHours * HOUR) / 2 + aside) as DurationMs)

const aPolicy: fc.Arbitrary<Policy> = fc
  .record({
    maximumLifetime: fc.option(aDuration),
    inactivityTimeout: fc.option(aDuration),
    after: aDuration,
    from: fc.constantFrom('creation' as const, 'last-activity' as const),
  })
  .filter(({ maximumLifetime, inactivityTimeout }) => maximumLifetime !== null || inactivityTimeout !== null)
  .map(({ after, from, ...timeouts }) => ({ ...defaultPolicy, ...timeouts, abandonment: { after, from } }))

let serial = 0
const aSessionOfTheWorld: fc.Arbitrary<Session> = fc
  .record({
    createdAt: anInstant,
    lastActiveAt: anInstant,
    expireAt: anInstant,
    abandonAt: anInstant,
    status: fc.constantFrom('active', 'active', 'pending', 'expired', 'ended', 'removed'),
    owner: fc.constantFrom('ann', 'ben'),
  })
  .map(({ owner, ...session }) => {
    serial += 1
    return {
      ...session,
      id: sess(`s${serial}`),
      userId: user(owner),
      updatedAt: session.createdAt,
    } as unknown as Session
  })
const someClients = fc.array(fc.array(aSessionOfTheWorld, { maxLength: 4 }).map(clientOf), { maxLength: 4 })

test('settling every snapshot at every hour, under either policy, gives the same curve', () => {
  fc.assert(
    fc.property(
      someClients,
      anInstant,
      aDuration,
      aPolicy,
      fc.option(aPolicy),
      (clients, now, horizon, policy, against) => {
        const found = forecastOf(clients, now, horizon, policy, against)
        holdsAgainstBruteForce(found, clients, { under: policy, against })
      },
    ),
    { numRuns: 300 },
  )
})

test('a session is live the millisecond before it ends, and not when it does', () => {
  fc.assert(
    fc.property(someClients, anInstant, aDuration, aPolicy, (clients, now, horizon, policy) => {
      const { forecasts } = forecastOf(clients, now, horizon, policy, null)
      const sessions = clients.flatMap((client) => client.sessions)
      for (const { sessionId, under, against } of forecasts) {
        const session = sessions.find(({ id }) => id === sessionId) as Session
        const alone = [clientOf([session])]
        for (const [side, { endsAt }] of [[policy, under] as const, [null, against] as const]) {
          assert.equal(liveAt(alone, now, side, endsAt), 0)
          if (endsAt > now) assert.equal(liveAt(alone, now, side, endsAt - 1), 1)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('the office of the examples, at every hour of ten days', () => {
  const lines = readFileSync(new URL('../../../examples/office.ndjson', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  const clients = lines.map((line) => parseClient(line).client)
  const now = Date.parse('2026-08-05T12:00:00Z')
  const policy = {
    ...defaultPolicy,
    maximumLifetime: (120 * HOUR) as DurationMs,
    inactivityTimeout: (12 * HOUR) as DurationMs,
  }
  const found = forecastOf(clients, now, 10 * 24 * HOUR, policy, null)
  assert.ok(found.result.counts.live > 100)
  assert.equal(found.result.series.under.hours.length, 10 * 24 + 1)
  holdsAgainstBruteForce(found, clients, { under: policy, against: null })
})
