import assert from 'node:assert/strict'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { chunksOf, splitAll } from '../support/chunks.ts'
import { INPUTS, MARK } from '../support/split-inputs.ts'
import '../support/seed.ts'

// Catches a mark looked for in the first chunk only, and a shape decided by whatever that chunk held.
test('however the bytes are cut into chunks, the documents are the same', async () => {
  const line = fc.constantFrom(
    '{"a":1}',
    '{"a":1,}',
    '{"b":"\\"}"}',
    '{"c":',
    '{',
    '}',
    ']',
    ',',
    '[',
    '',
    ' ',
    '"',
    '\u{1f600}',
  )
  const ending = fc.constantFrom('\n', '\n', '\r\n', '')
  const made = fc
    .array(fc.tuple(line, ending), { maxLength: 12 })
    .map((lines) => lines.map((each) => each.join('')).join(''))
  const written = fc.constantFrom(...INPUTS.map(([, input]) => input))
  const input = fc
    .tuple(fc.constantFrom('', MARK), fc.oneof({ weight: 3, arbitrary: made }, written))
    .map((each) => each.join(''))
  const sizes = fc.array(fc.constantFrom(1, 2, 3, 7, 64), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(input, sizes, async (text, cuts) => {
      assert.deepEqual(await splitAll(chunksOf(text, cuts)), await splitAll(chunksOf(text, [])))
    }),
    { numRuns: 1500 },
  )
})

test('the documents of large inputs are the same in chunks of 64 KiB, of a prime size, and in one piece', async () => {
  const object = JSON.stringify({ a: 'x'.repeat(300), b: ['{', '}', '"'] })
  const pretty = JSON.stringify(JSON.parse(object), null, 2)
  const inputs = [
    `${object}\n`.repeat(3000),
    `[${Array(3000).fill(pretty).join(',\n')}]`,
    `${pretty}\n`.repeat(3000),
    `{"a":1,}\n${'{"c":"y"}x\n'.repeat(20_000)}{"b":\n`,
  ]
  for (const input of inputs) {
    const whole = await splitAll(chunksOf(input, []))
    assert.ok(whole.length >= 3000)
    for (const size of [65_536, 9_973]) {
      // Not deepEqual: to show how thousands of documents differ takes it minutes.
      assert.ok(isDeepStrictEqual(await splitAll(chunksOf(input, [size])), whole), `in chunks of ${size}`)
    }
  }
})
