/** Queues that pg-boss keeps, on a real server: with somebody's own workers beside them, made by several at once, cut off. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PgBoss } from 'pg-boss'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { engineStatementsOf } from '../../../src/store/postgres/pg-boss/statements.ts'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { execute, urlWith } from '../../support/fault-postgres.ts'
import { CuttingProxy } from '../../support/fault-proxy.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { aJob, aPlace, drain, namesOf, putterOf } from '../../support/queues.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

/** Somebody's own engine on the same database. */
async function theirBoss(url: string, schema = 'pgboss') {
  const boss = new PgBoss({ connectionString: url, schema, max: 1, supervise: false, schedule: false })
  await boss.start()
  return Object.assign(boss, { [Symbol.asyncDispose]: () => boss.stop({ graceful: false }) })
}

const event = (type: string, id: number) => ({ type, data: JSON.stringify({ type, id, text: '\0 \ud800 é' }) })

test("whoever subscribes a queue of their own gets each publication of that type once, in order and with the jobs' fate", async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues()
  await using boss = await theirBoss(url)
  for (const name of ['expiries', 'everything']) {
    await boss.createQueue(name)
    await boss.subscribe('session.expired', name)
  }
  await boss.subscribe('session.ended', 'everything')
  const publications = [1, 2, 3].flatMap((id) => [event('session.expired', id), event('session.ended', id)])
  const write = { jobs: [aJob('a1')], publications: [...publications, event('session.created', 9)], place: aPlace() }
  assert.equal(await queues.put(write), true)
  // The place has moved on: nothing is published.
  assert.equal(await queues.put(write), false)
  const dataOf = async (name: string) => (await boss.fetch<object>(name, { batchSize: 100 })).map(({ data }) => data)
  const told = (type: string, id: number) => ({ type, id, text: '\ufffd \ufffd é' })
  assert.deepEqual(
    await dataOf('expiries'),
    [1, 2, 3].map((id) => told('session.expired', id)),
  )
  assert.deepEqual(
    await dataOf('everything'),
    [1, 2, 3].flatMap((id) => [told('session.expired', id), told('session.ended', id)]),
  )
  assert.deepEqual(await drain(queues), ['a1'])
})

test('a queue of theirs that refuses what is published is told of, and everybody else gets it', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const faults: unknown[] = []
  const queues = await store.openQueues({ onFault: (error) => faults.push(error) })
  await using boss = await theirBoss(url)
  // Such a queue wants a key with each job.
  await boss.createQueue('a-strict', { policy: 'key_strict_fifo' })
  await boss.createQueue('b-plain')
  for (const name of ['a-strict', 'b-plain']) await boss.subscribe('session.expired', name)
  const publications = [event('session.expired', 1)]
  assert.equal(await queues.put({ jobs: [aJob('a1')], publications, place: aPlace() }), true)
  assert.equal(faults.length, 1)
  assert.match(String((faults[0] as Error).cause), /singletonKey/)
  assert.equal((await boss.fetch('b-plain')).length, 1)
  assert.deepEqual(await drain(queues), ['a1'])
})

test('of three that open queues at once each has them, in the schema that was named', async () => {
  const url = await server.createDatabase()
  const opened = await Promise.all(
    [1, 2, 3].map(async (who) => {
      const store = await openPostgresStore(url, new ManualClock(), { queueSchema: 'our_queues' })
      const queues = await store.openQueues()
      const place = aPlace({ id: `relay-${who}` })
      assert.equal(await queues.put({ jobs: [aJob(`a${who}`)], publications: [], place }), true)
      return { store, queues }
    }),
  )
  const [first] = opened
  assert.ok(first)
  assert.deepEqual([...(await drain(first.queues))].sort(), ['a1', 'a2', 'a3'])
  const schemas = await execute(url, "SELECT nspname FROM pg_namespace WHERE nspname IN ('pgboss', 'our_queues')")
  assert.deepEqual(schemas, [{ nspname: 'our_queues' }])
  await Promise.all(opened.map(({ store }) => store.close()))
})

test('what is redriven has the lease of whoever buried it, and not of whoever redrives it', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues({ lease: 120_000 as DurationMs })
  await putterOf(store, queues)([aJob('a1'), aJob('b1')])
  for (const job of await queues.take(aJob('a1').queue, 2)) await queues.bury(job, 'why')
  const others = await store.openQueues()
  const [dead] = await others.listDead(aJob('a1').queue, { limit: 1 })
  assert.equal(await others.redrive(aJob('a1').queue, [dead?.id ?? '']), 1)
  assert.equal(await others.redrive(aJob('a1').queue), 1)
  const leases = await execute(url, "SELECT expire_seconds FROM pgboss.job WHERE state = 'created' AND data ? 'text'")
  assert.deepEqual(leases, [{ expire_seconds: 120 }, { expire_seconds: 120 }])
})

test('a schema of queues is 1 to 50 small letters, digits and _', async () => {
  for (const queueSchema of ['', 'A', '1a', 'pg_a', 'a-b', 'a"b', 'x'.repeat(51)]) {
    await assert.rejects(openPostgresStore(server.url, new ManualClock(), { queueSchema }), {
      name: 'TypeError',
      message: /^queueSchema is /,
    })
  }
})

/** As it goes out: `READ COMMITTED` is another. */
const COMMIT = 'COMMIT\0'

test('a connection that is cut leaves nothing of a put that was not committed, and all of one that was', async () => {
  await using proxy = await CuttingProxy.before(await server.createDatabase())
  await using store = await openPostgresStore(proxy.url, new ManualClock())
  const queues = await store.openQueues()
  const put = putterOf(store, queues)
  const placeOf = async () => (await store.findItem('place', 'relay'))?.version
  await put([aJob('a1')])
  for (const sign of ['INSERT INTO pgboss', COMMIT]) {
    proxy.cutNext('question', sign)
    await assert.rejects(put([aJob('a2')]), { code: 'ERR_STORE_UNAVAILABLE' })
    assert.equal(await placeOf(), 1)
  }
  proxy.cutNext('answer', COMMIT)
  await assert.rejects(put([aJob('a3')]), { code: 'ERR_STORE_UNAVAILABLE', message: /may have happened$/ })
  assert.equal(await placeOf(), 2)
  assert.equal(proxy.cuts, 3)
  await put([aJob('a4')])
  assert.deepEqual(await drain(queues), ['a1', 'a3', 'a4'])
})

/** How many rows each step of a statement has read, by the server's own account of a run. */
function rowsRead(step: PlanStep): readonly number[] {
  const { Plans: inner = [], 'Actual Loops': loops, 'Actual Rows': rows } = step
  return [loops * (rows + (step['Rows Removed by Filter'] ?? 0)), ...inner.flatMap(rowsRead)]
}

interface PlanStep {
  readonly Plans?: readonly PlanStep[]
  readonly 'Actual Loops': number
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
}

test('who takes some reads few of those that wait, whether the table was analyzed or not', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues()
  const put = putterOf(store, queues)
  await put(Array.from({ length: 2000 }, (_, index) => ({ ...aJob('a1'), key: `${index}` })))
  const take = `EXPLAIN (ANALYZE, FORMAT JSON) ${engineStatementsOf('pgboss').take}`
  for (const prepare of ['SELECT', 'ANALYZE pgboss.job']) {
    await execute(url, prepare)
    const [row] = (await execute(url, take, ['work', '10'])) as { 'QUERY PLAN': { Plan: PlanStep }[] }[]
    const read = rowsRead(row?.['QUERY PLAN'][0]?.Plan as PlanStep)
    assert.ok(Math.max(...read) >= 10 && Math.max(...read) < 100, `after ${prepare}: ${read.join(', ')}`)
  }
  assert.equal((await queues.take('work', 3000)).length, 1980)
})

test('of those who take at once each gets jobs of its own, in their order, and no key is had by two', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues()
  const names = Array.from({ length: 300 }, (_, index) => `${'abcdefghijklmnopqrst'[index % 20]}${index}`)
  await putterOf(store, queues)(names.map((name) => aJob(name)))
  const held = new Set<string>()
  const done: string[] = []
  const work = async () => {
    while (done.length < names.length) {
      const jobs = await queues.take('work', 3)
      for (const { key } of jobs) {
        assert.ok(!held.has(key), `${key} is had by two`)
        held.add(key)
      }
      done.push(...namesOf(jobs))
      await new Promise(setImmediate)
      for (const { key } of jobs) held.delete(key)
      await queues.finish(jobs)
    }
  }
  await Promise.all([work(), work(), work(), work()])
  for (const key of 'abcdefghijklmnopqrst') {
    const ofKey = (all: readonly string[]) => all.filter((name) => name.startsWith(key))
    assert.deepEqual(ofKey(done), ofKey(names))
  }
})

test('a queue that others have removed meanwhile is made again by who puts in next', async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues()
  const put = putterOf(store, queues)
  await put([aJob('a1')])
  await execute(url, 'DELETE FROM pgboss.job')
  await execute(url, 'DELETE FROM pgboss.queue')
  await put([aJob('a2')])
  assert.deepEqual(namesOf(await queues.take('work', 10)), ['a2'])
})

test("a queue of that name that is not Tenure's is left alone", async () => {
  const url = await server.createDatabase()
  await using store = await openPostgresStore(url, new ManualClock())
  const queues = await store.openQueues()
  await using boss = await theirBoss(url)
  await boss.createQueue('work')
  await assert.rejects(putterOf(store, queues)([aJob('a1')]), {
    code: 'ERR_STORE_SCHEMA',
    message: /not Tenure's: name another$/,
  })
  assert.deepEqual(await store.listItems('place'), [])
})

test('who may not make schemas is told so, and opens queues in a schema that is theirs', async () => {
  const url = await server.createDatabase()
  const role = `limited_${new URL(url).pathname.slice(1)}`
  await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
  const store = await openPostgresStore(url, new ManualClock())
  await store.close()
  await execute(url, `GRANT USAGE ON SCHEMA tenure TO ${role}`)
  await execute(url, `GRANT ALL ON ALL TABLES IN SCHEMA tenure TO ${role}`)
  const theirs = urlWith(url, { username: role, password: 'secret' })
  await using limited = await openPostgresStore(theirs, new ManualClock())
  await assert.rejects(limited.openQueues(), {
    code: 'ERR_STORE_READ_ONLY',
    message: /make it the owner of a schema pgboss$/,
  })
  await execute(url, `CREATE SCHEMA pgboss AUTHORIZATION ${role}`)
  const queues = await limited.openQueues()
  await putterOf(limited, queues)([aJob('a1')])
  assert.deepEqual(await drain(queues), ['a1'])
})
