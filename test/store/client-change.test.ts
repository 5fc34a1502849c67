/** Which rows a change writes: the session that differs, and its client wherever others could decide differently by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeOf, isLight, writeSetOf } from '../../src/store/client-change.ts'
import type { StoredClient, StoredSession } from '../../src/store/port.ts'
import { at, sess } from '../support/sessions.ts'
import { aNewClient, aNewSession, changeSession, purgeOf, transitionOf } from '../support/stored.ts'

/** A stored client with the sessions `a`, which is last active, and `b`. */
function aStored(): StoredClient {
  const client = aNewClient([{ name: 'a' }, { name: 'b' }])
  return changeOf(null, client, [], at(0)).after
}

function sessionOf({ sessions }: StoredClient, name: string): StoredSession {
  const session = sessions.find(({ id }) => id === sess(name))
  assert.ok(session)
  return session
}

test('a new client is written whole, every row at version 1', () => {
  const { after } = changeOf(null, aNewClient([{ name: 'b' }, { name: 'a' }]), [], at(0))
  const set = writeSetOf([{ before: null, after, transitions: [], at: at(0) }])
  assert.deepEqual(set.newClients, [after])
  assert.deepEqual(
    set.newSessions.map(({ session }) => `${session.id} ${session.version}`),
    ['sess_a 1', 'sess_b 1'],
  )
  assert.deepEqual([after.version, isLight(set)], [1, false])
})

test('a touch of the last active session writes its row alone', () => {
  const change = changeSession(aStored(), 'a', { lastActiveAt: at(5), updatedAt: at(5) })
  const set = writeSetOf([change])
  assert.deepEqual(
    set.sessions.map(({ session, dueAt }) => [session.id, session.version, dueAt]),
    [['sess_a', 2, 1_000]],
  )
  assert.deepEqual([set.clients, set.ledger, isLight(set)], [[], [], true])
})

test('what is written of any other session writes the client too, for it may be the heir by then', () => {
  const change = changeSession(aStored(), 'b', { lastActiveAt: at(5) })
  const set = writeSetOf([change])
  assert.deepEqual([set.clients.map(({ version }) => version), isLight(set)], [[2], false])
})

test('a transition writes the client too, with the version that its session has then', () => {
  const stored = aStored()
  const pending = { status: 'pending' } as const
  const step = transitionOf({ ...sessionOf(stored, 'a'), ...pending }, { from: 'active', cause: 'task-required' })
  const set = writeSetOf([changeSession(stored, 'a', pending, [step])])
  assert.deepEqual([set.clients.length, set.ledger], [1, [{ ...step, version: 2 }]])
})

test('a session that is the very object that was read is not written', () => {
  const stored = aStored()
  const { after } = changeOf(stored, { ...stored, updatedAt: at(3) }, [], at(3))
  const set = writeSetOf([{ before: stored, after, transitions: [], at: at(3) }])
  assert.deepEqual([set.sessions, set.newSessions, set.clients.map(({ version }) => version)], [[], [], [2]])
})

test('a session that is not held any more is purged, with a mark, and so is all of a client that is', () => {
  const stored = aStored()
  const one = writeSetOf([purgeOf(stored, 7, 'a')])
  assert.deepEqual(one.purgedSessions, [{ id: 'sess_a', version: 1 }])
  assert.deepEqual(one.marks, [{ sessionId: 'sess_a', clientId: 'client_a', purgedAt: 7 }])
  assert.deepEqual([one.clients.length, one.purgedClients.length], [1, 0])
  const all = writeSetOf([purgeOf(stored, 7)])
  assert.deepEqual([all.purgedSessions.length, all.marks.length], [2, 2])
  assert.deepEqual(
    all.purgedClients.map(({ id, version }) => [id, version]),
    [['client_a', 1]],
  )
})

test('rows of a kind are written by their ids, whichever changes they are of', () => {
  const clients = ['c', 'a', 'b'].map((name) => changeOf(null, aNewClient([], { name }), [], at(0)))
  assert.deepEqual(
    writeSetOf(clients).newClients.map(({ id }) => id),
    ['client_a', 'client_b', 'client_c'],
  )
})

test('a session is closed at the transition that closed it, and keeps that instant', () => {
  const stored = aStored()
  const joined = aNewSession(stored.id, 2, { name: 'c', status: 'ended', closedAt: 4 })
  const { after } = changeOf(stored, { ...stored, sessions: [...stored.sessions, joined] }, [], at(9))
  assert.equal(sessionOf(after, 'c').closedAt, 4)
  const ended = { status: 'ended', updatedAt: at(8) } as const
  const step = transitionOf({ ...sessionOf(stored, 'a'), ...ended }, { from: 'active', cause: 'end', at: at(6) })
  const over = changeSession(stored, 'a', ended, [step])
  assert.equal(sessionOf(over.after, 'a').closedAt, 6)
  assert.equal(sessionOf(changeSession(over.after, 'a', { status: 'removed' }).after, 'a').closedAt, 6)
})

test('where one client’s transitions are not in the order of their instants, nobody’s are moved', () => {
  const [stored, other] = [aStored(), changeOf(null, aNewClient([{ name: 'c' }], { name: 'c' }), [], at(0)).after]
  const step = (client: StoredClient, name: string, instant: number) =>
    transitionOf(sessionOf(client, name), { from: 'active', at: at(instant) })
  const changes = [
    changeSession(stored, 'a', { lastActiveAt: at(9) }, [step(stored, 'a', 9), step(stored, 'a', 5)]),
    changeSession(other, 'c', { lastActiveAt: at(9) }, [step(other, 'c', 7)]),
  ]
  const instants = writeSetOf(changes).ledger.map((row) => row.at)
  assert.deepEqual(instants, [9, 5, 7])
})
