import assert from 'node:assert/strict'
import test from 'node:test'
import { toInstant } from '../../src/domain/instant.ts'
import { settleClient } from '../../src/lifecycle/index.ts'
import { parseClient, readClient, writeClient } from '../../src/snapshot/index.ts'
import {
  BORN,
  type Document,
  FORMS,
  inForm,
  MONTH,
  nameIn,
  pointerIn,
  sdkClient,
  sdkSession,
} from '../support/documents.ts'

const ACTIVITY = {
  object: 'session_activity',
  id: 'sess_activity_1',
  deviceType: 'iPhone',
  isMobile: true,
  browserName: 'Safari',
  browserVersion: '18.5',
  ipAddress: '2001:db8::1',
  city: 'Zürich',
  country: 'CH',
}

/** Members that Clerk's spec lets be left out: a value that it may have, and whether it may be null. */
const OPTIONAL = [
  { member: 'lastAuthenticationStrategy', value: 'oauth_google', isOfClient: true },
  { member: 'actor', value: { sub: 'user_2', more: [{ deep: null }] }, isOfClient: false },
  { member: 'lastActiveOrganizationId', value: 'org_1', isOfClient: false },
  { member: 'latestActivity', value: ACTIVITY, isOfClient: false },
  { member: 'tasks', value: [{ key: 'choose-organization' }, { key: 'reset-password' }], isOfClient: false },
] as const

const clientWith = (member: string, value: unknown, isOfClient: boolean) =>
  isOfClient ? sdkClient({ [member]: value }) : sdkClient({}, [sdkSession({ [member]: value })])

for (const form of FORMS) {
  for (const { member, value, isOfClient } of OPTIONAL) {
    for (const [what, each] of [
      ['a value', value],
      ['null', null],
    ] as const) {
      test(`${form}: ${nameIn(form, member)} may be ${what}, is odd to nobody and comes back as it was`, () => {
        const document = inForm(form, clientWith(member, each, isOfClient))
        const reading = parseClient(document)
        assert.deepEqual(reading.warnings, [])
        const { client, transitions } = settleClient(reading.client, toInstant(BORN + MONTH))
        assert.equal(transitions.length, 2)
        const output = JSON.parse(writeClient(reading, client)) as { sessions: Document[] } & Document
        const holder = isOfClient ? output : (output.sessions[0] as Document)
        assert.deepEqual(holder[nameIn(form, member)], inForm(form, each))
      })
    }

    test(`${form}: ${nameIn(form, member)} of another type is an error at its place`, () => {
      const reading = readClient(inForm(form, clientWith(member, 1, isOfClient)))
      const base = isOfClient ? '' : '/sessions/0'
      assert.deepEqual(
        reading.errors.map(({ code, path }) => [code, path]),
        [['wrong-type', pointerIn(form, `${base}/${member}`)]],
      )
    })
  }

  test(`${form}: a client without any optional member is valid, for they may all be left out`, () => {
    assert.deepEqual(parseClient(inForm(form, sdkClient())).warnings, [])
  })

  for (const member of Object.keys(ACTIVITY)) {
    const isRequired = member === 'id' || member === 'isMobile' || (member === 'object' && form === 'wire')
    test(`${form}: latest activity without ${nameIn(form, member)} is ${isRequired ? 'rejected' : 'valid'}`, () => {
      const activity = Object.fromEntries(Object.entries(ACTIVITY).filter(([name]) => name !== member))
      const reading = readClient(inForm(form, sdkClient({}, [sdkSession({ latestActivity: activity })])))
      const path = pointerIn(form, `/sessions/0/latestActivity/${member}`)
      assert.deepEqual(
        reading.errors.map(({ code, path }) => [code, path]),
        isRequired ? [['missing-member', path]] : [],
      )
    })
  }

  for (const member of ['id', 'sessionIds', 'sessions', 'updatedAt', 'createdAt']) {
    test(`${form}: ${nameIn(form, member)} of a client may not be null`, () => {
      const reading = readClient(inForm(form, sdkClient({ [member]: null })))
      assert.ok(!reading.valid)
    })
  }

  for (const member of ['signInId', 'signUpId', 'lastActiveSessionId']) {
    test(`${form}: ${nameIn(form, member)} of a client may be null and not be left out`, () => {
      assert.ok(readClient(inForm(form, sdkClient({ [member]: null }))).valid)
      const { [member]: _, ...rest } = sdkClient()
      assert.equal(readClient(inForm(form, rest)).errors[0]?.code, 'missing-member')
    })
  }

  test(`${form}: an id of 255 characters is read and one of 256 is not, astral characters counted once`, () => {
    for (const character of ['a', '\u{1f600}']) {
      assert.ok(readClient(inForm(form, sdkClient({ signInId: character.repeat(255) }))).valid)
      assert.ok(!readClient(inForm(form, sdkClient({ signInId: character.repeat(256) }))).valid)
    }
  })

  test(`${form}: instants go from 0 to the last date there is, both of them included`, () => {
    for (const instant of [0, 8.64e15]) assert.ok(readClient(inForm(form, sdkClient({ createdAt: instant }))).valid)
    for (const instant of [-1, 8.64e15 + 1, Number.NaN, Number.POSITIVE_INFINITY, '0', 0n, true]) {
      assert.ok(!readClient(inForm(form, sdkClient({ createdAt: instant }))).valid, String(instant))
    }
  })

  test(`${form}: a thousand sessions and 32 tasks are read, one more of either is too many`, () => {
    const sessions = (count: number) => Array.from({ length: count }, (_, index) => sdkSession({ id: `sess_${index}` }))
    assert.ok(readClient(inForm(form, sdkClient({}, sessions(1000)))).valid)
    const codes = readClient(inForm(form, sdkClient({}, sessions(1001)))).errors.map(({ code, path }) => [code, path])
    assert.deepEqual(codes.sort(), [
      ['too-many-items', pointerIn(form, '/sessionIds')],
      ['too-many-items', '/sessions'],
    ])
    const tasks = (count: number) => Array.from({ length: count }, () => ({ key: 'k' }))
    assert.ok(readClient(inForm(form, sdkClient({}, [sdkSession({ tasks: tasks(32) })]))).valid)
    assert.ok(!readClient(inForm(form, sdkClient({}, [sdkSession({ tasks: tasks(33) })]))).valid)
  })
}
