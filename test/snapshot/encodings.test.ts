import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { chunksOf, inBrief, splitAll } from '../support/chunks.ts'

const bytes = (...values: number[]) => Buffer.from(values)
const lines = (...all: (Buffer | string)[]) => Buffer.concat(all.map((each) => Buffer.from(each as string)))

for (const [name, mark] of [
  ['little-endian', [0xff, 0xfe]],
  ['big-endian', [0xfe, 0xff]],
] as const) {
  test(`${name} UTF-16 is refused once, however it arrives`, async () => {
    const text = Buffer.from('{"a":1}\n{"b":2}\n', 'utf16le')
    const input = Buffer.concat([Buffer.from(mark), name === 'little-endian' ? text : text.swap16()])
    for (const sizes of [[], [1], [3]]) {
      const documents = await splitAll(chunksOf(input, sizes))
      assert.deepEqual(documents.map(inBrief), [[1, null, 'json-encoding']])
      assert.match(documents[0]?.error?.message ?? '', /UTF-16/)
    }
  })
}

test('gzip is refused once, with the way out', async () => {
  const input = gzipSync('{"a":1}\n')
  for (const sizes of [[], [1]]) {
    const documents = await splitAll(chunksOf(input, sizes))
    assert.deepEqual(documents.map(inBrief), [[1, null, 'json-encoding']])
    assert.match(documents[0]?.error?.message ?? '', /gunzip/)
  }
})

test('an input that is nothing but a mark holds nothing, and one that is half a mark is refused', async () => {
  assert.deepEqual(await splitAll([bytes(0xef, 0xbb, 0xbf)]), [])
  assert.deepEqual((await splitAll([bytes(0xef, 0xbb)])).map(inBrief), [[1, null, 'json-encoding']])
  assert.deepEqual((await splitAll([bytes(0xff, 0xfe)])).map(inBrief), [[1, null, 'json-encoding']])
})

test('a line that is not UTF-8 is refused by itself: Latin-1, half a sequence, a surrogate in three bytes, NUL is text', async () => {
  const input = lines(
    '{"a":1}\n',
    lines('{"a":"', bytes(0xe9), '"}\n'),
    lines('{"a":"', bytes(0xe2, 0x82), '"}\n'),
    lines('{"a":"', bytes(0xed, 0xa0, 0x80), '"}\n'),
    lines('{"a":"', bytes(0xc0, 0x80), '"}\n'),
    lines('{"a":"', bytes(0x00), '"}\n'),
    '{"b":"é\u{1f600}"}\n',
  )
  for (const sizes of [[], [1], [7]]) {
    assert.deepEqual((await splitAll(chunksOf(input, sizes))).map(inBrief), [
      [1, null, '{"a":1}'],
      [2, null, 'json-encoding'],
      [3, null, 'json-encoding'],
      [4, null, 'json-encoding'],
      [5, null, 'json-encoding'],
      [6, null, '{"a":"\u0000"}'],
      [7, null, '{"b":"é\u{1f600}"}'],
    ])
  }
})

test('an element of an array that is not UTF-8 is refused by itself', async () => {
  const input = lines('[{"a":1},{"a":"', bytes(0xff), '"},{"b":2}]')
  assert.deepEqual((await splitAll(chunksOf(input, [5]))).map(inBrief), [
    [1, 0, '{"a":1}'],
    [1, 1, 'json-encoding'],
    [1, 2, '{"b":2}'],
  ])
})
