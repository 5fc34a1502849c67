import assert from 'node:assert/strict'
import test from 'node:test'
import sessionSchema from '../../schemas/session.schema.json' with { type: 'json' }
import { toClientId, toSessionId, toUserId } from '../../src/domain/session.ts'

test('an id is 1 to 255 characters without white space or control characters, as the schema says', () => {
  const schema = new RegExp(sessionSchema.$defs.id.pattern, 'u')
  const texts = [
    '',
    'a',
    'sess_1',
    'ü',
    'a b',
    'a\n',
    '\u0000',
    '\ud800',
    '\u{1f600}',
    'x'.repeat(255),
    'x'.repeat(256),
  ]
  for (const text of texts) {
    for (const toId of [toClientId, toSessionId, toUserId]) {
      if (schema.test(text)) assert.equal(toId(text), text)
      else assert.throws(() => toId(text), TypeError)
    }
  }
})
