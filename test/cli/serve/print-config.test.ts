import assert from 'node:assert/strict'
import test from 'node:test'
import { Command } from 'commander'
import { printConfig } from '../../../src/cli/serve/print-config.ts'
import { addServeOptions } from '../../../src/cli/serve/serve-options.ts'
import { SETTINGS } from '../../../src/cli/serve/settings.ts'
import { configFiles, inJson, read, readOnMemory, SOUND } from './serve-sources.ts'

/** The help of a command with the options. */
function help(): string {
  let text = ''
  const command = addServeOptions(new Command('serve'))
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 1000 }).outputHelp()
  return text
}

test('every setting is printed, in order, as the file would have it, with where it came from', async (t) => {
  // A seed is for a virtual clock, which does not go with the others.
  const sound = SETTINGS.filter(({ name }) => name !== 'seed')
  const document = Object.fromEntries(sound.map(({ name }) => [name, inJson(SOUND[name][0])]))
  const file = configFiles(t)({ ...document, store: 'postgres://db.example/t' })
  const printed = JSON.parse(printConfig(await read({ file })))
  assert.deepEqual(
    Object.keys(printed),
    SETTINGS.map(({ name }) => name),
  )
  const secrets = { apiKey: '…', encryptionKey: '…', clerkWebhookSecret: '…' }
  const apiKeys = SOUND.apiKeys[2]
  for (const [name, value] of Object.entries({ ...document, ...secrets, apiKeys, store: 'postgres://db.example/t' })) {
    assert.deepEqual(printed[name], { value, from: `/${name} in ${file}` })
  }
})

test('it is indented by two spaces, and null where there is none', async () => {
  const printed = printConfig(await readOnMemory({ args: ['--port', '80'] }))
  assert.ok(
    printed.startsWith('{\n  "store": {\n    "value": "sqlite::memory:",\n    "from": "--store"\n  },\n'),
    printed,
  )
  assert.ok(printed.includes('  "port": {\n    "value": 80,\n    "from": "--port"\n  }'))
  assert.ok(printed.includes('  "apiKey": {\n    "value": null,\n    "from": "default"\n  }'))
})

test('the example of the docstring is what is printed', async () => {
  const { port, tokenLifetime } = JSON.parse(printConfig(await readOnMemory({})))
  assert.deepEqual(port, { value: 8722, from: 'default' })
  assert.deepEqual(tokenLifetime, { value: 'PT1M', from: 'default' })
})

test('the help has every flag with its description and default, and every setting that has none', () => {
  const text = help()
  for (const { name, flag, hasFlag, variable, hasVariable, schema } of SETTINGS) {
    const [option = ''] = text.split('\n').filter((line) => line.trimStart().startsWith(`${flag} `))
    if (hasFlag) assert.ok(option.includes(schema.description), name)
    if (hasFlag && schema.default !== undefined) assert.ok(option.endsWith(`Default: ${schema.default}.`), option)
    if (!hasFlag) assert.ok(text.includes(`  ${hasVariable ? variable : name}`), name)
    for (const word of (hasFlag && schema.enum) || []) assert.ok(option.includes(word), option)
  }
  assert.match(text, /--token-lifetime <DURATION> /)
  assert.match(text, /--production \[BOOLEAN\] /)
  assert.match(text, /--log-level <LEVEL> /)
  assert.match(text, /--port <N> .*--policy <FILE> /s)
  assert.match(text, /--config <FILE> .*--print-config /s)
})
