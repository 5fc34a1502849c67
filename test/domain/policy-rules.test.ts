import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type DurationMs, formatDuration } from '../../src/domain/duration.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import { type PolicyDocument, resolvePolicy } from '../../src/domain/policy-rules.ts'
import '../support/seed.ts'

const SLIDING = { after: 'P60D', from: 'last-activity' } as const

function policyOf(document: PolicyDocument): Policy {
  const resolution = resolvePolicy(document)
  assert.ok('policy' in resolution, `refused: ${JSON.stringify(resolution)}`)
  return resolution.policy
}

/** The faults of a document, each as `code path`. */
function faultsOf(document: PolicyDocument): string[] {
  const resolution = resolvePolicy(document)
  return 'errors' in resolution ? resolution.errors.map(({ code, path }) => `${code} ${path}`) : []
}

function messagesOf(document: PolicyDocument): string {
  const resolution = resolvePolicy(document)
  return 'errors' in resolution ? resolution.errors.map(({ message }) => message).join('\n') : ''
}

test('an empty document is the default policy', () => {
  assert.deepEqual(policyOf({}), defaultPolicy)
})

test('a member that is undefined is one that is absent', () => {
  assert.deepEqual(
    policyOf({ maximumLifetime: undefined, retention: undefined } as unknown as PolicyDocument),
    defaultPolicy,
  )
})

test('every member of a document is in its policy, durations in milliseconds', () => {
  const policy = policyOf({
    maximumLifetime: 'PT12H',
    inactivityTimeout: 'PT15M',
    abandonment: { after: 'P1D', from: 'last-activity' },
    touchInterval: 'PT30S',
    sessionMode: 'single',
    onConflict: 'reject',
    maximumSessionsPerUser: 3,
    onOverflow: 'replace-oldest',
    retention: 'P1W',
  })
  assert.deepEqual(policy, {
    maximumLifetime: 43_200_000,
    inactivityTimeout: 900_000,
    abandonment: { after: 86_400_000, from: 'last-activity' },
    touchInterval: 30_000,
    sessionMode: 'single',
    onConflict: 'reject',
    maximumSessionsPerUser: 3,
    onOverflow: 'replace-oldest',
    retention: 604_800_000,
  })
})

test('every duration that cannot be read is told, with its pointer and the reason', () => {
  const document = {
    maximumLifetime: 'P1M',
    inactivityTimeout: '15 minutes',
    abandonment: { after: 'P0D', from: 'creation' },
    touchInterval: 'PT0.0001S',
    retention: '',
  } as const
  assert.deepEqual(faultsOf(document), [
    'policy-duration /maximumLifetime',
    'policy-duration /inactivityTimeout',
    'policy-duration /abandonment/after',
    'policy-duration /touchInterval',
    'policy-duration /retention',
  ])
  assert.match(messagesOf(document), /fixed length.*\n.*ISO 8601.*\n.*positive.*\n.*whole number.*\n.*ISO 8601/)
})

test('a duration that cannot be read hides no other fault, and makes none', () => {
  assert.deepEqual(faultsOf({ maximumLifetime: 'P1M', inactivityTimeout: 'P99D', touchInterval: 'P100D' }), [
    'policy-duration /maximumLifetime',
    'policy-touch-too-rare /touchInterval',
  ])
  assert.deepEqual(faultsOf({ maximumLifetime: null, inactivityTimeout: 'soon', abandonment: SLIDING }), [
    'policy-duration /inactivityTimeout',
  ])
})

test('a policy that would end no session is refused', () => {
  assert.deepEqual(faultsOf({ maximumLifetime: null, abandonment: SLIDING }), ['policy-endless /maximumLifetime'])
  assert.deepEqual(faultsOf({ maximumLifetime: null, inactivityTimeout: null, abandonment: SLIDING }), [
    'policy-endless /maximumLifetime',
  ])
  assert.deepEqual(faultsOf({ maximumLifetime: null, inactivityTimeout: 'P14D', abandonment: SLIDING }), [])
  assert.deepEqual(faultsOf({ inactivityTimeout: null }), [])
})

test('an inactivity timeout is shorter than the lifetime by at least a millisecond', () => {
  const fault = ['policy-inactivity-too-long /inactivityTimeout']
  assert.deepEqual(faultsOf({ maximumLifetime: 'PT1H', inactivityTimeout: 'PT60M' }), fault)
  assert.deepEqual(faultsOf({ maximumLifetime: 'PT1H', inactivityTimeout: 'PT2H' }), fault)
  assert.deepEqual(faultsOf({ maximumLifetime: 'PT1H', inactivityTimeout: 'PT59M59.999S' }), [])
})

test('an inactivity timeout is held against the default lifetime too, and told so', () => {
  assert.deepEqual(faultsOf({ inactivityTimeout: 'P7D' }), ['policy-inactivity-too-long /inactivityTimeout'])
  assert.match(messagesOf({ inactivityTimeout: 'P7D' }), /P7D unless set/)
  assert.doesNotMatch(messagesOf({ maximumLifetime: 'PT1H', inactivityTimeout: 'P7D' }), /unless set/)
})

test('a touch interval is shorter than the inactivity timeout by at least a millisecond', () => {
  const fault = ['policy-touch-too-rare /touchInterval']
  assert.deepEqual(faultsOf({ inactivityTimeout: 'PT5M', touchInterval: 'PT5M' }), fault)
  assert.deepEqual(faultsOf({ inactivityTimeout: 'PT5M', touchInterval: 'PT4M59.999S' }), [])
  assert.deepEqual(faultsOf({ touchInterval: 'P30D' }), [])
})

test('a touch interval is shorter than an abandonment that slides, not than one that is fixed', () => {
  const after = 'PT5M'
  const fault = ['policy-touch-too-rare /touchInterval']
  assert.deepEqual(faultsOf({ abandonment: { after, from: 'last-activity' }, touchInterval: 'PT5M' }), fault)
  assert.deepEqual(faultsOf({ abandonment: { after, from: 'last-activity' }, touchInterval: 'PT4M59.999S' }), [])
  assert.deepEqual(faultsOf({ abandonment: { after, from: 'creation' }, touchInterval: 'PT5M' }), [])
})

test('the default touch interval is held against the inactivity timeout too, and told so', () => {
  assert.deepEqual(faultsOf({ inactivityTimeout: 'PT1M' }), ['policy-touch-too-rare /touchInterval'])
  assert.match(messagesOf({ inactivityTimeout: 'PT1M' }), /^is PT1M unless set, .* set it to less$/)
  assert.deepEqual(faultsOf({ inactivityTimeout: 'PT1M0.001S' }), [])
})

test('without a lifetime abandonment slides, and the default one does not stand in', () => {
  const endless = { maximumLifetime: null, inactivityTimeout: 'P14D' }
  assert.deepEqual(faultsOf(endless), ['policy-abandonment-not-sliding /abandonment'])
  assert.deepEqual(faultsOf({ ...endless, abandonment: { after: 'P60D', from: 'creation' } }), [
    'policy-abandonment-not-sliding /abandonment/from',
  ])
  assert.deepEqual(faultsOf({ ...endless, abandonment: SLIDING }), [])
})

test('onConflict is needed in single mode and refused in multi mode', () => {
  assert.deepEqual(faultsOf({ sessionMode: 'single' }), ['policy-missing-member /onConflict'])
  assert.deepEqual(faultsOf({ sessionMode: 'single', onConflict: 'reject' }), [])
  assert.deepEqual(faultsOf({ sessionMode: 'multi', onConflict: 'reject' }), ['policy-misplaced-member /onConflict'])
  assert.deepEqual(faultsOf({ onConflict: 'replace' }), ['policy-misplaced-member /onConflict'])
})

test('onOverflow is needed with a maximum and refused without', () => {
  assert.deepEqual(faultsOf({ maximumSessionsPerUser: 1 }), ['policy-missing-member /onOverflow'])
  assert.deepEqual(faultsOf({ maximumSessionsPerUser: 1, onOverflow: 'replace-oldest' }), [])
  assert.deepEqual(faultsOf({ maximumSessionsPerUser: null, onOverflow: 'reject' }), [
    'policy-misplaced-member /onOverflow',
  ])
  assert.deepEqual(faultsOf({ onOverflow: 'reject' }), ['policy-misplaced-member /onOverflow'])
})

test('all faults are told at once', () => {
  const document = {
    maximumLifetime: null,
    touchInterval: '1m',
    sessionMode: 'single',
    maximumSessionsPerUser: 2,
  } as const
  assert.deepEqual(faultsOf(document), [
    'policy-duration /touchInterval',
    'policy-endless /maximumLifetime',
    'policy-abandonment-not-sliding /abandonment',
    'policy-missing-member /onConflict',
    'policy-missing-member /onOverflow',
  ])
})

test('a policy is accepted exactly when its timeouts nest', () => {
  const minutes = fc.integer({ min: 1, max: 6 })
  const text = (value: number) => formatDuration((value * 60_000) as DurationMs)
  fc.assert(
    fc.property(
      fc.option(minutes),
      fc.option(minutes),
      minutes,
      minutes,
      fc.constantFrom('creation' as const, 'last-activity' as const),
      (lifetime, inactivity, touch, after, from) => {
        const accepted =
          (lifetime !== null || (inactivity !== null && from === 'last-activity')) &&
          (lifetime === null || inactivity === null || inactivity < lifetime) &&
          (inactivity === null || touch < inactivity) &&
          (from === 'creation' || touch < after)
        const faults = faultsOf({
          maximumLifetime: lifetime && text(lifetime),
          inactivityTimeout: inactivity && text(inactivity),
          abandonment: { after: text(after), from },
          touchInterval: text(touch),
        } as PolicyDocument)
        assert.equal(faults.length === 0, accepted, faults.join())
      },
    ),
    { numRuns: 2_000 },
  )
})
