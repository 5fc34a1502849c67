import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import schema from '../../schemas/policy.schema.json' with { type: 'json' }
import { PolicyError } from '../../src/domain/errors.ts'
import { defaultPolicy } from '../../src/domain/policy.ts'
import { POLICY_FAULTS, type PolicyFaultCode } from '../../src/domain/policy-rules.ts'
import { closestName } from '../../src/snapshot/closest-name.ts'
import { checkPolicy, readPolicy } from '../../src/snapshot/read-policy.ts'

/** The faults of a document, each as `code path`. */
function faultsOf(document: unknown): string[] {
  const resolution = checkPolicy(document)
  return 'errors' in resolution ? resolution.errors.map(({ code, path }) => `${code} ${path}`) : []
}

function messagesOf(document: unknown): string[] {
  const resolution = checkPolicy(document)
  return 'errors' in resolution ? resolution.errors.map(({ message }) => message) : []
}

test('an empty object is the default policy, and so are the defaults that the schema writes down', () => {
  const properties = Object.entries<object>(schema.properties)
  const defaults = properties.flatMap(([name, member]) => ('default' in member ? [[name, member.default]] : []))
  assert.equal(defaults.length, 7)
  assert.deepEqual(readPolicy({}), defaultPolicy)
  assert.deepEqual(readPolicy(Object.fromEntries(defaults)), defaultPolicy)
})

test('every member of the schema has a title and a description', () => {
  const { properties } = schema
  const members = { ...properties, ...properties.abandonment.properties, whole: schema }
  for (const [name, { title, description }] of Object.entries(members)) {
    assert.ok(title && description.endsWith('.'), name)
  }
})

const examples = new URL('../../examples/policies/', import.meta.url)

for (const file of readdirSync(examples)) {
  test(`the example ${file} is a valid policy`, () => {
    readPolicy(JSON.parse(readFileSync(new URL(file, examples), 'utf8')))
  })
}

const faulty: Readonly<Record<PolicyFaultCode, readonly [unknown, string][]>> = {
  'policy-wrong-type': [
    [null, ''],
    [[], ''],
    ['P7D', ''],
    [{ maximumLifetime: 604_800_000 }, '/maximumLifetime'],
    [{ touchInterval: null }, '/touchInterval'],
    [{ abandonment: 'P30D' }, '/abandonment'],
    [{ maximumSessionsPerUser: 1.5, onOverflow: 'reject' }, '/maximumSessionsPerUser'],
    [{ maximumSessionsPerUser: Number.POSITIVE_INFINITY, onOverflow: 'reject' }, '/maximumSessionsPerUser'],
  ],
  'policy-wrong-value': [
    [{ sessionMode: 'Single' }, '/sessionMode'],
    [{ sessionMode: null }, '/sessionMode'],
    [{ abandonment: { after: 'P1D', from: 'createdAt' } }, '/abandonment/from'],
    [{ onConflict: 'steal' }, '/onConflict'],
    [{ onOverflow: 'replace' }, '/onOverflow'],
  ],
  'policy-out-of-range': [
    [{ maximumSessionsPerUser: 0, onOverflow: 'reject' }, '/maximumSessionsPerUser'],
    [{ maximumSessionsPerUser: 1_000_001, onOverflow: 'reject' }, '/maximumSessionsPerUser'],
    [{ retention: `P${'0'.repeat(63)}D` }, '/retention'],
  ],
  'policy-unknown-member': [
    [{ lifetime: 'P7D' }, '/lifetime'],
    [{ 'a/b~c': 1 }, '/a~1b~0c'],
    [JSON.parse('{"__proto__":{"maximumLifetime":"P1D"}}'), '/__proto__'],
    [{ abandonment: { after: 'P1D', from: 'creation', of: 1 } }, '/abandonment/of'],
  ],
  'policy-missing-member': [
    [{ abandonment: { from: 'creation' } }, '/abandonment/after'],
    [{ abandonment: { after: 'P1D' } }, '/abandonment/from'],
    [{ sessionMode: 'single' }, '/onConflict'],
  ],
  'policy-misplaced-member': [[{ onOverflow: 'reject' }, '/onOverflow']],
  'policy-duration': [[{ maximumLifetime: 'P1M' }, '/maximumLifetime']],
  'policy-endless': [
    [{ maximumLifetime: null, abandonment: { after: 'P1D', from: 'last-activity' } }, '/maximumLifetime'],
  ],
  'policy-inactivity-too-long': [[{ inactivityTimeout: 'P7D' }, '/inactivityTimeout']],
  'policy-touch-too-rare': [[{ inactivityTimeout: 'PT1M' }, '/touchInterval']],
  'policy-abandonment-not-sliding': [[{ maximumLifetime: null, inactivityTimeout: 'P1D' }, '/abandonment']],
}

for (const [code, documents] of Object.entries(faulty)) {
  for (const [document, path] of documents) {
    test(`${code} at ${path || 'the document'}: ${JSON.stringify(document).slice(0, 80)}`, () => {
      assert.deepEqual(faultsOf(document), [`${code} ${path}`])
    })
  }
}

test('every code is shown above', () => {
  assert.deepEqual(Object.keys(faulty).sort(), Object.keys(POLICY_FAULTS).sort())
})

test('at most a hundred errors of the shape are told', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => [`unknown${index}`, 0])
  assert.equal(faultsOf(Object.fromEntries(names)).length, 100)
})

test('the ends of every range are inside', () => {
  assert.equal(readPolicy({ maximumSessionsPerUser: 1, onOverflow: 'reject' }).maximumSessionsPerUser, 1)
  assert.equal(readPolicy({ maximumSessionsPerUser: 1e6, onOverflow: 'reject' }).maximumSessionsPerUser, 1e6)
})

test('a wrong shape and unreadable durations are told together', () => {
  assert.deepEqual(faultsOf({ maximumLifetme: 'P1D', inactivityTimeout: 'soon', abandonment: { after: '' } }), [
    'policy-unknown-member /maximumLifetme',
    'policy-missing-member /abandonment/from',
    'policy-duration /inactivityTimeout',
    'policy-duration /abandonment/after',
  ])
})

test('a refused policy throws all its faults, and no message holds a value', () => {
  const document = { maximumLifetime: 'SECRET', sessionMode: 'SECRET', touchInterval: `SECRET${'x'.repeat(99)}` }
  assert.throws(
    () => readPolicy(document),
    (error) => {
      assert.ok(error instanceof PolicyError)
      assert.equal(error.errors.length, 3)
      assert.doesNotMatch(error.message, /SECRET/)
      return true
    },
  )
})

test('what a prototype holds is no member', () => {
  const document = JSON.parse('{"abandonment":{}}') as { abandonment: object }
  Object.setPrototypeOf(document.abandonment, { after: 'P1D', from: 'creation' })
  assert.equal(faultsOf(document).length, 2)
})

test('a mistyped member is told with the one it is close to', () => {
  assert.deepEqual(messagesOf({ maximum_lifetime: 'P1D' }), ['must not be here: did you mean maximumLifetime?'])
  assert.match(messagesOf({ abandonment: { after: 'P1D', from: 'creation', frm: '' } })[0] ?? '', /did you mean from/)
  assert.match(messagesOf({ colour: 'red' })[0] ?? '', /there are only \$schema, maximumLifetime, /)
})

test('the closest name is the one meant, or none where nothing is close', () => {
  const names = Object.keys(schema.properties)
  assert.equal(closestName('maxLifetime', names), 'maximumLifetime')
  assert.equal(closestName('lifetime', names), 'maximumLifetime')
  assert.equal(closestName('inactivity', names), 'inactivityTimeout')
  assert.equal(closestName('inactivtyTimout', names), 'inactivityTimeout')
  assert.equal(closestName('on-overflow', names), 'onOverflow')
  assert.equal(closestName('refreshTokens', names), undefined)
  assert.equal(closestName('on', names), undefined)
  assert.equal(closestName('', names), undefined)
  assert.equal(closestName('retention'.repeat(1_000), names), undefined)
})
