import assert from 'node:assert/strict'
import test from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import schema from '../../../schemas/serve.schema.json' with { type: 'json' }
import { SETTINGS } from '../../../src/cli/serve/settings.ts'
import { configFiles, faultsOf, read, readOnMemory } from './serve-sources.ts'

const ajv = new Ajv2020({ strict: true, allErrors: true })
const isConfig = ajv.compile(schema)

test("the serve schema is valid JSON Schema 2020-12 and compiles in AJV's strict mode", () => {
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  assert.equal(schema.$id, 'serve.schema.json')
  assert.equal(schema.additionalProperties, false)
  assert.equal(ajv.validateSchema(schema), true)
  assert.ok(isConfig({}), ajv.errorsText(isConfig.errors))
})

for (const { name, schema: setting, isSecret } of SETTINGS) {
  test(`${name}: described, and its default and its examples are sound`, async (t) => {
    assert.match(setting.description, /^[A-Z].*\.$/)
    const { default: fallback, examples = [] } = setting as { default?: unknown; examples?: unknown[] }
    if (isSecret) assert.deepEqual([fallback, examples], [undefined, []])
    for (const value of fallback === undefined ? examples : [fallback, ...examples]) {
      const file = configFiles(t)({ $schema: '../schemas/serve.schema.json', [name]: value })
      await (name === 'store' ? read({ file }) : readOnMemory({ file }))
    }
  })
}

test('what a description says of a bound is where the bound is', async () => {
  const day = schema.$defs.shortDuration.description.match(/at most a day, (P\w+):/)?.[1] as string
  const short = SETTINGS.filter(({ schema: { $ref } }) => $ref === '#/$defs/shortDuration')
  assert.ok(short.some(({ name }) => name === 'tokenLifetime'))
  for (const { flag } of short) {
    await readOnMemory({ args: [flag, day] })
    assert.deepEqual(await faultsOf({ args: ['--store', 'sqlite::memory:', flag, `${day}T0.001S`] }), [
      `${flag}: must be at most P1D`,
    ])
  }
})
