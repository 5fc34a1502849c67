import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellSession } from '../../../src/cli/explain/session-story.ts'
import type { Status } from '../../../src/domain/status.ts'
import { aSession, at, DAY, type SessionParts } from '../../support/sessions.ts'

const tell = (parts: SessionParts, now: number, tasks: readonly string[] = []) => {
  return tellSession(aSession({ expireAt: 7 * DAY, abandonAt: 30 * DAY, ...parts }), at(now), tasks)
}

test('one millisecond before expireAt a session expires in under a second, and at expireAt it has', () => {
  const before = tell({}, 7 * DAY - 1)
  assert.equal(before.status, 'active')
  assert.equal(before.next, 'expires in under a second, 1970-01-08T00:00:00.000Z')
  const then = tell({}, 7 * DAY)
  assert.equal(then.status, 'expired')
  assert.equal(then.group, 'dormant')
  assert.equal(then.next, 'abandoned in 23 days, 1970-01-31T00:00:00.000Z')
  assert.deepEqual(then.why, ['its expireAt fell 1970-01-08T00:00:00.000Z, now', 'stored as active'])
})

test('a session past both deadlines tells both, each at its own instant', () => {
  assert.deepEqual(tell({ status: 'pending' }, 31 * DAY), {
    status: 'abandoned',
    group: 'closed',
    why: [
      'expired 1970-01-08T00:00:00.000Z, 24 days ago',
      'then abandoned 1970-01-31T00:00:00.000Z, 1 day ago',
      'stored as pending',
    ],
    next: 'over',
  })
})

test('a session whose abandonAt comes first is abandoned, not expired, before it and after it', () => {
  const parts = { abandonAt: DAY }
  assert.equal(tell(parts, 0).next, 'abandoned in 1 day, 1970-01-02T00:00:00.000Z')
  assert.deepEqual(tell(parts, 8 * DAY).why, [
    'its abandonAt fell 1970-01-02T00:00:00.000Z, 7 days ago',
    'that came before expireAt, so it was abandoned while live',
    'stored as active',
  ])
})

test('deadlines at one instant are told as one', () => {
  assert.equal(tell({ abandonAt: 7 * DAY }, 0).next, 'expires and is abandoned in 7 days, 1970-01-08T00:00:00.000Z')
})

test('what is stored as expired is told by its expireAt, unless that is still to come', () => {
  assert.deepEqual(tell({ status: 'expired' }, 8 * DAY).why, [
    'its expireAt fell 1970-01-08T00:00:00.000Z, 1 day ago',
    'stored as expired',
  ])
  assert.deepEqual(tell({ status: 'expired', updatedAt: DAY }, 2 * DAY).why, [
    'stored as expired ahead of its expireAt, 1970-01-08T00:00:00.000Z',
    'last changed 1970-01-02T00:00:00.000Z, 1 day ago',
  ])
  assert.deepEqual(tell({ status: 'expired' }, 30 * DAY).why, [
    'its abandonAt fell 1970-01-31T00:00:00.000Z, now',
    'stored as expired',
  ])
})

test('what is stored as closed stays so, whatever its deadlines, and nothing comes next', () => {
  for (const status of ['ended', 'replaced', 'abandoned', 'revoked', 'removed'] as const) {
    for (const now of [2 * DAY, 31 * DAY]) {
      const story = tell({ status, updatedAt: DAY }, now)
      assert.equal(story.status, status)
      assert.equal(story.next, 'over')
      assert.equal(story.why[0], `stored as ${status}`)
    }
  }
})

test('a pending session names what is left to do', () => {
  assert.deepEqual(tell({ status: 'pending' }, DAY, ['choose-organization', 'setup-mfa']).why, [
    'created 1970-01-01T00:00:00.000Z, 1 day ago',
    'last active 1 day ago',
    'left to do: choose-organization, setup-mfa',
  ])
  assert.equal(tell({ status: 'pending' }, DAY).why.at(-1), 'its sign-in is unfinished')
})

test('a status that nobody knows is left alone, and spelt out where it could steer a terminal', () => {
  const story = tell({ status: 'fro\u001bzen' as Status }, 31 * DAY)
  assert.equal(story.status, 'fro\\u{1b}zen')
  assert.equal(story.group, 'unknown')
  assert.equal(story.next, 'not known')
  assert.match(story.why[0] ?? '', /does not know, and leaves alone/)
})
