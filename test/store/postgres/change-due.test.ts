/** Sweeps that share one server: what another has hold of is passed over, and nobody waits, errs, or does anything twice. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ClientId } from '../../../src/domain/session.ts'
import { audit } from '../../../src/service/audit.ts'
import { sweep } from '../../../src/service/sweep.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store } from '../../../src/store/port.ts'
import type { PostgresOptions } from '../../../src/store/postgres/options.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { otherClient } from '../../support/fault-postgres.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { at } from '../../support/sessions.ts'
import { allOf, aNewClient, changeSession, put, readOne, write } from '../../support/stored.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

/** When every session of {@link filled} is due. */
const DUE = 10_000
const LATER = 20_000

const open = (url: string, options: PostgresOptions = {}): Promise<Store> =>
  openPostgresStore(url, new ManualClock(DUE), options)

/** A database with so many clients of a session each, `a0` and on, due one after the other up to {@link DUE}. */
async function filled(count: number): Promise<string> {
  const url = await server.createDatabase()
  await using store = await open(url)
  const names = Array.from({ length: count }, (_, index) => [`a${index}`, DUE - count + index + 1] as const)
  await put(store, ...names.map(([name, expireAt]) => aNewClient([{ name, expireAt, abandonAt: LATER }], { name })))
  return url
}

/** Sweeps until nothing is due, and answers what was settled. */
async function sweepAll(store: Store): Promise<number> {
  let total = 0
  for (let isDone = false; !isDone; ) {
    const outcome = await sweep({ store })
    total += outcome.settled
    isDone = outcome.isDone
  }
  return total
}

for (const clock of ['process', 'database'] as const) {
  test(`two sweeps at once on 2,000 due sessions share them, and do nothing twice, by the clock of the ${clock}`, async () => {
    const url = await filled(2_000)
    await using one = await open(url, { clock })
    await using other = await open(url, { clock })
    const shares = await Promise.all([sweepAll(one), sweepAll(other)])
    assert.equal(shares[0] + shares[1], 2_000)
    assert.ok(Math.min(...shares) >= 500, `shares of ${shares}`)
    const { rows, total } = await one.listLedger({ limit: 1 })
    assert.equal(rows.length, 1)
    // By the server's clock both deadlines are long past.
    assert.equal(total, clock === 'process' ? 4_000 : 6_000)
    assert.deepEqual(await allOf(audit({ store: one })), [])
  })
}

for (const table of ['clients', 'sessions'] as const) {
  test(`a row of ${table} that somebody has locked is passed over, holds up nobody, and has its turn once it is free`, async () => {
    const url = await filled(20)
    await using store = await open(url, { statementTimeout: 2_000 })
    await using holder = await otherClient(url)
    await holder.query('BEGIN')
    await holder.query(`SELECT FROM tenure.${table} WHERE id IN ('client_a0', 'sess_a0') FOR UPDATE`)
    const { settled, isDone, busy } = await sweep({ store })
    assert.deepEqual([settled, busy, isDone], [19, 0, false])
    await holder.query('COMMIT')
    const outcome = await sweep({ store })
    assert.deepEqual([outcome.settled, outcome.isDone], [1, true])
  })
}

test('a client with a session that somebody is just writing is passed over whole, and told of as busy', async () => {
  const url = await filled(2)
  await using store = await open(url, { statementTimeout: 2_000 })
  await put(
    store,
    aNewClient(
      [
        { name: 'b1', expireAt: DUE, abandonAt: LATER },
        { name: 'b2', expireAt: LATER, abandonAt: LATER },
      ],
      { name: 'b' },
    ),
  )
  await using holder = await otherClient(url)
  await holder.query('BEGIN')
  await holder.query("UPDATE tenure.sessions SET version = version + 1 WHERE id = 'sess_b2'")
  const outcome = await sweep({ store })
  assert.deepEqual([outcome.settled, outcome.busy, outcome.isDone], [2, 1, false])
  await holder.query('COMMIT')
  assert.equal((await sweep({ store })).settled, 1)
})

test('a touch that is under way when a sweep comes, or commits after the sweep has begun, spares its session', async () => {
  const url = await filled(2)
  await using store = await open(url)
  await using holder = await otherClient(url)
  const extend =
    'UPDATE tenure.sessions SET version = version + 1, expire_at = 15000, due_at = 15000, last_active_at = 9'
  await holder.query('BEGIN')
  await holder.query(`${extend} WHERE id = 'sess_a0'`)
  const touching = interposedStore(store, {
    changeDue: async (due, decide) => {
      const decision = await store.changeDue(due, decide)
      await holder.query('COMMIT')
      return decision
    },
  })
  const outcome = await sweep({ store: touching })
  assert.deepEqual([outcome.settled, outcome.isDone], [1, true])
  assert.equal((await readOne(store, 'a0')).sessions[0]?.status, 'active')
})

test('no touch gets in between a sweep that has locked a session and its writing', async () => {
  const url = await filled(1)
  await using store = await open(url)
  await using other = await openPostgresStore(url, new ManualClock(), {})
  const stored = await readOne(other, 'a0')
  let touch: Promise<boolean> | undefined
  const touching = interposedStore(store, {
    changeDue: (due, decide) =>
      store.changeDue(due, (view) => {
        touch = write(other, changeSession(stored, 'a0', { expireAt: at(15_000), lastActiveAt: at(9) }))
        return decide(view)
      }),
  })
  assert.equal((await sweep({ store: touching })).settled, 1)
  assert.equal(await touch, false)
})

test('sweeps at once over clients with many sessions, among writers that lock them in their own order, never deadlock', async () => {
  const url = await server.createDatabase()
  await using store = await open(url)
  const clients = Array.from({ length: 40 }, (_, index) => {
    const sessions = Array.from({ length: 5 }, (__, place) => ({
      name: `c${index}s${place}`,
      expireAt: DUE - ((index * 7 + place * 13) % 40),
      abandonAt: LATER,
    }))
    return aNewClient(sessions, { name: `c${index}` })
  })
  await put(store, ...clients)
  await using other = await open(url)
  await using third = await open(url)
  const ids = clients.map(({ id }) => id)
  const write = async (clientIds: readonly ClientId[]) => {
    for (let count = 0; count < 10; count += 1) {
      await third.change({ clientIds, sessions: 'all' }, ({ clients: [client] }) => ({
        result: null,
        changes: client === undefined ? [] : [changeSession(client, `${client.id.replace('client_', '')}s0`, {})],
      }))
    }
  }
  const shares = await Promise.all([
    sweepAll(store),
    sweepAll(other),
    write(ids).then(() => 0),
    write(ids.toReversed()).then(() => 0),
  ])
  assert.equal(
    shares.reduce((sum, share) => sum + share),
    200,
  )
  assert.deepEqual(await store.findDue(at(DUE), 1), [])
})
