import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf, pad, printable, truncate, wrap, wrapClauses } from '../../src/cli/columns.ts'
import '../support/seed.ts'

const aText = fc.string({ unit: 'binary', maxLength: 40 }).map(printable)
const aWidth = fc.integer({ min: 2, max: 60 })

test('a character takes one column, two where it is wide, none where it combines', () => {
  assert.equal(columnsOf('sess_1'), 6)
  assert.equal(columnsOf('漢字'), 4)
  assert.equal(columnsOf('🚀'), 2)
  assert.equal(columnsOf('e\u0301'), 1)
  assert.equal(columnsOf('…━╌·'), 4)
})

test('what could steer a terminal, or would not be seen on it, is spelt out', () => {
  assert.equal(printable('a\u001b[31mb'), 'a\\u{1b}[31mb')
  assert.equal(printable('\u202eab\u2066'), '\\u{202e}ab\\u{2066}')
  assert.equal(printable('a\u200db\u3164\u00a0'), 'a\\u{200d}b\\u{3164}\\u{a0}')
  assert.equal(printable('line\nline'), 'line\\u{a}line')
  assert.equal(printable('Ünïcödé 漢字 🚀'), 'Ünïcödé 漢字 🚀')
})

test('a text is shortened to exactly the room there is, and a wide character is not cut in two', () => {
  assert.equal(truncate('sess_abc', 8), 'sess_abc')
  assert.equal(truncate('sess_abcd', 8), 'sess_ab…')
  assert.equal(truncate('漢字漢字', 6), '漢字…')
  assert.equal(truncate('漢字漢字', 7), '漢字漢…')
})

test('shortened and padded texts take the columns that they are given', () => {
  fc.assert(
    fc.property(aText, aWidth, (text, width) => {
      assert.ok(columnsOf(truncate(text, width)) <= width)
      assert.ok(columnsOf(pad(truncate(text, width), width)) === width)
    }),
  )
})

test('no wrapped line is wider than its columns, and nothing but space is lost', () => {
  fc.assert(
    fc.property(fc.array(aText, { minLength: 1 }), aWidth, (texts, width) => {
      const lines = wrap(texts.join(' '), width)
      for (const line of lines) assert.ok(columnsOf(line) <= width, line)
      assert.equal(lines.join('').replaceAll(' ', ''), texts.join('').replaceAll(' ', ''))
    }),
  )
})

test('clauses share a line where they fit there whole, and begin a new one where they do not', () => {
  assert.deepEqual(wrapClauses(['one', 'two', 'three'], 8), ['one; two', 'three'])
  assert.deepEqual(wrapClauses(['one', 'two', 'three'], 7), ['one', 'two', 'three'])
  assert.deepEqual(wrapClauses(['one two', 'three'], 5), ['one', 'two', 'three'])
})
