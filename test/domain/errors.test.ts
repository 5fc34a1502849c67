import assert from 'node:assert/strict'
import test from 'node:test'
import { PolicyError, SnapshotError } from '../../src/domain/errors.ts'

test('a message counts the faults and names their kinds, and nothing of the document', () => {
  // Catches: pointers in the message; they have the names of members in them.
  const faults = [
    { code: 'unknown-member', path: '/alice@example.com\u001b[31m', message: 'is not known' },
    { code: 'unknown-member', path: '/b', message: 'is not known' },
    { code: 'missing-member', path: '/id', message: 'is not there' },
  ]
  for (const error of [new SnapshotError(faults), new PolicyError(faults)]) {
    assert.match(error.message, /: 3 faults \(unknown-member, missing-member\)$/)
    assert.equal(error.errors, faults)
  }
})
