import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { toInstant } from '../../src/domain/instant.ts'
import { settleClient } from '../../src/lifecycle/index.ts'
import { MAXIMUM_DEPTH, parseClient, readClient, writeClient } from '../../src/snapshot/index.ts'
import { chunksOf, splitAll } from '../support/chunks.ts'
import { BORN, type Document, FORMS, fixturePath, inForm, MONTH, sdkClient, sdkSession } from '../support/documents.ts'

const codesOf = (input: unknown) => readClient(input).errors.map(({ code }) => code)
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

test('64 levels are read and 65 are refused, arrays and objects alike', () => {
  const client = JSON.stringify(sdkClient())
  const within = (value: string) => client.replace('{', `{"x":${value},`)
  const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  for (const value of [nested, objects]) {
    assert.ok(readClient(within(value(MAXIMUM_DEPTH - 1))).valid)
    assert.deepEqual(codesOf(within(value(MAXIMUM_DEPTH))), ['document-too-deep'])
  }
})

/** Deep text whose depth is hidden behind a mistake. Catches a parser that goes on past it: it calls itself once a level. */
const HIDDEN_DEPTHS = {
  'behind a string that never ends': `{"a\n${'['.repeat(100_000)}`,
  'below closing brackets': `[${'}'.repeat(100_000)},${'['.repeat(100_000)}`,
  'behind a comment': `{/*"*/${'['.repeat(100_000)}`,
  'after a whole value': `{}${']'.repeat(100_000)}${'['.repeat(100_000)}`,
}
for (const [name, text] of Object.entries(HIDDEN_DEPTHS)) {
  test(`a hundred thousand levels ${name} are one reject and no crash`, () => {
    assert.equal(codesOf(text).length, 1)
  })
}

test('a hundred thousand levels in the open are refused for their depth', () => {
  assert.deepEqual(codesOf('['.repeat(100_000)), ['document-too-deep'])
  assert.deepEqual(codesOf(nested(100_000)), ['document-too-deep'])
})

test('text that is wrong at every character costs no more than its first mistake', () => {
  const before = process.memoryUsage().heapUsed
  for (const piece of [',', 'a ', '"\n', '}']) assert.equal(codesOf(`[${piece.repeat(1_000_000)}`).length, 1)
  // Catches a list of every mistake: 70 MB a million.
  assert.ok(process.memoryUsage().heapUsed - before < 60_000_000)
})

test('no more than a hundred findings are listed of a thousand that have one cause', () => {
  const tasks = Array.from({ length: 32 }, () => 1)
  const sessions = Array.from({ length: 100 }, () => sdkSession({ tasks, createdAt: 'x' }))
  assert.equal(codesOf(sdkClient({}, sessions)).length, 100)
  const mixed = Array.from({ length: 1000 }, () => sdkSession({ user_id: 'user_1' }))
  assert.equal(codesOf(sdkClient({}, mixed)).length, 100)
  const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]))
  assert.equal(readClient(sdkClient(unknown)).warnings.length, 100)
})

test('a million wrong tasks are told by one error, in less than a hundred megabytes', () => {
  const tasks = Array.from({ length: 1000 }, () => 1)
  const text = JSON.stringify(
    sdkClient(
      {},
      Array.from({ length: 1000 }, () => sdkSession({ tasks })),
    ),
  )
  const before = process.memoryUsage().heapUsed
  assert.deepEqual(codesOf(text), ['too-many-items'])
  assert.ok(process.memoryUsage().heapUsed - before < 100_000_000)
})

for (const form of FORMS) {
  test(`${form}: members named __proto__ and constructor are kept, and reach no prototype`, () => {
    const text = JSON.stringify(inForm(form, sdkClient()))
      .replace('{', '{"__proto__":{"polluted":1,"status":"active"},"constructor":{"prototype":{"polluted":1}},')
      .replace('[{', '[{"__proto__":{"polluted":1},')
    const reading = parseClient(text)
    const { client } = settleClient(reading.client, toInstant(BORN + MONTH))
    const output = writeClient(reading, client)
    assert.equal(
      output.replaceAll(/"abandoned"/g, '"active"').includes('"__proto__":{"polluted":1,"status":"active"}'),
      true,
    )
    assert.equal(Object.hasOwn({}, 'polluted') || 'polluted' in {}, false)
    assert.equal('polluted' in client, false)
  })

  test(`${form}: a member that is there only by prototype is not there`, () => {
    const { id, ...rest } = inForm(form, sdkClient())
    assert.deepEqual(codesOf(Object.assign(Object.create({ id }), rest)), ['missing-member'])
    assert.deepEqual(codesOf(JSON.stringify(rest).replace('{', `{"__proto__":${JSON.stringify({ id })},`)), [
      'missing-member',
    ])
  })
}

test('statuses that are names of what every object has are unknown, and settle to themselves where they are kept', () => {
  for (const status of ['constructor', '__proto__', 'toString', '']) {
    const input = sdkClient({}, [sdkSession({ status })])
    assert.deepEqual(codesOf(input), ['unknown-status'])
    const reading = parseClient(input, { unknownStatus: 'keep' })
    assert.equal(settleClient(reading.client, toInstant(BORN + MONTH)).client, reading.client)
  }
})

test('what is not an object is no client, and says so once', () => {
  for (const input of [undefined, null, 1, true, [], [sdkClient()], () => {}])
    assert.deepEqual(codesOf(input), ['not-a-client'])
  for (const text of ['null', '1', '"x"', '[]', `[${JSON.stringify(sdkClient())}]`])
    assert.deepEqual(codesOf(text), ['not-a-client'])
})

test('a session, a webhook event and a page of a list are told by name', () => {
  const messageOf = (input: Document) => readClient(input).errors[0]?.message ?? ''
  assert.match(messageOf(sdkSession()), /Session/)
  assert.match(messageOf({ object: 'event', type: 'session.ended', data: sdkSession() }), /webhook/)
  assert.match(messageOf({ data: [sdkClient()], total_count: 1 }), /page/)
})

test('a sample cut off at any byte is one reject, and by its last byte one valid document', async () => {
  const sample = readFileSync(fixturePath('clients-wire.ndjson')).subarray(0, 900)
  const line = sample.subarray(0, sample.indexOf('\n'))
  for (let end = 1; end <= line.length; end += 1) {
    const [document, ...more] = await splitAll(chunksOf(line.subarray(0, end), []))
    assert.deepEqual(more, [])
    const reading = readClient(document?.text)
    assert.equal(reading.valid, end === line.length)
    assert.deepEqual(
      reading.errors.map(({ code }) => code),
      end === line.length ? [] : ['json-truncated'],
    )
  }
})

test('the seed, over its lines, cut off at any byte is one reject, and the seed in an array one or two', async () => {
  const seed = readFileSync(fixturePath('seed-client.json'), 'utf8').trim()
  for (let end = 1; end < seed.length; end += 1) {
    const documents = await splitAll(chunksOf(seed.slice(0, end), []))
    assert.equal(documents.length, 1)
    assert.equal(readClient(documents[0]?.text).valid, false)
    const listed = await splitAll(chunksOf(`[${seed.slice(0, end)}`, []))
    assert.equal(listed.filter(({ text }) => text !== undefined && readClient(text).valid).length, 0)
  }
})

test('messages hold nothing of the document, whatever is wrong with it', () => {
  const secret = 'sk_live_hunter2'
  const inputs = [
    `{"${secret}`,
    `{"a":${secret}}`,
    `{"a":1,"${secret.slice(0, 2)}":2} ${secret}`,
    JSON.stringify(sdkClient({ id: `${secret} x`, object: secret, updatedAt: secret, sessions: [secret] })),
    JSON.stringify(sdkClient({}, [sdkSession({ status: secret, tasks: secret, clientId: secret, userId: secret })])),
  ]
  for (const input of inputs) {
    const { errors, warnings } = readClient(input)
    assert.ok(errors.length + warnings.length > 0)
    for (const { message } of [...errors, ...warnings]) assert.ok(!message.includes(secret), message)
  }
})
