import assert from 'node:assert/strict'
import test from 'node:test'
import { MAXIMUM_SIZE } from '../../src/snapshot/index.ts'
import { chunksOf, inBrief, splitAll } from '../support/chunks.ts'
import { INPUTS } from '../support/split-inputs.ts'

for (const [name, input, documents] of INPUTS) {
  test(`split: ${name}`, async () => {
    const found = await splitAll(chunksOf(input, []))
    assert.deepEqual(found.map(inBrief), documents)
  })
}

test('a document of 8 MiB is read and one byte more is refused, wherever it stands, and the next is read', async () => {
  const padded = (size: number) => `{"a":"${'x'.repeat(size - 8)}"}`
  const shapes = [
    (document: string) => `{"b":1}\n${document}\n{"c":2}\n`,
    (document: string) => `[{"b":1},${document},{"c":2}]`,
    (document: string) => `{\n"b":1}\n${document}\n{"c":2}`,
  ]
  for (const shape of shapes) {
    const codes = async (size: number) =>
      (await splitAll(chunksOf(shape(padded(size)), [65_536]))).map(({ text, error }) => error?.code ?? text?.length)
    const [first, exact, last] = await codes(MAXIMUM_SIZE)
    assert.equal(exact, MAXIMUM_SIZE)
    assert.deepEqual(await codes(MAXIMUM_SIZE + 1), [first, 'document-too-large', last])
  }
})
