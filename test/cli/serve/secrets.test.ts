/** No secret is in any message, note or print, however broken the configuration that holds it. */
import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import test from 'node:test'
import { Command } from 'commander'
import fc from 'fast-check'
import { printConfig } from '../../../src/cli/serve/print-config.ts'
import { readServeConfig } from '../../../src/cli/serve/read-serve-config.ts'
import { addServeOptions } from '../../../src/cli/serve/serve-options.ts'
import { SETTINGS } from '../../../src/cli/serve/settings.ts'
import { ManualClock } from '../../../src/simulation/index.ts'
import { BORN } from '../../support/documents.ts'
import '../../support/seed.ts'

const MARK = 'hunter2'

/** The mark within what may lead a reader astray: what ends a part of a URL, a string, an option. */
const secret = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'aA1@:/?#&=%\'" \\\n[]{},;'), maxLength: 8 }), fc.nat({ max: 40 }))
  .map(([around, length]) => around + MARK + around + 'k'.repeat(length))

const store = fc
  .tuple(
    secret,
    fc.constantFrom('u', '1', 'u%40'),
    fc.constantFrom(
      'postgres://USER:SECRET@h/d',
      'postgres://:SECRET@h',
      'postgres://USER:ENCODED@h:5432/d?application_name=x',
      'postgres://USER:SECRET@/d?host=/run/postgresql',
      'postgres://h/d?user=USER&password=SECRET',
      'postgres://h/d?password=ENCODED&x=y',
      'postgresql://USER:1#SECRET@h/d',
      'mysql://USER:SECRET@h/d',
      'SECRET',
    ),
  )
  .map(([text, user, url]) =>
    url
      .replace('USER', user)
      .replace('SECRET', () => text)
      .replace('ENCODED', () => encodeURIComponent(text)),
  )

const wrongPlace = fc.constantFrom('apiKey', 'encryptionKey', 'apiKeys')
const sources = fc.record({
  store,
  apiKey: fc.oneof(secret, fc.constant(`${MARK}${'k'.repeat(32)}`)),
  encryptionKey: fc.oneof(secret, fc.constant(`${MARK}${'A'.repeat(36)}`)),
  inFile: fc.uniqueArray(fc.constantFrom('store', 'apiKey', 'encryptionKey')),
  flagged: fc.option(wrongPlace, { nil: null }),
  nested: fc.boolean(),
  broken: fc.uniqueArray(fc.constantFrom(...SETTINGS.map(({ name }) => name))),
  syntax: fc.constantFrom('', '', '', ',', '{', '"port": 1, "port": '),
})

/** Everything that would be said, of a fault or of a configuration. */
async function said(flags: object, env: Record<string, string>, stdin: string): Promise<string> {
  const streams = { stdin: Readable.from([Buffer.from(stdin)]), stdout: new PassThrough(), stderr: new PassThrough() }
  const io = { ...streams, env, clock: new ManualClock(BORN) }
  try {
    const reading = await readServeConfig({ flags: { ...flags }, env, file: '-' }, io)
    return printConfig(reading) + reading.notes.join('\n')
  } catch (error) {
    return String(error)
  }
}

test('whatever is wrong, and wherever a secret is, no message, note or print holds it', async () => {
  await fc.assert(
    fc.asyncProperty(sources, async ({ inFile, flagged, nested, broken, syntax, ...secrets }) => {
      const env: Record<string, string> = {}
      const file: Record<string, unknown> = {}
      for (const [name, text] of Object.entries(secrets)) {
        if (inFile.some((each) => each === name)) file[name] = nested ? { [name]: [text] } : text
        else env[SETTINGS.find((setting) => setting.name === name)?.variable ?? ''] = text
      }
      for (const name of broken) file[name] ??= MARK
      const flags = flagged === null ? {} : { [flagged]: secrets.apiKey }
      const text = JSON.stringify(file).replace(/\}$/, (end) => syntax + end)
      const output = await said(flags, { ...env, TENURE_API_KEI: secrets.apiKey }, text)
      assert.ok(!output.includes(MARK), output)
    }),
    { numRuns: 2000, seed: 8722 },
  )
})

test('whatever the URL of a store looks like, no print holds its password', async () => {
  let printed = 0
  await fc.assert(
    fc.asyncProperty(store, async (TENURE_STORE) => {
      const TENURE_API_KEY = MARK.repeat(8)
      const TENURE_ENCRYPTION_KEY = `${MARK}${'A'.repeat(36)}`
      const output = await said({}, { TENURE_STORE, TENURE_API_KEY, TENURE_ENCRYPTION_KEY }, '{}')
      if (output.startsWith('{')) printed += 1
      assert.ok(!output.includes(MARK), output)
    }),
    { numRuns: 2000, seed: 8722 },
  )
  assert.ok(printed > 500, `only ${printed} stores were sound, and printed`)
})

test('a sound configuration prints its secrets as … and the rest of the URL of its store', async () => {
  const TENURE_ENCRYPTION_KEY = 'A'.repeat(43)
  const rows = [
    ['postgres://ann:hunter2@db:5433/t', 'postgres://…@db:5433/t'],
    ['postgres://db/t?application_name=x', 'postgres://db/t?application_name=x'],
    ['postgres://db/t?password=hunter2&x=y', 'postgres://db/t?…'],
    ['postgres://db/t?password=hunter2@x', 'postgres://db/t?…'],
    ['postgres://ann:hunter2@/t?host=/run', 'postgres://…'],
    ['postgres://ann:1#hunter2@db/t', 'postgres://…'],
    ['sqlite:/var/t.db', 'sqlite:/var/t.db'],
  ] as const
  for (const [TENURE_STORE, shown] of rows) {
    const env = { TENURE_STORE, TENURE_ENCRYPTION_KEY, TENURE_API_KEY: 'hunter2'.repeat(8) }
    const printed = JSON.parse(await said({}, env, '{}'))
    assert.deepEqual(printed.store, { value: shown, from: 'TENURE_STORE' })
    assert.deepEqual(printed.apiKey, { value: '…', from: 'TENURE_API_KEY' })
    assert.deepEqual(printed.encryptionKey, { value: '…', from: 'TENURE_ENCRYPTION_KEY' })
  }
})

test('a secret that is given as a flag is an option, so that commander does not repeat it', () => {
  for (const { name, flag } of SETTINGS.filter(({ hasFlag }) => !hasFlag)) {
    for (const args of [[flag, MARK], [`${flag}=${MARK}`], [flag]]) {
      const command = addServeOptions(new Command('serve').exitOverride())
      assert.ok(Object.hasOwn(command.parse(args, { from: 'user' }).opts(), name))
      assert.ok(!command.helpInformation().includes(`${flag} `))
    }
  }
})
