import assert, { AssertionError } from 'node:assert/strict'
import test from 'node:test'
import { assertLedger, assertLive, assertStatus, storyOf, testWorld } from '../../../src/simulation/index.ts'

/** A world in which a session expired while its user was away. */
async function anExpiry() {
  const world = testWorld({ seed: 7, policy: { inactivityTimeout: 'P2D' } })
  const tenure = await world.openTenure({ sweeps: true })
  await tenure.signIn({ userId: 'user_1', clientId: undefined, sessionId: 'sess_1' })
  await world.advanceBy('P1D')
  await tenure.requireTask('sess_1', { askedBy: 'support' })
  await tenure.touch('sess_1')
  await world.advanceBy('P3DT1H')
  return world
}

async function failureOf(assertion: Promise<unknown>): Promise<AssertionError> {
  const error = await assertion.then(
    () => assert.fail('the assertion held'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AssertionError)
  return error
}

test('a failure is the story of the session: what was expected, the policy, each row, and what is to come', async () => {
  await using world = await anExpiry()
  const error = await failureOf(assertStatus(world, 'sess_1', 'active'))
  assert.deepEqual([error.actual, error.expected], ['expired', 'active'])
  const client = (await world.tenure.getSession('sess_1'))?.clientId
  assert.equal(
    error.message,
    `expected the session to be active, and it is expired

now      2026-01-05T01:00:00.000Z, the world began 4 days 1 hour ago, seed "7"
policy   maximumLifetime P7D, inactivityTimeout P2D, abandonment P30D from creation, touchInterval PT1M, multi mode, retention P30D
session  sess_1 of user_1 on ${client}, expired, last active 3 days 1 hour ago

what happened
  2026-01-01T00:00:00.000Z  4 days 1 hour ago  begins active (sign-in)
  2026-01-02T00:00:00.000Z  3 days 1 hour ago  active -> pending (task-required, asked by support)
  2026-01-04T00:00:00.000Z  1 day 1 hour ago   pending -> expired (expire-deadline)

what is to come
  2026-01-31T00:00:00.000Z  in 25 days  abandonAt
`,
  )
})

test('what nobody has written down yet is told as such, and what was written late with when', async () => {
  await using world = testWorld()
  const tenure = await world.openTenure()
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  await world.advanceBy('P8D')
  const unwritten = await storyOf(world, 'sess_1')
  assert.match(
    unwritten,
    /2026-01-08T00:00:00.000Z {2}1 day ago {3}active -> expired \(expire-deadline, not written down yet\)/,
  )
  await tenure.sweep()
  await world.advanceBy('P30D')
  const story = await storyOf(world, 'sess_1')
  assert.match(story, /active -> expired \(expire-deadline, written down 2026-01-09T00:00:00.000Z\)/)
  assert.match(story, /expired -> abandoned \(abandon-deadline, not written down yet\)/)
  assert.match(story, /what is to come\n {2}nothing: it is over$/)
})

test('of a live session both deadlines are to come, the nearer one first', async () => {
  await using world = testWorld({ policy: { abandonment: { after: 'P3D', from: 'creation' } } })
  const tenure = await world.openTenure()
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  assert.match(
    await storyOf(world, 'sess_1'),
    /what is to come\n {2}2026-01-04T00:00:00.000Z {2}in 3 days {2}abandonAt\n {2}2026-01-08T00:00:00.000Z {2}in 7 days {2}expireAt$/,
  )
})

test('touches are told where they are recorded', async () => {
  await using world = testWorld()
  const tenure = await world.openTenure({ recordTouches: true })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  await world.advanceBy('P1D')
  await tenure.touch('sess_1')
  assert.match(await storyOf(world, 'sess_1'), /2026-01-02T00:00:00.000Z {2}now {8}active -> active \(touch\)/)
  await assertLedger(world, 'sess_1', ['sign-in', { cause: 'touch', at: 'now' }])
})

test('a session that is purged or was never there is told as such, with those that are there', async () => {
  await using world = testWorld()
  const tenure = await world.openTenure({ sweeps: true, purges: true })
  const none = await failureOf(assertLive(world, 'sess_2'))
  assert.match(none.message, /^expected the session to be live, and there is none\n/)
  assert.match(none.message, /there is no sess_2: the store holds no session\n/)
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  assert.match((await failureOf(assertLive(world, 'sess_2'))).message, /there is no sess_2: the store holds sess_1\n/)
  await world.advanceBy('P365D')
  const { message } = await failureOf(assertStatus(world, 'sess_1', 'abandoned'))
  assert.match(message, /sess_1, which was purged: only its ledger is left\n\nwhat happened\n(.*\n){3}$/)
})

test('an assertion that holds answers what it looked at', async () => {
  await using world = await anExpiry()
  assert.equal((await assertStatus(world, 'sess_1', 'expired')).userId, 'user_1')
  await world.tenure.signIn({ userId: 'user_1', sessionId: 'sess_2', status: 'pending' })
  assert.equal((await assertLive(world, 'sess_2')).status, 'pending')
  const rows = await assertLedger(world, 'sess_1', [
    'sign-in',
    { from: 'active', to: 'pending', askedBy: 'support', at: '2026-01-02T00:00:00Z' },
    { cause: 'expire-deadline', at: 'now-P1DT1H' },
  ])
  assert.equal(rows.length, 3)
})

test('a ledger that differs is told by its first row that does', async () => {
  await using world = await anExpiry()
  const told = async (rows: Parameters<typeof assertLedger>[2]) =>
    (await failureOf(assertLedger(world, 'sess_1', rows))).message.split('\n')[0]
  assert.equal(
    await told(['sign-in', 'end', 'expire-deadline']),
    'row 2 of the ledger is cause task-required, and was expected to be cause end',
  )
  assert.equal(
    await told(['sign-in', 'task-required', { to: 'expired', at: 'now-P1D' }]),
    'row 3 of the ledger is to expired, at 2026-01-04T00:00:00.000Z, and was expected to be to expired, at 2026-01-04T01:00:00.000Z',
  )
  assert.equal(await told(['sign-in']), 'row 2 of the ledger was not expected: cause task-required')
  assert.equal(
    await told(['sign-in', 'task-required', 'expire-deadline', 'abandon-deadline']),
    'row 4 of the ledger is not there: expected cause abandon-deadline',
  )
  assert.equal(
    await told([{ from: null }, 'task-required', { from: null }]),
    'row 3 of the ledger is from pending, and was expected to be from null',
  )
  await assert.rejects(assertLedger(world, 'sess_1', [{ when: 5 } as never]), TypeError)
})

test('any Tenure with its clock is a witness; its story leaves out what it does not know', async () => {
  await using world = await anExpiry()
  const story = await storyOf({ tenure: world.tenure, clock: world.clock }, 'sess_1')
  assert.match(story, /^now {6}2026-01-05T01:00:00.000Z\nsession {2}sess_1 of user_1/)
})

test('a ledger of more rows than a page holds is told whole', async () => {
  await using world = testWorld()
  const tenure = await world.openTenure()
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  for (let round = 0; round < 600; round += 1) {
    await tenure.requireTask('sess_1')
    await tenure.completeTasks('sess_1')
  }
  const story = await storyOf(world, 'sess_1')
  assert.equal(story.match(/tasks-completed/g)?.length, 600)
})
