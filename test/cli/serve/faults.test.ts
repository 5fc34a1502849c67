/** What is said of a configuration that is refused: a line a fault, with where it came from and what to do. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { UsageError } from '../../../src/cli/io.ts'
import { MAXIMUM_CONFIG_SIZE } from '../../../src/cli/serve/config-file.ts'
import { SETTINGS } from '../../../src/cli/serve/settings.ts'
import { configFiles, faultsOf, read, readOnMemory } from './serve-sources.ts'

const MEMORY = { TENURE_STORE: 'sqlite::memory:' }
const SHA = '0'.repeat(64)
const DURATION = 'a duration is ISO 8601 text, such as P7D, PT30M or P1DT12H'
const ADDRESS = 'must be an address or a host name, without brackets and without a port'
const IPV6 = 'is no IPv6 address; the port is a setting of its own, and brackets go'
const ISSUER = 'must be an http or https URL with neither credentials nor query nor a slash at its end'
const KEY = 'must be 32 to 512 characters of ASCII without white space: openssl rand -base64 32 makes them'
const BYTES = 'must be 32 bytes in base64 or base64url: openssl rand -base64 32 makes them'
const WEBHOOK_SECRET = 'must be whsec_ with 24 to 64 bytes in base64 behind it, as the endpoint at Clerk shows it'
const URL_OF_STORE = 'must be sqlite:PATH, sqlite::memory: or postgres://…'

/** Settings, texts that none of them takes, and what is said of each. */
const UNSOUND = [
  ['store', ['', 'x', 'sqlite:', 'sqlite::memory', 'sqlite://t.db', 'sqlite:file:t.db', 'mysql://h/d'], URL_OF_STORE],
  ['host', ['', '[::1]', 'a b', 'http://x', '*'], ADDRESS],
  ['host', ['127.0.0.1:80', 'beef:80', ':::'], IPV6],
  [
    'port',
    ['', '-1', '1.0', '1e3', '0x50', ' 80', '+1', '65536', '9'.repeat(400)],
    'must be a whole number from 0 to 65535',
  ],
  ['policy', ['', 'p'.repeat(4097)], 'must be the path of a file'],
  ['apiKey', ['k'.repeat(31), 'k'.repeat(513), `${'k'.repeat(40)} k`, `${'k'.repeat(40)}\n`, 'é'.repeat(32)], KEY],
  ['newDevelopmentKey', ['', '1', 'yes', 'TRUE'], 'must be true or false'],
  [
    'encryptionKey',
    ['A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}B`, `${'A'.repeat(41)}+_`, '0'.repeat(64)],
    BYTES,
  ],
  [
    'clerkWebhookSecret',
    [
      'whsec_',
      'A'.repeat(32),
      `whsec_${'A'.repeat(31)}`,
      `whsec_${'A'.repeat(87)}=`,
      `whsec_${'A'.repeat(33)}`,
      `whsec_${'A'.repeat(33)}B==`,
      `whsec_${'A'.repeat(31)}_`,
    ],
    WEBHOOK_SECRET,
  ],
  [
    'issuer',
    ['x', 'ftp://a', 'https://', 'https://a/', 'https://a?b', 'https://a#b', 'https://u:p@a', 'https:///a'],
    ISSUER,
  ],
  ['issuer', ['https://a:b', 'https://[a'], 'is no URL; give one such as https://sessions.example'],
  [
    'publishableKey',
    ['x', 'pk_live_', 'pk_prod_YQ', 'sk_live_YQ'],
    'must be pk_test_ or pk_live_ with base64 behind it',
  ],
  ['tokenLifetime', ['', '60', 'PT', '1m'], DURATION],
  ['tokenLifetime', ['P1M'], 'a duration has a fixed length: count in days (P30D), not in months or years'],
  ['tokenLifetime', ['PT0S'], 'a duration is positive'],
  ['tokenLifetime', ['PT25H'], 'must be at most P1D'],
  ['tokenLifetime', [`P${'0'.repeat(64)}1D`], 'must be a duration in ISO 8601 text, such as P7D or PT30M'],
  ['bodyLimit', ['1023', '8388609', '64k'], 'must be a whole number from 1024 to 8388608'],
  ['logLevel', ['', 'trace', 'INFO'], 'must be silent, error, warn, info or debug'],
  ['clock', ['system'], 'must be process, database or virtual'],
  ['clock', ['database'], 'must be process or virtual: SQLite has no clock of its own'],
  ['start', [''], 'must be an instant: ISO 8601 with a zone, epoch milliseconds, now, or now+P7D'],
  [
    'start',
    ['2026-01-01T00:00'],
    'an ISO 8601 instant needs a time and a zone: end it with Z or an offset such as +02:00',
  ],
  ['seed', ['', '-1', '1.5', 'x', '9007199254740992'], 'must be a whole number from 0 to 9007199254740991'],
] as const

for (const [name, texts, message] of UNSOUND) {
  test(`${name}: ${message}`, async (t) => {
    const { flag, hasFlag, variable } = SETTINGS.find((setting) => setting.name === name) ?? assert.fail()
    for (const text of texts) {
      if (hasFlag)
        assert.deepEqual(await faultsOf({ env: MEMORY, args: [`${flag}=${text}`] }), [`${flag}: ${message}`], text)
      if (text !== '')
        assert.deepEqual(await faultsOf({ env: { ...MEMORY, [variable]: text } }), [`${variable}: ${message}`])
      const file = configFiles(t)({ store: 'sqlite::memory:', [name]: text })
      assert.deepEqual(await faultsOf({ file }), [`/${name} in ${file}: ${message}`], text)
    }
  })
}

test('a value of another type than its setting has is told of, for every setting', async (t) => {
  const write = configFiles(t)
  for (const { name } of SETTINGS) {
    for (const value of [null, { a: 1 }, 1.5, [1]]) {
      const file = write({ store: 'sqlite::memory:', [name]: value })
      const faults = await faultsOf({ file })
      const place = name === 'apiKeys' && Array.isArray(value) ? '/apiKeys/0' : `/${name}`
      assert.equal(faults.length, 1, `${name}: ${faults.join('; ')}`)
      assert.ok(faults[0]?.startsWith(`${place} in ${file}: must be `), faults[0])
      assert.doesNotMatch(String(faults[0]), /undefined|must be text/)
    }
  }
})

test('a seed is taken by a virtual clock only', async (t) => {
  const why =
    'is for tests by a virtual clock only, as ids and secrets made from a seed can be guessed: set clock to virtual, or leave the seed out'
  assert.deepEqual(await faultsOf({ env: MEMORY, args: ['--seed', '0'] }), [`--seed: ${why}`])
  assert.deepEqual(await faultsOf({ env: { ...MEMORY, TENURE_SEED: '7', TENURE_CLOCK: 'process' } }), [
    `TENURE_SEED: ${why}`,
  ])
  const file = configFiles(t)({ store: 'postgres://db.example/t', clock: 'database', seed: 7 })
  assert.deepEqual(await faultsOf({ file }), [`/seed in ${file}: ${why}`])
  const { config } = await readOnMemory({ args: ['--seed', '9007199254740991', '--clock', 'virtual'] })
  assert.equal(config.seed, Number.MAX_SAFE_INTEGER)
})

test('a store is needed', async () => {
  const how = 'give --store sqlite:PATH or --store postgres://…, or set TENURE_STORE, or store in a config file'
  assert.deepEqual(await faultsOf({}), [`no store is named: ${how}`])
  assert.deepEqual(await faultsOf({ env: { TENURE_STORE: '' } }), [`no store is named: ${how}`])
})

test('no token outlives the key that verifies it; at exactly the overlap it does not', async () => {
  const why = ', or tokens outlive the key that verifies them; shorten the one or lengthen the other'
  const client = (lifetime: string, overlap: string) =>
    `clientTokenLifetime (${lifetime}) may not exceed signingKeyOverlap (${overlap})${why}`
  const faults = (...args: string[]) => faultsOf({ env: MEMORY, args })
  assert.deepEqual(await faults('--client-token-lifetime', 'P31D'), [
    `--client-token-lifetime: ${client('P31D', 'P30D')}`,
  ])
  assert.deepEqual(await faults('--signing-key-overlap', 'P29D'), [`--signing-key-overlap: ${client('P30D', 'P29D')}`])
  const short = ['--signing-key-overlap', 'PT2M', '--client-token-lifetime', 'PT2M']
  assert.deepEqual(await faults(...short, '--token-lifetime', 'PT2M1S'), [
    `--token-lifetime: tokenLifetime (PT2M1S) may not exceed signingKeyOverlap (PT2M)${why}`,
  ])
  await readOnMemory({ args: [...short, '--token-lifetime', 'PT2M'] })
})

test('the keys of backends: each fault at its place in the file', async (t) => {
  const key = { name: 'a', scope: 'read', sha256: SHA }
  const rows = [
    [[key, { ...key, sha256: '1'.repeat(64) }], "/1/name in FILE: is another key's name: each has its own"],
    [
      [
        { ...key, sha256: 'a'.repeat(64) },
        { ...key, name: 'b', sha256: 'A'.repeat(64) },
      ],
      "/1/sha256 in FILE: is another key's sha256: each has its own",
    ],
    ...['environment', 'development'].map((name) => [
      [{ ...key, name }],
      '/0/name in FILE: is taken: environment and development are keys that Tenure names itself',
    ]),
    ...['', '-a', 'a b', 'a'.repeat(65)].map((name) => [
      [{ ...key, name }],
      '/0/name in FILE: must be 1 to 64 letters, digits, ".", "_" and "-", a letter or a digit first',
    ]),
    [[{ ...key, scope: 'admin' }], '/0/scope in FILE: must be read or write'],
    [[{ ...key, sha256: 'x' }], '/0/sha256 in FILE: must be a SHA-256 of 64 hexadecimal digits'],
    [[{ name: 'a', scope: 'read' }], '/0/sha256 in FILE: is needed here: a SHA-256 of 64 hexadecimal digits'],
    [[{ ...key, scopee: 1 }], '/0/scopee in FILE: must not be here: did you mean scope?'],
    [[{ ...key, key: 1 }], '/0/key in FILE: must not be here: there are only name, scope and sha256'],
    [['a'], '/0 in FILE: must be a JSON object with name, scope and sha256'],
    [{}, ' in FILE: must be a list of at most 1000 JSON objects with name, scope and sha256'],
  ]
  for (const [apiKeys, line] of rows) {
    const file = configFiles(t)({ store: 'sqlite::memory:', apiKeys })
    assert.deepEqual(await faultsOf({ file }), [`/apiKeys${String(line).replace('FILE', file)}`])
  }
})

test('a member of the file that is no setting is refused, with the nearest one', async (t) => {
  const file = configFiles(t)(
    '{ "store": "sqlite::memory:", "tokenLifetme": 1, "api_key": 2, "zzz/~\\u202e": 3, "__proto__": 4, "toString": 5 }',
  )
  assert.deepEqual(await faultsOf({ file }), [
    `/tokenLifetme in ${file}: must not be here: did you mean tokenLifetime?`,
    `/api_key in ${file}: must not be here: did you mean apiKey?`,
    `/zzz~1~0\\u{202e} in ${file}: must not be here: there is no such setting`,
    `/__proto__ in ${file}: must not be here: there is no such setting`,
    `/toString in ${file}: must not be here: there is no such setting`,
  ])
})

test('a setting where it may not be is refused, with where it may', async () => {
  const secret = (variable: string, name: string) =>
    `every list of processes would show the secret: set ${variable}, or ${name} in a config file`
  const list = 'is not read: set apiKeys in a config file, and name that with --config'
  const args = ['--api-key', 'x', '--encryption-key', '--api-keys=x']
  assert.deepEqual(await faultsOf({ args, env: { ...MEMORY, TENURE_API_KEYS: '[]' } }), [
    `--api-key: ${secret('TENURE_API_KEY', 'apiKey')}`,
    `--api-keys: ${list}`,
    `TENURE_API_KEYS: ${list}`,
    `--encryption-key: ${secret('TENURE_ENCRYPTION_KEY', 'encryptionKey')}`,
  ])
})

test('standard input is read once', async () => {
  const once = 'standard input can be read only once'
  const args = ['--policy', '-', '--samples', '-']
  assert.deepEqual(await faultsOf({ args, env: MEMORY }), [`--samples: ${once}`])
  assert.deepEqual(await faultsOf({ args, env: { ...MEMORY, TENURE_CONFIG: '-' }, stdin: '{}' }), [
    `--policy: ${once}`,
    `--samples: ${once}`,
  ])
})

test('every fault is told at once, wherever it is', async (t) => {
  const file = configFiles(t)({ bodyLimit: 1, hots: 'x', issuer: 'http://h:p' })
  const faults = await faultsOf({
    args: ['--port', 'x'],
    env: { TENURE_LOG_LEVEL: 'x', TENURE_SWEEP_INTERVAL: 'x' },
    file,
  })
  assert.deepEqual(
    faults.map((line) => line.split(/: | in /)[0]),
    ['/hots', '--port', '/bodyLimit', 'TENURE_LOG_LEVEL', 'TENURE_SWEEP_INTERVAL', 'no store is named', '/issuer'],
  )
})

test('a config file that is none: one line, and nothing of what is in it but names', async (t) => {
  const write = configFiles(t)
  const rows: [unknown, string][] = [
    ['', 'FILE: the text ends before the document does; was it cut off?'],
    ['{"port": x1}', 'FILE: the text is not JSON: invalid symbol at column 10'],
    ['{"port": 1, "port": 2}', '/port in FILE: is named twice in its object; keep one of the two'],
    ['[]', 'FILE: must be a JSON object with settings, such as {"port": 8722}'],
    ['null', 'FILE: must be a JSON object with settings, such as {"port": 8722}'],
    [Uint8Array.of(0x7b, 0xff), 'FILE: the bytes are not UTF-8; save the config file as UTF-8'],
    ['{}'.padEnd(MAXIMUM_CONFIG_SIZE + 1), 'FILE: the config file is larger than 64 KiB'],
  ]
  for (const [content, line] of rows) {
    const file = write(content)
    await assert.rejects(readOnMemory({ file }), new UsageError(line.replace('FILE', file)))
  }
  await readOnMemory({ file: write('\ufeff{}'.padEnd(MAXIMUM_CONFIG_SIZE - 2)) })
})

test('a config file that cannot be read: why, and without a password that is in its name', async (t) => {
  const file = configFiles(t)({})
  await assert.rejects(read({ file: `${file}x` }), new UsageError(`cannot read ${file}x: there is no such file`))
  await assert.rejects(read({ file: `${file}/..` }), /a part of its path is not a directory/)
  const url = new UsageError('cannot read postgres://…@h/d: there is no such file')
  await assert.rejects(read({ file: 'postgres://u:secret@h/d' }), url)
})
