/** A client goes back out in the form it came in, whatever the lifecycle did to it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { toInstant } from '../../src/domain/instant.ts'
import { toSessionId, toUserId } from '../../src/domain/session.ts'
import { commandClient, signInClient, signOutClient } from '../../src/lifecycle/index.ts'
import { parseClient, writeClient } from '../../src/snapshot/index.ts'
import { readPolicy } from '../../src/snapshot/read-policy.ts'
import { BORN, FORMS, inForm, MONTH, nameIn, sdkClient, sdkSession } from '../support/documents.ts'

const soon = toInstant(BORN + 3_600_000)
const policy = readPolicy({ maximumLifetime: 'P90D', inactivityTimeout: 'P30D' })
const arrival = { id: toSessionId('sess_new'), userId: toUserId('user_new') }

for (const form of FORMS) {
  const text = JSON.stringify(inForm(form, sdkClient({ bignum: 1 }, [sdkSession(), sdkSession({ id: 'sess_b' })])))
    // A number that a parser would round.
    .replace('"bignum":1', '"bignum":12345678901234567890')

  test(`${form}: what a touch changed is written, lastActiveAt and slid deadlines too`, () => {
    // Catches: writing only what settling changes.
    const reading = parseClient(text)
    const [first] = reading.client.sessions
    assert.ok(first)
    const { client } = commandClient(reading.client, first.id, 'touch', soon, { policy })
    const written = parseClient(writeClient(reading, client))
    assert.deepEqual(JSON.parse(JSON.stringify(written.client)), JSON.parse(JSON.stringify(client)))
    assert.equal(written.client.sessions[0]?.lastActiveAt, soon)
    assert.equal(written.client.sessions[0]?.expireAt, soon + MONTH)
    assert.match(writeClient(reading, client), /"bignum":12345678901234567890/)
  })

  test(`${form}: a removed session leaves the list of ids that is written`, () => {
    const reading = parseClient(text)
    const { client } = signOutClient(reading.client, 'remove', soon)
    const document = JSON.parse(writeClient(reading, client))
    assert.deepEqual(document[nameIn(form, 'sessionIds')], [])
    assert.deepEqual(
      document.sessions.map((session: { status: string }) => session.status),
      ['removed', 'removed'],
    )
  })

  for (const sessions of [[], [sdkSession()]]) {
    test(`${form}: a session that signs in beside ${sessions.length} is written after them, and is read back`, () => {
      const reading = parseClient(JSON.stringify(inForm(form, sdkClient({}, sessions)), null, 2))
      const { client } = signInClient(reading.client, arrival, soon)
      const written = parseClient(writeClient(reading, client))
      assert.equal(written.form, form)
      assert.equal(written.client.sessions.length, sessions.length + 1)
      assert.equal(written.client.sessions.at(-1)?.id, arrival.id)
      assert.equal(written.client.lastActiveSessionId, arrival.id)
      assert.deepEqual(written.client.sessionIds, client.sessionIds)
    })
  }
}

test('another client, or one whose sessions are elsewhere, is refused', () => {
  const reading = parseClient(sdkClient({}, [sdkSession(), sdkSession({ id: 'sess_b' })]))
  const { client } = reading
  for (const other of [
    { ...client, id: parseClient(sdkClient({ id: 'client_other' })).client.id },
    { ...client, sessions: client.sessions.toReversed() },
    { ...client, sessions: client.sessions.slice(1) },
  ]) {
    assert.throws(() => writeClient(reading, other), TypeError)
  }
})
