/** Documents as they are kept: cut into client and sessions, renamed from form to form, and written again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Form } from '../../src/domain/form.ts'
import type { Client } from '../../src/domain/session.ts'
import { cutClient } from '../../src/snapshot/cut-client.ts'
import { KNOWN_MEMBERS } from '../../src/snapshot/form.ts'
import { parseClient, readClient } from '../../src/snapshot/index.ts'
import { renameMembers } from '../../src/snapshot/rename-members.ts'
import { membersOf } from '../../src/snapshot/stored-document.ts'
import { writeStored } from '../../src/snapshot/write-stored.ts'
import { clientTokens } from '../support/client-text.ts'
import { type Document, FORMS, inForm, sdkClient, sdkSession } from '../support/documents.ts'
import '../support/seed.ts'

const cut = (text: string) => cutClient(parseClient(text, { warnings: false }))
const other = (form: Form): Form => (form === 'sdk' ? 'wire' : 'sdk')

/** A session with every member that the schemas know, and some that nobody does. */
const FULL = sdkSession({
  actor: { userId: 'user_2', latestActivity: { isMobile: true } },
  lastActiveOrganizationId: null,
  latestActivity: {
    ...{ object: 'session_activity', id: 'sess_activity_1', deviceType: 'Macintosh', isMobile: false },
    ...{ browserName: 'Firefox', browserVersion: '141.0', ipAddress: '192.0.2.17', city: 'Utrecht', country: 'NL' },
    10: { note: 'somebody else’s' },
  },
  tasks: [{ key: 'choose-organization', 2: 1 }, { key: '{"key":1}' }],
  unknown: { lastActiveAt: 1, expireAt: [1] },
})

for (const form of FORMS) {
  test(`${form}: the pieces of any client, put together again, are its text without white space`, () => {
    const property = fc.property(clientTokens(form), (tokens) => {
      const text = tokens.map((token) => token.text).join('')
      const compact = tokens.flatMap((token) => (token.isSpace ? [] : [token.text])).join('')
      const { client, sessions } = cut(text)
      const list = sessions.map((session) => session.text).join(',')
      const places = [...client.text.matchAll(/\[\]/g)].map(({ index }) => index + 1)
      const joined = places.map((place) => client.text.slice(0, place) + list + client.text.slice(place))
      assert.ok(joined.includes(compact), 'the list of sessions is somewhere else')
      for (const piece of [client, ...sessions]) {
        assert.equal(piece.form, form)
        assert.equal(typeof JSON.parse(piece.text), 'object')
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  test(`${form}: a document has the members of the other form at every level that the schemas know, and nowhere else`, () => {
    const { actor, unknown } = FULL
    const session = { ...(inForm(form, FULL) as Document), actor, unknown }
    const renamed = { ...(inForm(other(form), FULL) as Document), actor, unknown }
    const text = JSON.stringify(session)
    assert.equal(renameMembers({ form, text }, 'session', other(form)), JSON.stringify(renamed))
    assert.equal(renameMembers({ form, text }, 'session', form), text)
    const client = sdkClient({ lastAuthenticationStrategy: null, unknown: { signInId: 1 } }, [])
    const wanted = { ...inForm(other(form), client), unknown: client['unknown'] }
    const clientText = JSON.stringify({ ...inForm(form, client), unknown: client['unknown'] })
    assert.equal(renameMembers({ form, text: clientText }, 'client', other(form)), JSON.stringify(wanted))
  })

  test(`${form}: the other form there and back is the text, but for escapes in the names that differ`, () => {
    const property = fc.property(clientTokens(form), (tokens) => {
      const { client, sessions } = cut(tokens.map((token) => token.text).join(''))
      for (const [kind, piece] of [
        ['client', client],
        ...sessions.map((session) => ['session', session] as const),
      ] as const) {
        const there = { form: other(form), text: renameMembers(piece, kind, other(form)) }
        const back = renameMembers(there, kind, form)
        assert.equal(renameMembers({ form, text: back }, kind, other(form)), there.text)
        assert.equal(JSON.stringify(JSON.parse(back)), JSON.stringify(JSON.parse(piece.text)))
        assert.deepEqual(numbersIn(back), numbersIn(piece.text))
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  test(`${form}: whatever the members are called, a session's are answered under the names that the SDK has`, () => {
    const session = inForm(form, sdkSession({ ...FULL, actor: null, unknown: 1 }))
    const members = membersOf({ form, text: JSON.stringify(session) }, 'session')
    assert.deepEqual(members, { ...FULL, actor: null, unknown: 1 })
  })

  test(`${form}: a client that came in no document gets one that is valid, in the form that is asked for`, () => {
    const { client } = parseClient(sdkClient())
    const reading = readClient(writeStored(client, form), { strict: true })
    assert.deepEqual(reading.errors, [])
    assert.equal(reading.valid && reading.form, form)
    assert.deepEqual(reading.valid && reading.document, inForm(form, sdkClient()))
  })

  test(`${form}: of a kept document only values that changed are written anew`, () => {
    const text = `{"updated":1,"updatedAt":1.0,"createdAt":-0,"sessionIds":["\\u0061"],"big":12345678901234567890,${'"object":"client","id":"client_1","lastActiveSessionId":null,"sessions":[],"signInId":null,"signUpId":null}'}`
    const document = { form: 'sdk' as const, text }
    const client = { ...parseClient(text).client, document } as Client
    assert.equal(writeStored(client), text)
    const changed = { ...client, updatedAt: 2 as Client['updatedAt'] }
    assert.equal(writeStored(changed), text.replace('1.0', '2'))
    const reading = parseClient(writeStored(changed, form), { warnings: false })
    assert.equal(reading.form, form)
    assert.match(reading.text ?? '', /"big":12345678901234567890,/)
  })
}

test('the members of tasks have one name in both forms, so that nothing of them is renamed', () => {
  assert.deepEqual(KNOWN_MEMBERS.sdk.task, KNOWN_MEMBERS.wire.task)
})

test('half a surrogate pair is kept by its escape, so that a database can hold it', () => {
  const text = JSON.stringify(sdkClient({ note: 'x' })).replace('"x"', '"\ud800 \u{1f600} \udc00\ud83d"')
  const { client } = cut(text)
  assert.ok(client.text.isWellFormed())
  assert.equal(JSON.parse(client.text)['note'], '\ud800 \u{1f600} \udc00\ud83d')
})

test('a client that was not read from text has none to cut', () => {
  assert.throws(() => cutClient(parseClient(sdkClient())), TypeError)
})

/** The numbers of a JSON text as they are written, in their order. */
function numbersIn(text: string): readonly string[] {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, '""').match(/-?\d[\d.eE+-]*/g) ?? []
}
