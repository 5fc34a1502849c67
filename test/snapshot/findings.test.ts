import assert from 'node:assert/strict'
import test from 'node:test'
import { toInstant } from '../../src/domain/instant.ts'
import {
  FINDINGS,
  type FindingCode,
  MAXIMUM_DEPTH,
  MAXIMUM_SIZE,
  type ReadOptions,
  readClient,
  splitDocuments,
} from '../../src/snapshot/index.ts'
import { BORN, type Document, FORMS, inForm, nameIn, pointerIn, sdkClient, sdkSession } from '../support/documents.ts'

/** One snapshot that has one finding: what is wrong with it, and where, both in camelCase. */
interface Case {
  readonly code: FindingCode
  readonly path: string
  readonly client?: Document
  /** Spoils the text of the client, where the fault lies in the text. */
  readonly text?: (json: string) => string
  readonly options?: ReadOptions
}

const withSession = (parts: Document, more: Document = {}) => sdkClient(more, [sdkSession(parts)])
const without = (name: string, document: Document) =>
  Object.fromEntries(Object.entries(document).filter(([each]) => each !== name))
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const tasks = (count: number) => Array.from({ length: count }, () => ({ key: 'choose-organization' }))
const many = Array.from({ length: 1001 }, (_, index) => sdkSession({ id: `sess_${index}` }))

const CASES: readonly Case[] = [
  { code: 'json-syntax', path: '', text: (json) => json.replace('{', '{,') },
  { code: 'json-syntax', path: '', text: (json) => json.replace('"active"', 'NaN') },
  { code: 'json-syntax', path: '', text: (json) => json.replace('"active"', '-Infinity') },
  { code: 'json-syntax', path: '', text: (json) => json.replace(/}$/, ',}') },
  { code: 'json-syntax', path: '', text: (json) => `${json}//` },
  { code: 'json-truncated', path: '', text: (json) => json.slice(0, -1) },
  { code: 'document-too-large', path: '', text: (json) => json + ' '.repeat(MAXIMUM_SIZE) },
  { code: 'document-too-deep', path: '', text: (json) => json.replace('{', `{"x":${deep(MAXIMUM_DEPTH)},`) },
  { code: 'duplicate-member', path: '/id', text: (json) => json.replace('{', '{"id":"client_1",') },
  { code: 'duplicate-member', path: '/id', text: (json) => json.replace('{', '{"\\u0069d":"client_1",') },
  { code: 'duplicate-member', path: '/sessions/0/id', text: (json) => json.replace('[{', '[{"id":"sess_1",') },
  { code: 'duplicate-member', path: '/x/0/y', text: (json) => json.replace('{', '{"x":[{"y":1,"y":1}],') },
  { code: 'duplicate-member', path: '/__proto__', text: (json) => json.replace('{', '{"__proto__":1,"__proto__":1,') },
  { code: 'not-a-client', path: '', client: { object: 'session' } },
  { code: 'not-a-client', path: '', client: { data: [sdkClient()] } },
  { code: 'not-a-client', path: '', client: { object: 'event', type: 'session.created', data: {} } },
  { code: 'missing-member', path: '/object', client: without('object', sdkClient()) },
  { code: 'missing-member', path: '/signInId', client: without('signInId', sdkClient()) },
  {
    code: 'missing-member',
    path: '/sessions/0/abandonAt',
    client: sdkClient({}, [without('abandonAt', sdkSession())]),
  },
  { code: 'missing-member', path: '/sessions/0/tasks/0/key', client: withSession({ tasks: [{}] }) },
  { code: 'wrong-type', path: '/sessions', client: sdkClient({ sessions: {} }) },
  { code: 'wrong-type', path: '/sessions/0', client: sdkClient({ sessions: [null] }) },
  { code: 'wrong-type', path: '/sessions/0/actor', client: withSession({ actor: 'user_2' }) },
  { code: 'wrong-value', path: '/object', client: sdkClient({ object: 'klient' }) },
  { code: 'wrong-value', path: '/sessions/0/object', client: withSession({ object: 'client' }) },
  { code: 'malformed-id', path: '/id', client: sdkClient({ id: '' }) },
  { code: 'malformed-id', path: '/signUpId', client: sdkClient({ signUpId: 'a b' }) },
  { code: 'malformed-id', path: '/signUpId', client: sdkClient({ signUpId: 'a\u0000' }) },
  { code: 'malformed-id', path: '/signUpId', client: sdkClient({ signUpId: '\ud800' }) },
  { code: 'malformed-id', path: '/signUpId', client: sdkClient({ signUpId: 'a'.repeat(256) }) },
  {
    code: 'malformed-text',
    path: '/lastAuthenticationStrategy',
    client: sdkClient({ lastAuthenticationStrategy: '\udc00' }),
  },
  {
    code: 'malformed-text',
    path: '/sessions/0/tasks/0/key',
    client: withSession({ tasks: [{ key: 'k'.repeat(1025) }] }),
  },
  { code: 'too-many-items', path: '/sessionIds', client: sdkClient({ sessionIds: many.map(({ id }) => id) }) },
  { code: 'too-many-items', path: '/sessions/0/tasks', client: withSession({ tasks: tasks(33) }) },
  { code: 'instant-not-integer', path: '/updatedAt', client: sdkClient({ updatedAt: '2026-08-02T09:01:23Z' }) },
  { code: 'instant-not-integer', path: '/updatedAt', client: sdkClient({ updatedAt: BORN + 0.5 }) },
  { code: 'instant-not-integer', path: '/updatedAt', client: sdkClient({ updatedAt: null }) },
  {
    code: 'instant-not-integer',
    path: '/sessions/0/expireAt',
    text: (json) => json.replace(`${BORN + 604_800_000}`, '1e400'),
  },
  { code: 'instant-out-of-range', path: '/createdAt', client: sdkClient({ createdAt: -1 }) },
  { code: 'instant-out-of-range', path: '/sessions/0/abandonAt', client: withSession({ abandonAt: 8.64e15 + 1 }) },
  { code: 'unknown-status', path: '/sessions/0/status', client: withSession({ status: 'Active' }) },
  { code: 'unknown-member', path: '/surprise', client: sdkClient({ surprise: 1 }) },
  { code: 'unknown-member', path: '/a~1b~0c', client: sdkClient({ 'a/b~c': 1 }) },
  { code: 'unknown-member', path: '/constructor', client: sdkClient({ constructor: 1 }) },
  { code: 'unknown-member', path: '/__proto__', text: (json) => json.replace('{', '{"__proto__":{"id":1},') },
  { code: 'unknown-member', path: '/sessions/0/surprise', client: withSession({ surprise: 1 }) },
  {
    code: 'unknown-member',
    path: '/sessions/0/tasks/0/surprise',
    client: withSession({ tasks: [{ key: 'k', surprise: 1 }] }),
  },
  { code: 'session-ids-mismatch', path: '/sessionIds/1', client: sdkClient({ sessionIds: ['sess_1', 'sess_2'] }) },
  { code: 'session-ids-mismatch', path: '/sessions/0/id', client: sdkClient({ sessionIds: [] }) },
  {
    code: 'duplicate-session-id',
    path: '/sessions/1/id',
    client: sdkClient({ sessionIds: ['sess_1'] }, [sdkSession(), sdkSession()]),
  },
  { code: 'duplicate-session-id', path: '/sessionIds/1', client: sdkClient({ sessionIds: ['sess_1', 'sess_1'] }) },
  { code: 'foreign-session', path: '/sessions/0/clientId', client: withSession({ clientId: 'client_2' }) },
  { code: 'last-active-dangling', path: '/lastActiveSessionId', client: sdkClient({ lastActiveSessionId: 'sess_2' }) },
  { code: 'last-active-dead', path: '/lastActiveSessionId', client: withSession({ status: 'ended' }) },
  { code: 'id-without-prefix', path: '/sessions/0/userId', client: withSession({ userId: 'u1' }) },
  {
    code: 'instant-in-seconds',
    path: '/sessions/0/lastActiveAt',
    client: withSession({ lastActiveAt: 1_785_661_283 }),
  },
  { code: 'instant-implausible', path: '/sessions/0/lastActiveAt', client: withSession({ lastActiveAt: 692_532 }) },
  { code: 'instant-implausible', path: '/sessions/0/abandonAt', client: withSession({ abandonAt: 8.64e15 }) },
  { code: 'abandon-before-expire', path: '/sessions/0/abandonAt', client: withSession({ abandonAt: BORN + 1 }) },
  { code: 'deadline-before-creation', path: '/sessions/0/expireAt', client: withSession({ expireAt: BORN - 1 }) },
  { code: 'updated-before-creation', path: '/updatedAt', client: sdkClient({ updatedAt: BORN - 1 }) },
  { code: 'updated-before-creation', path: '/sessions/0/updatedAt', client: withSession({ updatedAt: BORN - 1 }) },
  {
    code: 'activity-in-future',
    path: '/sessions/0/lastActiveAt',
    client: withSession({ lastActiveAt: BORN + 1 }),
    options: { now: toInstant(BORN) },
  },
]

for (const form of FORMS) {
  for (const { code, path, client = sdkClient(), text, options = {} } of CASES) {
    const [severity] = FINDINGS[code]
    test(`${form}: ${code} is the one ${severity} of this snapshot, at "${pointerIn(form, path)}"`, () => {
      const document = inForm(form, client)
      const input = text === undefined ? document : text(JSON.stringify(document))
      const reading = readClient(input, options)
      assert.equal(reading.valid, severity === 'warning')
      const pairs = [...reading.errors, ...reading.warnings].map((each) => [each.code, each.path])
      assert.deepEqual(pairs, [[code, pointerIn(form, path)]])
      // Catches a strict reader that looks at schemas only.
      const strict = readClient(input, { ...options, strict: true })
      assert.deepEqual(strict.errors, [...reading.errors, ...reading.warnings])
      assert.ok(!strict.valid)
    })
  }

  test(`${form}: a document that has members of the other form is rejected as mixed, at each of them`, () => {
    const other = form === 'sdk' ? 'wire' : 'sdk'
    const mixed = inForm(form, withSession({ latestActivity: { object: 'a', id: 'a', isMobile: true } }))
    const [session] = mixed['sessions'] as [Document]
    const activity = session[nameIn(form, 'latestActivity')] as Document
    mixed[nameIn(other, 'signInId')] = null
    session[nameIn(other, 'userId')] = 'user_1'
    activity[nameIn(other, 'isMobile')] = true
    const reading = readClient(mixed)
    assert.equal(reading.id, 'client_1')
    assert.deepEqual(
      reading.errors.map(({ code, path }) => [code, path]),
      [
        ['mixed-forms', `/${nameIn(other, 'signInId')}`],
        ['mixed-forms', `/sessions/0/${nameIn(other, 'userId')}`],
        ['mixed-forms', `/sessions/0/${nameIn(form, 'latestActivity')}/${nameIn(other, 'isMobile')}`],
      ],
    )
  })
}

test('a status that is none of the eight is a warning where unknown statuses are kept', () => {
  const reading = readClient(withSession({ status: 'snoozed' }), { unknownStatus: 'keep' })
  assert.ok(reading.valid)
  assert.deepEqual(
    reading.warnings.map(({ code, path }) => [code, path]),
    [['unknown-status', '/sessions/0/status']],
  )
})

test('bytes that are not UTF-8 are json-encoding', async () => {
  async function* bytes() {
    yield Buffer.from([0x7b, 0xff, 0x7d])
  }
  for await (const documents of splitDocuments(bytes())) {
    for (const { error } of documents) assert.equal(error?.code, 'json-encoding')
  }
})

test('every finding code that is declared has a snapshot here that produces it', () => {
  const elsewhere = ['mixed-forms', 'json-encoding', 'session-of-another-client', 'changed-origin']
  assert.deepEqual(new Set([...CASES.map(({ code }) => code), ...elsewhere]), new Set(Object.keys(FINDINGS)))
})
