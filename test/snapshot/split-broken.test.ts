/** What a broken document takes with it, and what it does not. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { splitDocuments } from '../../src/snapshot/index.ts'
import { chunksOf, inBrief, splitAll } from '../support/chunks.ts'

async function split(input: string) {
  return (await splitAll(chunksOf(input, [7]))).map(inBrief)
}

test('junk after the object of a first line makes that line broken, and the next is read', async () => {
  // Catches: an object that closes on the first line taken for one over several lines.
  for (const junk of ['x', '"', ']']) {
    assert.deepEqual(await split(`{"a":1}${junk}\n{"b":2}\n{"c":3}`), [
      [1, null, `{"a":1}${junk}`],
      [2, null, '{"b":2}'],
      [3, null, '{"c":3}'],
    ])
  }
})

test('objects that follow each other on one line are read one by one', async () => {
  assert.deepEqual(await split('{"a":1} {"b":2}\n{"c":3}'), [
    [1, null, '{"a":1}'],
    [1, null, '{"b":2}'],
    [2, null, '{"c":3}'],
  ])
})

test('a string that never closes ends with its line, and the next element is read', async () => {
  // Catches: a quote that swallows the rest of the array.
  assert.deepEqual(await split('["x,\n{"b":2},{"c":3}]\n'), [
    [1, 0, '"x,{"b":2}'],
    [2, 1, '{"c":3}'],
  ])
})

test('a document that comes a byte at a time is held once, not once a byte', async () => {
  // Catches: a list of one-byte pieces, which takes 170 times their size.
  const size = 1_000_000
  const byte = Buffer.from(' ')
  const before = process.memoryUsage().heapUsed
  let held = 0
  async function* slowly() {
    yield Buffer.from('{')
    for (let sent = 0; sent < size; sent += 1) yield byte
    held = process.memoryUsage().heapUsed - before
    yield Buffer.from('}')
  }
  for await (const _ of splitDocuments(slowly()));
  assert.ok(held < 80_000_000, `${held} bytes`)
})
