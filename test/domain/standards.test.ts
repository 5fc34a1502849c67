import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { deadlinesFrom } from '../../src/domain/deadlines.ts'
import { type DurationMs, parseDuration } from '../../src/domain/duration.ts'
import type { EpochMs } from '../../src/domain/instant.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import { compareWithStandards, type Remark } from '../../src/domain/standards.ts'
import '../support/seed.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

/** A policy whose timeouts are ISO 8601 text; abandonment far off unless given. */
function aPolicy(timeouts: {
  readonly lifetime?: string | null
  readonly inactivity?: string | null
  readonly abandonment?: readonly [after: string, from: 'creation' | 'last-activity']
}): Policy {
  const { lifetime = null, inactivity = null, abandonment = ['P9999D', 'last-activity'] } = timeouts
  return {
    ...defaultPolicy,
    maximumLifetime: lifetime === null ? null : parseDuration(lifetime),
    inactivityTimeout: inactivity === null ? null : parseDuration(inactivity),
    abandonment: { after: parseDuration(abandonment[0]), from: abandonment[1] },
  }
}

/** The remark on the overall timeout, or on the inactivity timeout, at a level of NIST's. */
function nist(policy: Policy, level: string, about: 'overall' | 'inactivity'): Remark {
  const [overall, inactivity] = compareWithStandards(policy).filter((remark) => remark.level === level)
  const remark = about === 'overall' ? overall : inactivity
  assert.ok(remark)
  return remark
}

function clause(policy: Policy, wanted: string): Remark {
  const remark = compareWithStandards(policy).find((each) => each.clause === wanted)
  assert.ok(remark, wanted)
  return remark
}

/** A remark in short: verdict, force, path. */
function short({ verdict, force, path }: Remark): string {
  return `${verdict} ${force} ${path}`
}

test('every clause is remarked on once, in the order of the standards', () => {
  const remarks = compareWithStandards(defaultPolicy).map((r) => `${r.standard} ${r.clause} ${r.level}`)
  assert.deepEqual(remarks, [
    'NIST SP 800-63B-4 §2.1.3 AAL1',
    'NIST SP 800-63B-4 §2.1.3 AAL1',
    'NIST SP 800-63B-4 §2.2.3 AAL2',
    'NIST SP 800-63B-4 §2.2.3 AAL2',
    'NIST SP 800-63B-4 §2.3.3 AAL3',
    'NIST SP 800-63B-4 §2.3.3 AAL3',
    'OWASP ASVS 5.0.0 V7.1.1 L2',
    'OWASP ASVS 5.0.0 V7.1.2 L2',
    'OWASP ASVS 5.0.0 V7.3.1 L2',
    'OWASP ASVS 5.0.0 V7.3.2 L2',
    'PCI DSS 4.0.1 8.2.8 null',
  ])
})

const overallLimits: readonly [level: string, limit: string, oneMore: string, force: string][] = [
  ['AAL1', 'P30D', 'P30DT0.001S', 'should'],
  ['AAL2', 'PT24H', 'P1DT0.001S', 'should'],
  ['AAL3', 'PT12H', 'PT12H0.001S', 'shall'],
]

for (const [level, limit, oneMore, force] of overallLimits) {
  test(`${level}: a lifetime of ${limit} meets, one millisecond more misses what is a ${force}`, () => {
    assert.equal(short(nist(aPolicy({ lifetime: limit }), level, 'overall')), `meets ${force} /maximumLifetime`)
    assert.equal(short(nist(aPolicy({ lifetime: oneMore }), level, 'overall')), `misses ${force} /maximumLifetime`)
  })

  test(`${level}: no overall timeout misses a shall`, () => {
    assert.equal(short(nist(aPolicy({ inactivity: 'PT5M' }), level, 'overall')), 'misses shall /maximumLifetime')
  })
}

const inactivityLimits: readonly [level: string, limit: string, oneMore: string][] = [
  ['AAL2', 'PT1H', 'PT1H0.001S'],
  ['AAL3', 'PT15M', 'PT15M0.001S'],
]

for (const [level, limit, oneMore] of inactivityLimits) {
  test(`${level}: an inactivity timeout of ${limit} meets, one millisecond more misses a should`, () => {
    const remarkOn = (inactivity: string) => short(nist(aPolicy({ lifetime: 'P1D', inactivity }), level, 'inactivity'))
    assert.equal(remarkOn(limit), 'meets should /inactivityTimeout')
    assert.equal(remarkOn(oneMore), 'misses should /inactivityTimeout')
  })

  test(`${level}: no inactivity timeout misses a should`, () => {
    assert.equal(short(nist(defaultPolicy, level, 'inactivity')), 'misses should /inactivityTimeout')
  })
}

test('AAL1 permits any inactivity timeout, and none', () => {
  assert.equal(short(nist(defaultPolicy, 'AAL1', 'inactivity')), 'meets may /inactivityTimeout')
  assert.equal(short(nist(aPolicy({ inactivity: 'P99D' }), 'AAL1', 'inactivity')), 'meets may /inactivityTimeout')
})

test('PCI DSS: idle for 15 minutes meets, one millisecond more misses a shall', () => {
  const remarkOn = (inactivity: string) => short(clause(aPolicy({ lifetime: 'P1D', inactivity }), '8.2.8'))
  assert.equal(remarkOn('PT15M'), 'meets shall /inactivityTimeout')
  assert.equal(remarkOn('PT15M0.001S'), 'misses shall /inactivityTimeout')
  assert.equal(short(clause(defaultPolicy, '8.2.8')), 'misses shall /inactivityTimeout')
})

test('PCI DSS: a session that lasts 15 minutes at most is never idle for longer', () => {
  assert.equal(short(clause(aPolicy({ lifetime: 'PT15M' }), '8.2.8')), 'meets shall /maximumLifetime')
  assert.equal(short(clause(aPolicy({ lifetime: 'PT15M0.001S' }), '8.2.8')), 'misses shall /inactivityTimeout')
})

test('ASVS asks for both timeouts, however short the other', () => {
  assert.equal(short(clause(aPolicy({ lifetime: 'PT5M' }), 'V7.3.1')), 'misses shall /inactivityTimeout')
  assert.equal(short(clause(aPolicy({ lifetime: 'PT5M' }), 'V7.3.2')), 'meets shall /maximumLifetime')
  assert.equal(short(clause(aPolicy({ inactivity: 'PT5M' }), 'V7.3.1')), 'meets shall /inactivityTimeout')
  assert.equal(short(clause(aPolicy({ inactivity: 'PT5M' }), 'V7.3.2')), 'misses shall /maximumLifetime')
})

test('an abandonment from creation that comes before the lifetime is the overall timeout', () => {
  const early = aPolicy({ lifetime: 'P7D', abandonment: ['PT12H', 'creation'] })
  assert.equal(short(nist(early, 'AAL3', 'overall')), 'meets shall /abandonment/after')
  assert.match(nist(early, 'AAL3', 'overall').message, /lasts 12 hours at most/)
  const late = aPolicy({ lifetime: 'PT12H', abandonment: ['PT12H', 'creation'] })
  assert.equal(nist(late, 'AAL3', 'overall').path, '/maximumLifetime')
})

test('an abandonment from the last activity that comes before the inactivity timeout is the inactivity timeout', () => {
  const early = aPolicy({ lifetime: 'P7D', inactivity: 'PT1H', abandonment: ['PT10M', 'last-activity'] })
  assert.equal(short(clause(early, '8.2.8')), 'meets shall /abandonment/after')
  assert.match(clause(early, '8.2.8').message, /ends after 10 minutes/)
  assert.equal(clause(early, 'V7.3.2').path, '/maximumLifetime')
})

test('a sliding abandonment that the lifetime comes before is no inactivity timeout', () => {
  const policy = aPolicy({ lifetime: 'P7D', abandonment: ['P7D', 'last-activity'] })
  assert.equal(short(clause(policy, 'V7.3.1')), 'misses shall /inactivityTimeout')
})

test('an inactivity timeout that a fixed abandonment comes before is none', () => {
  const policy = aPolicy({ lifetime: 'P7D', inactivity: 'PT4H', abandonment: ['PT4H', 'creation'] })
  assert.equal(short(clause(policy, 'V7.3.1')), 'misses shall /inactivityTimeout')
  assert.match(clause(policy, 'V7.3.1').message, /before its lifetime of 4 hours is over/)
})

test('the number of sessions is to be documented, with what a sign-in beyond it does', () => {
  const limited: Policy = { ...defaultPolicy, maximumSessionsPerUser: 1, onOverflow: 'reject' }
  assert.equal(short(clause(defaultPolicy, 'V7.1.2')), 'documents document /maximumSessionsPerUser')
  assert.match(clause(defaultPolicy, 'V7.1.2').message, /any number/)
  assert.match(clause(limited, 'V7.1.2').message, /1 live session, .* is refused\.$/)
  const replacing: Policy = { ...limited, maximumSessionsPerUser: 5, onOverflow: 'replace-oldest' }
  assert.match(clause(replacing, 'V7.1.2').message, /5 live sessions, .* takes the place of the oldest\.$/)
})

test('the timeouts are to be documented, with how much sooner a dropped touch may end an idle session', () => {
  const { message, path } = clause(aPolicy({ lifetime: 'PT8H', inactivity: 'PT15M' }), 'V7.1.1')
  assert.equal(path, '')
  assert.match(
    message,
    /lasts 8 hours at most and that an idle one ends after 15 minutes \(or less than 1 minute sooner/,
  )
  assert.match(clause(defaultPolicy, 'V7.1.1').message, /7 days at most and that nothing ends an idle one sooner, and/)
  assert.match(clause(aPolicy({ inactivity: 'PT5M' }), 'V7.1.1').message, /nothing ends a session in use/)
})

test('the verdicts are those of the deadlines that the policy gives', () => {
  const aboutALimit = fc
    .tuple(fc.constantFrom(15 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR, 720 * HOUR), fc.integer({ min: -1, max: 1 }))
    .map(([limit, off]) => (limit + off) as DurationMs)
  const created = 0 as EpochMs
  const everTouched = 1e12 as EpochMs
  fc.assert(
    fc.property(
      fc.option(aboutALimit),
      fc.option(aboutALimit),
      aboutALimit,
      fc.constantFrom('creation' as const, 'last-activity' as const),
      (maximumLifetime, inactivityTimeout, after, from) => {
        fc.pre(maximumLifetime !== null || inactivityTimeout !== null)
        const policy: Policy = { ...defaultPolicy, maximumLifetime, inactivityTimeout, abandonment: { after, from } }
        const endAfter = (lastActiveAt: EpochMs) => {
          const { expireAt, abandonAt } = deadlinesFrom(policy, created, lastActiveAt)
          return Math.min(expireAt, abandonAt)
        }
        const [untouched, inUse] = [endAfter(created), endAfter(everTouched)]
        const met = (remark: Remark) => remark.verdict === 'meets'
        assert.equal(met(nist(policy, 'AAL1', 'overall')), inUse <= 720 * HOUR)
        assert.equal(met(nist(policy, 'AAL2', 'overall')), inUse <= 24 * HOUR)
        assert.equal(met(nist(policy, 'AAL3', 'overall')), inUse <= 12 * HOUR)
        assert.equal(met(nist(policy, 'AAL2', 'inactivity')), untouched <= HOUR)
        assert.equal(met(nist(policy, 'AAL3', 'inactivity')), untouched <= 15 * MINUTE)
        assert.equal(met(clause(policy, '8.2.8')), untouched <= 15 * MINUTE)
        assert.equal(met(clause(policy, 'V7.3.1')), untouched < inUse)
        assert.equal(met(clause(policy, 'V7.3.2')), inUse < everTouched)
      },
    ),
    { numRuns: 2_000 },
  )
})
