import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { SETTINGS } from '../../../src/cli/serve/settings.ts'
import { configFiles, inJson, read, readOnMemory, SOUND } from './serve-sources.ts'

// A store that is said last, so that a test may say another.
const STORE = { TENURE_STORE: 'postgres://db.example/tenure' }

// A seed is for a virtual clock, and that for SQLite.
const VIRTUAL = { TENURE_STORE: 'sqlite::memory:', TENURE_CLOCK: 'virtual' }

for (const { name, flag, hasFlag, variable, hasVariable, schema } of SETTINGS) {
  const [text, other, value] = SOUND[name]
  const around = name === 'seed' ? VIRTUAL : STORE

  test(`${name}: from the file, before the default`, async (t) => {
    const file = configFiles(t)({ store: STORE.TENURE_STORE, [name]: inJson(text) })
    const { config, origins, notes } = await read({ file, env: name === 'seed' ? VIRTUAL : {} })
    assert.deepEqual(config[name], value)
    assert.equal(origins[name], `/${name} in ${file}`)
    // A start is for a virtual clock, and not for the database's.
    assert.equal(notes.length, name === 'start' ? 1 : 0)
  })

  if (hasVariable)
    test(`${name}: from ${variable}, before the file`, async (t) => {
      const file = configFiles(t)({ [name]: inJson(other) })
      const { config, origins } = await read({ file, env: { ...around, [variable]: text } })
      assert.deepEqual(config[name], value)
      assert.equal(origins[name], variable)
    })

  if (hasFlag)
    test(`${name}: from ${flag}, before ${variable} and the file`, async (t) => {
      const file = configFiles(t)({ [name]: inJson(other) })
      const args = [flag, text]
      const { config, origins } = await read({ args, file, env: { ...around, [variable]: other } })
      assert.deepEqual(config[name], value)
      assert.equal(origins[name], flag)
    })

  test(`${name}: an empty variable sets nothing`, async () => {
    const { origins } = await readOnMemory({ env: { [variable]: '' } })
    assert.equal(origins[name], name === 'store' ? '--store' : 'default')
  })

  if (schema.default !== undefined)
    test(`${name}: has its default where nobody set it`, async () => {
      const { config, origins } = await readOnMemory({})
      const fallback = config[name]
      const file = JSON.stringify({ store: 'sqlite::memory:', [name]: schema.default })
      const said = await read({ file: '-', stdin: file })
      assert.deepEqual(said.config[name], fallback)
      assert.equal(origins[name], 'default')
    })
}

test('what counts is judged, and what does not is not looked at', async (t) => {
  const file = configFiles(t)({ port: 'x' })
  const env = { TENURE_PORT: 'y', TENURE_LOG_LEVEL: 'z' }
  const { config } = await readOnMemory({ args: ['--port', '1', '--log-level', 'warn'], env, file })
  assert.deepEqual([config.port, config.logLevel], [1, 'warn'])
})

test('a configuration has every setting, null where there is none, and no other member', async () => {
  const { config, origins } = await readOnMemory({})
  const names = SETTINGS.map(({ name }) => name)
  assert.deepEqual(Object.keys(config), names)
  assert.deepEqual(Object.keys(origins), names)
  const none = names.filter((name) => config[name] === null)
  const secrets = ['apiKey', 'encryptionKey', 'clerkWebhookSecret']
  assert.deepEqual(none, ['policy', 'templates', 'samples', ...secrets, 'issuer', 'publishableKey', 'start', 'seed'])
})

test('a default of time is milliseconds, as every time is', async () => {
  const { config } = await readOnMemory({})
  const { host, port, tokenLifetime, clientTokenLifetime, signingKeyOverlap, refreshWindow, rateLimit } = config
  assert.deepEqual([host, port, tokenLifetime, rateLimit], ['127.0.0.1', 8722, 60_000, 10_000])
  assert.deepEqual(
    [clientTokenLifetime, signingKeyOverlap, refreshWindow],
    [30, 30, 1].map((days) => days * 86_400_000),
  )
})

test('--config goes before TENURE_CONFIG, and - is standard input', async (t) => {
  const write = configFiles(t)
  const [a, b] = [write({ port: 1 }, 'a.json'), write({ port: 2 }, 'b.json')]
  const env = { TENURE_CONFIG: b }
  assert.equal((await readOnMemory({ env })).config.port, 2)
  assert.equal((await readOnMemory({ env, args: ['--config', a] })).config.port, 1)
  const piped = await readOnMemory({ env, args: ['--config', '-'], stdin: '{"port": 3, "policy": "p.json"}' })
  assert.deepEqual([piped.config.port, piped.origins.port], [3, '/port in standard input'])
  assert.equal(piped.config.policy, 'p.json')
})

test('a relative path in the file counts from its folder, and every other from the working directory', async (t) => {
  const file = configFiles(t)({ store: 'sqlite:data/t.db', policy: '../p.json', templates: '/t.json', samples: '-' })
  const inFile = (await read({ file })).config
  assert.equal(inFile.store, `sqlite:${join(dirname(file), 'data/t.db')}`)
  assert.equal(inFile.policy, join(dirname(dirname(file)), 'p.json'))
  assert.deepEqual([inFile.templates, inFile.samples], ['/t.json', '-'])
  const args = ['--store', 'sqlite:t.db', '--policy', 'p.json']
  const outside = (await read({ file, args, env: { TENURE_TEMPLATES: './t.json' } })).config
  assert.deepEqual([outside.store, outside.policy, outside.templates], ['sqlite:t.db', 'p.json', './t.json'])
  const memory = configFiles(t)({ store: 'sqlite::memory:' }, 'memory.json')
  assert.equal((await read({ file: memory })).config.store, 'sqlite::memory:')
})

test('a boolean flag may stand alone', async () => {
  const { config } = await readOnMemory({ args: ['--production', '--new-development-key', 'false'] })
  assert.deepEqual([config.production, config.newDevelopmentKey], [true, false])
})

test('production, where nobody set it: with NODE_ENV=production, and on a host that others reach', async () => {
  const NODE_ENV = 'production'
  const rows = [
    [[], {}, false, 'default'],
    [['--host', 'localhost'], { NODE_ENV: 'test' }, false, 'default'],
    [[], { NODE_ENV }, true, 'NODE_ENV'],
    [['--host', '0.0.0.0'], {}, true, 'host'],
    [['--host', '0.0.0.0', '--production', 'false'], { NODE_ENV }, false, '--production'],
  ] as const
  for (const [args, env, production, origin] of rows) {
    const { config, origins } = await readOnMemory({ args, env })
    assert.deepEqual([config.production, origins.production], [production, origin], args.join(' '))
  }
})

test('an encryption key is its 32 bytes, in base64 or base64url, with padding or without', async () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
  for (const encoding of ['base64', 'base64url'] as const) {
    const text = Buffer.from(bytes).toString(encoding).replace('=', '')
    for (const TENURE_ENCRYPTION_KEY of [text, `${text}=`]) {
      const { config } = await readOnMemory({ env: { TENURE_ENCRYPTION_KEY } })
      assert.deepEqual(config.encryptionKey, bytes)
    }
  }
})

test('a slip in the name of a variable is told of, with the nearest name; what tests set is not', async () => {
  const env = {
    TENURE_TOKEN_LIFETME: 'PT1M',
    TENURE_LIFETIME: '',
    TENURE_ZZZZZZ: 'x',
    'TENURE_\u001b[2J': 'x',
    TENURE_TEST_POSTGRES: 'x',
    TENURE_CRASH_ROUNDS: '1',
    TENURE_FUZZ_SEED: '1',
    TENUREX: 'x',
  }
  const { notes } = await readOnMemory({ env })
  const slip = 'is no setting, and nothing reads it'
  assert.deepEqual(notes, [
    `TENURE_\\u{1b}[2J ${slip}`,
    `TENURE_LIFETIME ${slip}: did you mean TENURE_TOKEN_LIFETIME?`,
    `TENURE_TOKEN_LIFETME ${slip}: did you mean TENURE_TOKEN_LIFETIME?`,
    `TENURE_ZZZZZZ ${slip}`,
  ])
})

test('a development key that production does not make is told of', async () => {
  const { notes } = await readOnMemory({ args: ['--new-development-key', '--production'] })
  assert.deepEqual(notes, ['--new-development-key: does nothing, as no development key is made in production'])
})
