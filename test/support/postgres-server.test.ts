import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const given = process.env['TENURE_TEST_POSTGRES_URL'] ? 'the server is a given one' : false

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

test('two databases of one server see nothing of each other', async () => {
  const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()])
  await firstValue(one, 'CREATE TABLE held AS SELECT 1 AS value')
  assert.equal(await firstValue(one, 'SELECT value FROM held'), 1)
  await assert.rejects(firstValue(other, 'SELECT value FROM held'), { code: '42P01' })
})

test('text sorts as in a language, and is UTF-8', { skip: given }, async () => {
  assert.equal(await firstValue(server.url, `SELECT 'a' < 'Z' AND char_length('é') = 1`), true)
})

for (const mode of ['fast', 'immediate'] as const) {
  test(`a server stopped ${mode} refuses, and comes back at its address with its data`, { skip: given }, async () => {
    const database = await server.createDatabase()
    await firstValue(database, 'CREATE TABLE held AS SELECT 1 AS value')
    await server.stop(mode)
    await assert.rejects(firstValue(database, 'SELECT 1'), { code: 'ECONNREFUSED' })
    await server.start()
    assert.equal(await firstValue(database, 'SELECT value FROM held'), 1)
  })
}

test('a restart ends the connections there are', { skip: given }, async () => {
  const client = new Client(server.url)
  await client.connect()
  // Not events.once(), which the error on the way there would reject.
  const lost = new Promise<void>((resolve) => client.on('error', () => {}).once('end', resolve))
  await server.restart('immediate')
  await lost
  assert.equal(await firstValue(server.url, 'SELECT 1'), 1)
})

test('a start that fails says what the server said', { skip: given }, async () => {
  await assert.rejects(server.start(), /"start \d+" failed[\s\S]*the server is running already/)
})

test('a server disposed of leaves neither process nor folder', { skip: given }, async () => {
  const own = await startPostgres()
  const folder = await folderOf(own.url)
  assert.ok(existsSync(folder))
  await own[Symbol.asyncDispose]()
  assert.ok(!existsSync(folder))
  await assert.rejects(firstValue(own.url, 'SELECT 1'), { code: 'ECONNREFUSED' })
})

test('a server outlives a killed test process by a moment only', { skip: given }, async () => {
  const module = JSON.stringify(new URL('postgres-server.ts', import.meta.url))
  const code = `const { startPostgres } = await import(${module})
    console.log((await startPostgres()).url)
    setInterval(() => {}, 1000)`
  const killed = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(killed.stdout, 'data')
  const url = String(line).trim()
  const folder = await folderOf(url)
  killed.kill('SIGKILL')
  while (existsSync(folder)) await wait(10)
  await assert.rejects(firstValue(url, 'SELECT 1'), { code: 'ECONNREFUSED' })
})

test('a given server keeps what it had, and loses the databases made on it', async () => {
  const mine = await server.createDatabase()
  const guest = await startPostgres(server.url)
  assert.equal(guest.isOurs, false)
  const database = await guest.createDatabase()
  assert.equal(await firstValue(database, 'SELECT 1'), 1)
  await assert.rejects(guest.restart(), /not ours/)
  await guest[Symbol.asyncDispose]()
  await assert.rejects(firstValue(database, 'SELECT 1'), { code: '3D000' })
  assert.equal(await firstValue(mine, 'SELECT 1'), 1)
})

async function folderOf(url: string): Promise<string> {
  return dirname(String(await firstValue(url, 'SHOW data_directory')))
}

/** The first column of the first row, where there is one. */
async function firstValue(url: string, sql: string): Promise<unknown> {
  const client = new Client(url)
  try {
    await client.connect()
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}
