import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../../src/events/webhooks/send-failure.ts'

test('of several addresses the first failure is told, and where none is there the one of all', () => {
  const refused = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' })
  assert.equal(failureOf(new AggregateError([refused, new Error('another')])), 'the connection was refused')
  assert.equal(failureOf(new AggregateError([])), 'the request failed')
  assert.equal(
    failureOf(Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' })),
    'no connection could be made in time',
  )
})
