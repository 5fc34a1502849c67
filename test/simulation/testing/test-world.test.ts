import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { InstantError, PolicyError } from '../../../src/domain/errors.ts'
import { type TestWorld, testWorld, type WorldOptions } from '../../../src/simulation/index.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { MINUTE } from '../../support/sessions.ts'

const DAY = 86_400_000

/** A year of a few users' comings and goings, drawn by the seed; answers all that is left of it, as text. */
async function aYear(options: WorldOptions): Promise<string> {
  await using world = testWorld(options)
  const tenure = await world.openTenure({ sweeps: true, purges: true })
  const heard: string[] = []
  await tenure.on('session.expired', ({ id, at }) => heard.push(`${id} ${at} at ${world.clock.now()}`), {
    name: 'test',
  })
  const { randomness } = world
  const users = Array.from({ length: 5 }, () => world.aUserId())
  for (let week = 0; week < 52; week += 1) {
    const { session } = await tenure.signIn({ userId: randomness.pick(users) })
    await world.advanceBy(1 + randomness.integer(14 * DAY))
    if (randomness.float() < 0.5 && session !== null) await tenure.revoke(session.id)
  }
  await world.advanceBy('P1D')
  const ledger = (await tenure.history({ limit: 1000 })).items
  const exported: string[] = []
  for await (const line of tenure.exportClients()) exported.push(line)
  return JSON.stringify([heard, ledger, exported, world.aSnapshot()])
}

test('the same seed and the same calls make the same ids, the same ledger, and the same of all else, byte for byte', async () => {
  const [first, second, other] = await Promise.all([aYear({ seed: 7 }), aYear({ seed: '7' }), aYear({ seed: 8 })])
  assert.equal(second, first)
  assert.notEqual(other, first)
  assert.match(first, /abandon-deadline/)
})

test('a session that is built moves no id that Tenure makes, and what a test draws moves neither', async () => {
  const ids = async (before: (world: TestWorld) => void) => {
    await using world = testWorld({ seed: 7 })
    before(world)
    const tenure = await world.openTenure()
    const { session } = await tenure.signIn({ userId: 'ann' })
    return [session?.id, session?.clientId, world.aUserId(), world.aUserId()].map((id) => id?.split('_')[1])
  }
  const plain = await ids(() => {})
  assert.equal(new Set(plain).size, 4, 'no two streams are one')
  assert.equal((await ids((world) => world.aSession()))[0], plain[0])
  assert.deepEqual(await ids((world) => world.randomness.bytes(8)), plain)
})

test('with its sweeper each deadline is written down, and told, at its own instant, however far a move goes', async () => {
  await using world = testWorld({ policy: { maximumLifetime: 'PT90M' } })
  const tenure = await world.openTenure({ sweeps: true })
  const late: number[] = []
  await tenure.on(['session.expired', 'session.abandoned'], ({ at }) => late.push(world.clock.now() - at), {
    name: 'test',
  })
  for (let minute = 0; minute < 60; minute += 1) {
    await tenure.signIn({ userId: 'ann' })
    await world.advanceBy('PT1M')
  }
  await world.advanceBy('P365D')
  assert.deepEqual(
    late,
    Array.from({ length: 120 }, () => 0),
  )
  const rows = (await tenure.history({ limit: 1000 })).items
  assert.ok(rows.every(({ at, recordedAt }) => at === recordedAt))
})

test('without jobs nothing is written down until somebody does; with the purger what is over is gone a day after its time', async () => {
  await using quiet = testWorld()
  const tenure = await quiet.openTenure()
  await tenure.signIn({ userId: 'ann' })
  await quiet.advanceBy('P365D')
  assert.equal((await tenure.history()).total, 1)
  await using tidy = testWorld()
  const tidied = await tidy.openTenure({ sweeps: true, purges: true })
  await tidied.signIn({ userId: 'ann' })
  await tidy.advanceTo('2026-03-01T00:00:00Z')
  const isThere = async () => (await tidied.listSessions()).total
  assert.equal(await isThere(), 1)
  await tidy.advanceBy('P1D')
  assert.equal(await isThere(), 0)
})

test('a job of a test on the clock of the world works at its own instant, and moves may name an instant', async () => {
  await using world = testWorld({ start: '2027-05-01T12:00:00+02:00' })
  const tenure = await world.openTenure()
  assert.equal(world.clock.now(), Date.parse('2027-05-01T10:00:00Z'))
  const { session } = await tenure.signIn({ userId: 'ann' })
  const lives: boolean[] = []
  const look = async () => {
    lives.push((await tenure.verify(session?.id ?? '')).live)
    world.clock.setTimeout(look, DAY)
  }
  world.clock.setTimeout(look, DAY)
  await world.advanceTo('now+P9D')
  assert.deepEqual(lives, [true, true, true, true, true, true, false, false, false])
  await world.advanceTo(world.start + 20 * DAY)
  assert.equal(lives.length, 20)
})

test('a store whose answers take real time is waited for, so that its jobs work at their own instants too', async () => {
  await using world = testWorld({ policy: { maximumLifetime: 'P1D' } })
  const store = await openStore('sqlite::memory:', world.clock)
  const slow = new Proxy(store, {
    get(target, name) {
      const call = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return async (...args: unknown[]) => {
        await setTimeout(1)
        return Reflect.apply(call, target, args)
      }
    },
  })
  const tenure = await world.openTenure({ store: slow, sweeps: true })
  for (let day = 0; day < 3; day += 1) {
    await tenure.signIn({ userId: 'ann' })
    await world.advanceBy('P2D')
  }
  await world.advanceBy('P30D')
  const { items } = await tenure.history()
  assert.equal(items.length, 9)
  assert.ok(items.every(({ at, recordedAt }) => at === recordedAt))
})

test('what a job of the world fails with, the move that it was woken by fails with', async () => {
  await using world = testWorld()
  const store = await openStore('sqlite::memory:', world.clock)
  const tenure = await world.openTenure({ store, sweeps: true })
  await tenure.signIn({ userId: 'ann' })
  await store.close()
  await assert.rejects(world.advanceBy('P7D'), { code: 'ERR_STORE_CLOSED' })
})

test('what a job fails with after the last move, closing the world fails with, once', async () => {
  const world = testWorld()
  const store = await openStore('sqlite::memory:', world.clock)
  const tenure = await world.openTenure({ store, sweeps: true })
  await tenure.signIn({ userId: 'ann' })
  await store.close()
  await world.clock.run('P7D')
  await assert.rejects(world.close(), { code: 'ERR_STORE_CLOSED' })
  await world.close()
  assert.equal(world.clock.pending, 0)
})

test('time does not go backwards by a duration: the world stays where it is, and says what to do', async () => {
  await using world = testWorld()
  await assert.rejects(world.advanceBy(-5), { name: 'DurationError', message: /stepBy\(-5\)/ })
  await world.advanceBy(0)
  assert.equal(world.clock.now(), world.start)
})

test('a world has one Tenure open, and once that is closed another: on a file that is a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-world-'))
  try {
    const world = testWorld()
    assert.throws(() => world.tenure, TypeError)
    const store = `sqlite:${join(folder, 'tenure.db')}`
    const before = await world.openTenure({ store, sweeps: true })
    assert.equal(world.tenure, before)
    await assert.rejects(world.openTenure(), TypeError)
    const ids = [(await before.signIn({ userId: 'ann' })).session?.id]
    await before.close()
    assert.equal(world.clock.pending, 0)
    await world.advanceBy('P40D')
    const after = await world.openTenure({ store, sweeps: true })
    ids.push((await after.signIn({ userId: 'ann' })).session?.id)
    assert.equal(new Set(ids).size, 2)
    const { items } = await after.history({ sessionId: ids[0] })
    assert.deepEqual(
      items.map(({ cause, recordedAt }) => [cause, (recordedAt - world.start) / DAY]),
      [
        ['sign-in', 0],
        ['expire-deadline', 40],
        ['abandon-deadline', 40],
      ],
    )
    await world.close()
    await world.close()
    assert.equal(world.clock.pending, 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a policy that is refused and a start that is none are told at once', () => {
  assert.throws(() => testWorld({ policy: { maximumLifetime: 'P1M' } }), PolicyError)
  assert.throws(() => testWorld({ start: '2026-01-01' }), InstantError)
  assert.equal(testWorld({ policy: { inactivityTimeout: 'PT30M' } }).policy.inactivityTimeout, 30 * MINUTE)
})
