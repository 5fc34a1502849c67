import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import test from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../src/domain/clock.ts'
import { linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'
import { get, serving } from '../support/serving.ts'

const SAMPLES = 'examples/clients.ndjson'
const KEY = 'a-key-of-an-operator-with-forty-characters'
const run = promisify(execFile)

test('in development the first start makes a key and shows it once; later starts keep it', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('a/b/tenure.db')}`
  const first = await serving(['--store', store])
  assert.match(first.said(), /shown this once/)
  assert.equal((await get(`${first.url}/v1/clients`, first.key)).status, 200)
  assert.equal(await first.stop(), 0)
  await using second = await serving(['--store', store])
  assert.equal(second.key, null)
  assert.equal((await get(`${second.url}/v1/clients`, first.key)).status, 200)
})

test('a new development key takes the place of the one before', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const first = await serving(['--store', store])
  await first.stop()
  await using second = await serving(['--store', store, '--new-development-key'])
  assert.notEqual(second.key, null)
  assert.equal((await get(`${second.url}/v1/clients`, first.key)).status, 401)
  assert.equal((await get(`${second.url}/v1/clients`, second.key)).status, 200)
})

test('the command lines that are shown work when they are pasted', async (t) => {
  await using service = await serving(['--store', `sqlite:${temporaryFolder(t)('tenure.db')}`, '--samples', SAMPLES])
  const lines = service.said().match(/^ {2}curl .*$/gm) ?? []
  assert.equal(lines.length, 3)
  for (const line of lines) {
    const { stdout } = await run('sh', ['-c', line])
    const answer = JSON.parse(stdout) as Record<string, unknown>
    assert.equal(answer['errors'], undefined, line)
  }
})

test('samples are imported into a store without clients, as if they were taken just now, and not again', async (t) => {
  const args = ['--store', `sqlite:${temporaryFolder(t)('tenure.db')}`, '--samples', SAMPLES]
  const first = await serving(args)
  assert.match(first.said(), /10 sample clients imported/)
  const { json } = await get(`${first.url}/v1/sessions?status=active&paginated=true`, first.key)
  assert.ok((json as { total_count: number }).total_count > 0, 'some of them are live')
  await first.stop()
  await using second = await serving(args)
  assert.doesNotMatch(second.said(), /imported/)
})

test('nobody but this machine is served without a key that somebody made', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const beyond = ['serve', '--store', store, '--port', '0', '--host', '0.0.0.0']
  const refused = await tenure(beyond)
  assert.equal(refused.code, 2)
  assert.match(refused.err, /no key is configured.*tenure keys add/s)
  // The development key is nobody's own.
  await (await serving(['--store', store])).stop()
  assert.equal((await tenure(beyond)).code, 2)
  await using service = await serving(['--store', store, '--host', '0.0.0.0'], { TENURE_API_KEY: KEY })
  const port = new URL(service.url).port
  assert.equal((await get(`http://127.0.0.1:${port}/v1/clients`, KEY)).status, 200)
})

test('the development key lets nobody in where others are served, and is removed', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const first = await serving(['--store', store])
  await first.stop()
  for (const how of [['--host', '0.0.0.0'], ['--production']]) {
    await using service = await serving(['--store', store, ...how], { TENURE_API_KEY: KEY })
    const url = `http://127.0.0.1:${new URL(service.url).port}/v1/clients`
    assert.deepEqual([(await get(url, KEY)).status, (await get(url, first.key)).status], [200, 401])
  }
})

test('a name that is the own of a key of another origin is given to none', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  for (const name of ['development', 'environment', 'a b']) {
    const refused = await tenure(['keys', 'add', name, '--store', store])
    assert.equal(refused.code, 2, name)
  }
})

test('to list signing keys makes no store, and no key', async (t) => {
  const at = temporaryFolder(t)
  const refused = await tenure(['signing-keys', 'list', '--store', `sqlite:${at('none.db')}`])
  assert.equal(refused.code, 2)
  assert.deepEqual(readdirSync(at('.')), [])
})

test('in production no key is made', async (t) => {
  const args = ['serve', '--store', `sqlite:${temporaryFolder(t)('tenure.db')}`, '--port', '0']
  const refused = await tenure(args, { env: { NODE_ENV: 'production' } })
  assert.equal(refused.code, 2)
  assert.match(refused.err, /no key is configured/)
})

test('a key that is made while the service runs works at once, and is kept nowhere', async (t) => {
  const folder = temporaryFolder(t)
  const store = `sqlite:${folder('tenure.db')}`
  await using service = await serving(['--store', store])
  const made = await tenure(['keys', 'add', 'backend', '--scope', 'read', '--store', store])
  const { key } = linesOf(made.out)[0] as { key: string }
  assert.equal((await get(`${service.url}/v1/clients`, key)).status, 200)
  const files = readdirSync(folder('.')).map((name) => readFileSync(folder(name), 'latin1'))
  assert.ok(files.length > 0 && files.every((bytes) => !bytes.includes(key)))
  assert.equal((await tenure(['keys', 'add', 'backend', '--store', store])).code, 2)
  const listed = linesOf((await tenure(['keys', 'list', '--store', store])).out)
  assert.deepEqual(
    listed.map(({ name, scope }) => `${name} ${scope}`),
    ['backend read', 'development write'],
  )
  assert.equal((await tenure(['keys', 'remove', 'backend', '--store', store])).code, 0)
  assert.equal((await tenure(['keys', 'remove', 'backend', '--store', store])).code, 2)
})

test('signing keys are rotated while the service runs, and both are published', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  await using service = await serving(['--store', store])
  const around = { clock: systemClock }
  const before = await get(`${service.url}/.well-known/jwks.json`, null)
  const rotated = linesOf((await tenure(['signing-keys', 'rotate', '--store', store], around)).out)[0] as {
    kid: string
  }
  const after = await get(`${service.url}/.well-known/jwks.json`, null)
  const kids = ({ json }: { json: unknown }) => (json as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  assert.deepEqual(kids(after), [rotated.kid, ...kids(before)])
  const listed = linesOf((await tenure(['signing-keys', 'list', '--store', store], around)).out)
  assert.deepEqual(
    listed.map(({ state, encrypted }) => `${state} ${encrypted}`),
    ['made false', 'active false'],
  )
  const active = kids(before)[0] as string
  assert.equal((await tenure(['signing-keys', 'remove', active, '--store', store], around)).code, 2)
  assert.equal((await tenure(['signing-keys', 'remove', rotated.kid, '--store', store], around)).code, 0)
})

test('signing keys that were kept encrypted are not read without the key, or with another', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const keyOf = (letter: string) => ({ TENURE_ENCRYPTION_KEY: Buffer.alloc(32, letter).toString('base64') })
  // What was in the clear is encrypted with the first start that has a key.
  await (await serving(['--store', store])).stop()
  await (await serving(['--store', store], keyOf('a'))).stop()
  for (const [env, says] of [
    [{}, /are encrypted: set TENURE_ENCRYPTION_KEY/] as const,
    [keyOf('b'), /another key/] as const,
  ]) {
    const refused = await tenure(['serve', '--store', store, '--port', '0'], { env })
    assert.equal(refused.code, 2)
    assert.match(refused.err, says)
  }
  await using service = await serving(['--store', store], keyOf('a'))
  assert.equal((await get(`${service.url}/healthz`, null)).status, 200)
})

test('an address that is taken is said in one line', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const refused = await tenure(['serve', '--store', 'sqlite::memory:', '--port', String(port)])
  assert.deepEqual([refused.code, refused.out], [2, ''])
  assert.match(refused.err, /^tenure: cannot listen at 127.0.0.1, port \d+: another process listens there[^\n]*\n$/)
})

test('every fault of the configuration is a line, and no secret is in any', async () => {
  const env = { TENURE_API_KEY: 'short-secret', TENURE_TOKEN_LIFETIME: 'P1M' }
  const refused = await tenure(['serve', '--store', 'sqlite::memory:', '--port', '99999'], { env })
  assert.equal(refused.code, 2)
  assert.equal(refused.err.trimEnd().split('\n').length, 3)
  assert.doesNotMatch(refused.err, /short-secret/)
})

test('the configuration is printed without its secrets, and nothing is opened', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  const printed = await tenure(['serve', '--store', `sqlite:${path}`, '--print-config'], {
    env: { TENURE_API_KEY: KEY },
  })
  assert.equal(printed.code, 0)
  const config = JSON.parse(printed.out) as Record<string, { value: unknown; from: string }>
  assert.deepEqual(config['apiKey'], { value: '…', from: 'TENURE_API_KEY' })
  assert.deepEqual(config['port'], { value: 8722, from: 'default' })
  assert.throws(() => readFileSync(path))
})

test('templates that are refused are told with their pointers', async (t) => {
  const file = temporaryFolder(t)('templates.json')
  writeFileSync(file, JSON.stringify({ hasura: { claims: { sid: 'x', role: '{{session.nothing}}' } } }))
  const refused = await tenure(['serve', '--store', 'sqlite::memory:', '--templates', file])
  assert.equal(refused.code, 2)
  assert.match(refused.err, /\/hasura\/claims\/?\S* in \S+: is a claim that every token has/)
})

test('a process that is asked to stop finishes, and ends with 0', async (t) => {
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const child = spawnTenure(['serve', '--store', store, '--port', '0', '--log-level', 'silent'])
  let said = ''
  const listening = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk) => {
      said += String(chunk)
      if (said.includes('/v1/sign_in')) resolve()
    })
  })
  await listening
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
  assert.match(said, /stopping/)
})
