import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import type { StoreErrorCode } from '../../src/domain/errors.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { driverFaultOf, faultOf } from '../support/fault-error.ts'
import { execute, urlWith } from '../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

const open = (store: string): Promise<Tenure> => openTenure({ store })

async function madeStore(): Promise<string> {
  const url = await server.createDatabase()
  await using tenure = await open(url)
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  return url
}

test('a server that is not there is unavailable', async () => {
  const nobody = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => nobody.once('listening', resolve))
  const { port } = nobody.address() as AddressInfo
  await new Promise((resolve) => nobody.close(resolve))
  const error = await driverFaultOf(
    open(`postgres://somebody:secret@127.0.0.1:${port}/tenure`),
    'ERR_STORE_UNAVAILABLE',
    /cannot be reached/,
  )
  assert.equal(error.isRetryable, true)
})

test('a server that never answers is given up after the connection timeout', async () => {
  const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as AddressInfo
  const store = `postgres://somebody:secret@127.0.0.1:${port}/tenure`
  const opening = openTenure({ store, postgres: { connectionTimeout: 50 } })
  await driverFaultOf(opening, 'ERR_STORE_UNAVAILABLE', /cannot be reached/)
  await new Promise((resolve) => silent.close(resolve))
})

const REFUSED: Record<string, [parts: Parameters<typeof urlWith>[1], saying: RegExp]> = {
  'another password': [{ password: 'secret' }, /see its name, its password/],
  'a user that it does not know': [{ username: 'nobody_knows' }, /see its name, its password/],
  'a database that it does not have': [{ pathname: '/nowhere' }, /no database of that name: make it/],
}
for (const [what, [parts, saying]] of Object.entries(REFUSED)) {
  test(`a server refuses ${what}, and the message has neither`, async () => {
    const error = await driverFaultOf(open(urlWith(server.url, parts)), 'ERR_STORE_UNAVAILABLE', saying)
    assert.doesNotMatch(error.message, /nobody_knows|nowhere/)
  })
}

test('several processes that open a new database at once all find it made, once', async () => {
  const url = await server.createDatabase()
  const opened = await Promise.all([open(url), open(url), open(url), open(url)])
  await Promise.all(opened.map((tenure, number) => tenure.signIn({ userId: `user_${number}` })))
  await Promise.all(opened.map((tenure) => tenure.close()))
  const versions = await execute(url, 'SELECT version FROM tenure.migrations')
  assert.deepEqual(versions, [{ version: 1 }, { version: 2 }, { version: 3 }])
})

test('a database that a newer Tenure made is refused, and left as it is', async () => {
  const url = await madeStore()
  await execute(url, 'INSERT INTO tenure.migrations VALUES (1000)')
  await faultOf(open(url), 'ERR_STORE_SCHEMA', /has schema 1000, .* knows \d+: update Tenure/)
  await execute(url, 'DELETE FROM tenure.migrations WHERE version = 1000')
  await using tenure = await open(url)
  assert.equal((await tenure.verify('sess_1')).live, true)
})

test("a schema that holds somebody else's tables is refused, and left as it is", async () => {
  const url = await server.createDatabase()
  await execute(url, 'CREATE SCHEMA tenure')
  await execute(url, 'CREATE TABLE tenure.sessions AS SELECT 1 AS mine')
  await driverFaultOf(open(url), 'ERR_STORE_SCHEMA', /tables that are not Tenure's: name another/)
  const tables = "SELECT relname FROM pg_class WHERE relnamespace = 'tenure'::regnamespace AND relkind = 'r'"
  assert.deepEqual(await execute(url, tables), [{ relname: 'sessions' }])
})

const SPOILT: Record<string, string> = {
  'without a table': 'DROP TABLE tenure.ledger',
  'without a column': 'ALTER TABLE tenure.sessions RENAME COLUMN place TO spot',
  'without its schema': 'DROP SCHEMA tenure CASCADE',
}
for (const [what, sql] of Object.entries(SPOILT)) {
  test(`a database ${what} says so when it is written, under an open store too`, async () => {
    const url = await madeStore()
    await using tenure = await open(url)
    await execute(url, sql)
    await driverFaultOf(tenure.signIn({ userId: 'user_2' }), 'ERR_STORE_SCHEMA', /gone|are not as/)
  })
}

test('a database that can only be read is read, and written when it may be', async () => {
  const url = await madeStore()
  const name = new URL(url).pathname.slice(1)
  const set = (value: string) =>
    execute(server.url, `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
  await set('on')
  const tenure = await open(url)
  await driverFaultOf(tenure.end('sess_1'), 'ERR_STORE_READ_ONLY', /may not be written/)
  assert.equal((await tenure.verify('sess_1')).live, true)
  await tenure.close()
  const fresh = openTenure({ store: url, postgres: { schema: 'another' } })
  await driverFaultOf(fresh, 'ERR_STORE_READ_ONLY', /may not be written/)
  await set('off')
  await using again = await open(url)
  assert.equal((await again.end('sess_1')).changed, true)
})

const RIGHTS: Record<string, [limits: string, grants: string, code: StoreErrorCode, saying: RegExp]> = {
  'too few connections': ['CONNECTION LIMIT 1', 'ALL', 'ERR_STORE_UNAVAILABLE', /no connection left: lower poolSize/],
  'no right to write': ['', 'SELECT', 'ERR_STORE_READ_ONLY', /user may not do that: grant it/],
}
for (const [what, [limits, rights, code, saying]] of Object.entries(RIGHTS)) {
  test(`a user with ${what} is told so, and works when that is mended`, async () => {
    const url = await madeStore()
    const role = `tenure_${new URL(url).pathname.slice(-16)}`
    await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'secret' ${limits}`)
    try {
      await execute(url, `GRANT ALL ON SCHEMA tenure TO ${role}`)
      await execute(url, `GRANT ${rights} ON ALL TABLES IN SCHEMA tenure TO ${role}`)
      await using tenure = await open(urlWith(url, { username: role, password: 'secret' }))
      // The first takes the one connection that there is, and both of them want to write.
      const work = () =>
        Promise.all(['sess_2', 'sess_3'].map((sessionId) => tenure.signIn({ userId: 'user_1', sessionId })))
      await driverFaultOf(work(), code, saying)
      await execute(url, `ALTER ROLE ${role} CONNECTION LIMIT -1`)
      await execute(url, `GRANT ALL ON ALL TABLES IN SCHEMA tenure TO ${role}`)
      await work()
      assert.equal((await tenure.listSessions({ userId: 'user_1' })).total, 3)
    } finally {
      await execute(url, `DROP OWNED BY ${role}`)
      await execute(url, `DROP ROLE ${role}`)
    }
  })
}
