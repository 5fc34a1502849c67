/** What the lifecycle leaves alone: members it does not know, their order, and the very object where nothing is due. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { EpochMs } from '../../src/domain/instant.ts'
import type { Client, Session } from '../../src/domain/session.ts'
import type { Status } from '../../src/domain/status.ts'
import {
  applyCommand,
  commandClient,
  nextDeadline,
  SESSION_COMMANDS,
  settleClient,
  settleSession,
  showClient,
  statusAt,
} from '../../src/lifecycle/index.ts'
import { anInstant, anyClient, anySession, aSmallPolicy } from '../support/arbitraries.ts'
import { aClientProgram, byLifecycle } from '../support/programs.ts'
import { aClient, aSession, at, deepFreeze, sess } from '../support/sessions.ts'
import '../support/seed.ts'

const MEMBERS = ['actor', 'latestActivity', 'object', '__proto__', 'constructor', 'status_', '0'] as const

/** The same object with members that the lifecycle does not know, all of them in another order. */
function adorned<T extends object>(value: T): fc.Arbitrary<T> {
  const extra = MEMBERS.map((name): [string, unknown] => [name, { of: name }])
  const entries = [...Object.entries(value), ...extra]
  // Object.fromEntries defines members of their own, `__proto__` too, as JSON.parse does.
  return fc
    .shuffledSubarray(entries, { minLength: entries.length })
    .map((shuffled) => deepFreeze(Object.fromEntries(shuffled)) as T)
}

const anAdornedSession = anySession.chain(adorned)
const anAdornedClient: fc.Arbitrary<Client> = anyClient
  .chain((client) =>
    fc
      .tuple(...client.sessions.map((session) => adorned(session)))
      .chain((sessions) => adorned<Client>({ ...client, sessions })),
  )
  .map(deepFreeze)

function assertSameMembers(after: object, before: object) {
  assert.deepEqual(Object.keys(after), Object.keys(before))
  assert.equal(Object.getPrototypeOf(after), Object.prototype)
  for (const name of MEMBERS) {
    const [was, is] = [before, after].map((each) => Object.getOwnPropertyDescriptor(each, name)?.value)
    assert.ok(was !== undefined && was === is, name)
  }
}

test('every command leaves a session its members, `__proto__` too, and their order', () => {
  // Catches: a copy by Object.assign, which loses `__proto__`; a status written before the other members.
  const command = fc.constantFrom('settle' as const, ...SESSION_COMMANDS)
  fc.assert(
    fc.property(anAdornedSession, command, anInstant, aSmallPolicy, (session, name, now, policy) => {
      const outcome = name === 'settle' ? settleSession(session, now) : applyCommand(session, name, now, { policy })
      assertSameMembers(outcome.session, session)
    }),
    { numRuns: 500 },
  )
})

test('every event leaves a client and its sessions their members and their order', () => {
  fc.assert(
    fc.property(anAdornedClient, aClientProgram, aSmallPolicy, (client, program, policy) => {
      let before: Client = client
      for (const event of program) {
        const { client: after } = byLifecycle(before, event, policy)
        assertSameMembers(after, before)
        for (const [index, session] of before.sessions.entries()) {
          // A session that signed in on the way has none of them.
          if (Object.hasOwn(session, MEMBERS[0])) assertSameMembers(after.sessions[index] as Session, session)
        }
        assertSameMembers(showClient(after, policy), before)
        before = deepFreeze(after)
      }
    }),
    { numRuns: 200 },
  )
})

test('settling a client changes two members of a session and two of the client, and nothing else', () => {
  fc.assert(
    fc.property(anAdornedClient, anInstant, (client, now) => {
      const settled = settleClient(client, now).client
      const { lastActiveSessionId, updatedAt, sessions } = settled
      assert.deepEqual(settled, { ...client, lastActiveSessionId, updatedAt, sessions })
      for (const [index, session] of client.sessions.entries()) {
        const after = sessions[index] as Session
        assert.deepEqual(after, { ...session, status: after.status, updatedAt: after.updatedAt })
        if (after.status === session.status) assert.equal(after, session)
      }
    }),
    { numRuns: 500 },
  )
})

test('where nothing is due the very object comes back, a millisecond before the deadline as long before', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', status: 'ended', expireAt: 1 }])
  for (const now of [0, 500, 999].map(at)) {
    assert.equal(settleClient(client, now).client, client)
    assert.equal(settleSession(client.sessions[0] as Session, now).session, client.sessions[0])
  }
  assert.notEqual(settleClient(client, at(1_000)).client, client)
})

test('a refused command gives back the very object, where no deadline has fallen before it', () => {
  const session = aSession({ status: 'revoked' })
  for (const command of SESSION_COMMANDS) {
    if (command === 'remove') continue
    const outcome = applyCommand(session, command, at(5_000))
    assert.equal(outcome.changed, false)
    assert.equal(outcome.session, session)
  }
})

for (const status of ['weird', 'Active', 'constructor', '__proto__', ''] as unknown as Status[]) {
  test(`the unknown status '${status}' passes through settling untouched, and every command is refused`, () => {
    const session = deepFreeze({ ...aSession(), status })
    const client: Client = deepFreeze({ ...aClient([{ name: 'b' }]), sessions: [session, aSession({ name: 'b' })] })
    const late = 9_000 as EpochMs
    assert.equal(settleSession(session, late).session, session)
    assert.equal(statusAt(session, late), status)
    assert.equal(nextDeadline(session), null)
    assert.equal(settleClient(client, late).client.sessions[0], session)
    for (const command of SESSION_COMMANDS) {
      const outcome = applyCommand(session, command, late)
      assert.ok(!outcome.changed && outcome.reason === status)
      assert.equal(outcome.session, session)
    }
    const outcome = commandClient(client, sess('a'), 'touch', at(5))
    assert.ok(!outcome.changed && outcome.reason === status)
    assert.equal(outcome.client, client)
  })
}
