import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../src/domain/clock.ts'
import type { SessionId } from '../../src/domain/session.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/index.ts'
import { openStore } from '../../src/store/open-store.ts'
import { driverFaultOf } from '../support/fault-error.ts'
import { execute, otherClient } from '../support/fault-postgres.ts'
import { CuttingProxy } from '../support/fault-proxy.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { allOf } from '../support/stored.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

const LOST = ['ERR_STORE_UNAVAILABLE', /may have happened/] as const

for (const mode of ['fast', 'immediate'] as const) {
  test(`a server that was stopped ${mode} is unavailable, and the same store works when it is back`, async (t) => {
    if (!server.isOurs) return t.skip('NOT TESTED: the server of TENURE_TEST_POSTGRES_URL is not ours to stop')
    const store = await server.createDatabase()
    await using tenure = await openTenure({ store })
    await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
    await server.stop(mode)
    for (const ask of [() => tenure.verify('sess_1'), () => tenure.end('sess_1'), () => tenure.touch('sess_1')]) {
      const error = await driverFaultOf(ask(), 'ERR_STORE_UNAVAILABLE', /cannot be reached|was lost|shutting down/)
      assert.equal(error.isRetryable, true)
    }
    await server.start()
    assert.equal((await tenure.end('sess_1')).changed, true)
    await server.restart(mode)
    assert.equal((await tenure.verify('sess_1')).live, false)
    assert.equal((await tenure.history()).total, 2)
  })
}

for (const clock of ['process', 'database'] as const) {
  test(`a connection ended in mid-command, by the clock of the ${clock}, writes nothing and can be repeated`, async () => {
    const url = await server.createDatabase()
    await using tenure = await openTenure({ store: url, postgres: { clock } })
    await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
    const ending = whileLocked(
      url,
      () => tenure.end('sess_1'),
      () => execute(url, `SELECT pg_terminate_backend(pid) ${WAITING}`),
    )
    const error = await driverFaultOf(ending, 'ERR_STORE_UNAVAILABLE', /ended the connection|was lost/)
    assert.equal(error.isRetryable, true)
    assert.equal((await tenure.history()).total, 1)
    assert.equal((await tenure.end('sess_1')).changed, true)
    assert.deepEqual(await allOf(tenure.audit()), [])
  })

  for (const [cut, reason] of [
    ['answer', 'repeated'],
    ['question', undefined],
  ] as const) {
    test(`a sign-in whose ${cut} was lost, by the clock of the ${clock}, may have happened, and is repeated safely`, async () => {
      const url = await server.createDatabase()
      await using proxy = await CuttingProxy.before(url)
      await using tenure = await openTenure({ store: proxy.url, postgres: { clock } })
      await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
      const { items } = await tenure.listClients()
      const request = { userId: 'user_1', sessionId: 'sess_2', clientId: items[0]?.id }
      proxy.cutNext(cut, 'sign-in')
      await driverFaultOf(tenure.signIn(request), ...LOST)
      assert.equal(proxy.cuts, 1)
      const outcome = await tenure.signIn(request)
      assert.equal(outcome.changed ? undefined : outcome.reason, reason)
      const ledger = (await tenure.history()).items.map(({ sessionId, to }) => `${sessionId} ${to}`)
      assert.deepEqual(ledger, ['sess_1 active', 'sess_2 active', 'sess_1 replaced'])
      assert.deepEqual(await allOf(tenure.audit()), [])
    })
  }
}

test('a touch whose answer was lost may have happened, and the next one is throttled', async () => {
  const url = await server.createDatabase()
  const clock = new ManualClock(1_800_000_000_000)
  await using proxy = await CuttingProxy.before(url)
  await using tenure = await openTenure({ store: proxy.url, clock })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  clock.advanceBy('PT1H')
  proxy.cutNext('answer', String(clock.now()))
  await driverFaultOf(tenure.touch('sess_1'), ...LOST)
  const outcome = await tenure.touch('sess_1')
  assert.equal(outcome.changed ? undefined : outcome.reason, 'throttled')
})

test('an answer to a question that writes nothing is lost without a word of writing', async () => {
  const url = await server.createDatabase()
  await using proxy = await CuttingProxy.before(url)
  await using tenure = await openTenure({ store: proxy.url })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  proxy.cutNext('answer', 'sess_1')
  const error = await driverFaultOf(tenure.verify('sess_1'), 'ERR_STORE_UNAVAILABLE', /was lost/)
  assert.doesNotMatch(error.message, /may have happened/)
  assert.equal((await tenure.verify('sess_1')).live, true)
})

test('a statement that takes longer than it may is ended, and the command works when nothing holds it up', async () => {
  const url = await server.createDatabase()
  await using tenure = await openTenure({ store: url, postgres: { statementTimeout: 50 } })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  const ending = whileLocked(url, () => tenure.end('sess_1'))
  await driverFaultOf(ending, 'ERR_STORE_UNAVAILABLE', /longer than/)
  assert.equal((await tenure.history()).total, 1)
  assert.equal((await tenure.end('sess_1')).changed, true)
})

test('sixty-four commands that hold a connection each get their turn on a pool of two', async () => {
  const url = await server.createDatabase()
  await using tenure = await openTenure({ store: url })
  const names = Array.from({ length: 64 }, (_, number) => `sess_${number}`)
  await Promise.all(names.map((sessionId) => tenure.signIn({ userId: sessionId, sessionId })))
  await using store = await openStore(url, systemClock, { postgres: { poolSize: 2 } })
  const looked = names.map((id) =>
    store.change({ sessionIds: [id as SessionId], sessions: 'open' }, ({ clients }) => ({
      result: clients.length,
      changes: [],
    })),
  )
  const others = names.map((id) => store.findSession(id as SessionId))
  assert.deepEqual(
    (await Promise.all(looked)).map((decision) => decision?.result),
    names.map(() => 1),
  )
  assert.ok((await Promise.all(others)).every(({ session }) => session !== null))
  await using patient = await openTenure({ store: url, postgres: { poolSize: 2, clock: 'database' } })
  const ended = await Promise.all(names.map((id) => patient.end(id)))
  assert.ok(ended.every(({ changed }) => changed))
})

/** Connections of Tenure's that wait for a lock. */
const WAITING = `FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'tenure' AND wait_event_type = 'Lock'`

/** Gives a command while somebody else has the rows locked, does something once it waits, and lets go when it is over. */
async function whileLocked<T>(url: string, give: () => Promise<T>, meanwhile = async (): Promise<unknown> => null) {
  await using other = await otherClient(url)
  await other.query('BEGIN')
  await other.query('SELECT * FROM tenure.clients FOR UPDATE')
  await other.query('SELECT * FROM tenure.sessions FOR UPDATE')
  const given = give()
  given.catch(() => {})
  while ((await other.query(`SELECT pid ${WAITING}`)).length === 0) await wait(2)
  await meanwhile()
  return await given
}
