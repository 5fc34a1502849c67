import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { toInstant } from '../../src/domain/instant.ts'
import { settleClient } from '../../src/lifecycle/index.ts'
import { parseClient, readClient, writeClient } from '../../src/snapshot/index.ts'
import { fixturePath } from '../support/documents.ts'

const SEED = readFileSync(fixturePath('seed-client.json'), 'utf8')
const SAMPLES = readFileSync(fixturePath('clients-wire.ndjson'), 'utf8').trimEnd().split('\n')
const NOW = toInstant(1_785_661_283_293)

const SEED_FINDINGS = [
  ['id-without-prefix', '/id'],
  ['instant-implausible', '/updatedAt'],
  ['instant-implausible', '/createdAt'],
  ['updated-before-creation', '/updatedAt'],
  ['id-without-prefix', '/sessions/0/id'],
  ['id-without-prefix', '/sessions/0/userId'],
  ['instant-implausible', '/sessions/0/lastActiveAt'],
  ['instant-implausible', '/sessions/0/expireAt'],
  ['instant-implausible', '/sessions/0/abandonAt'],
  ['instant-implausible', '/sessions/0/updatedAt'],
  ['instant-implausible', '/sessions/0/createdAt'],
  ['abandon-before-expire', '/sessions/0/abandonAt'],
  ['deadline-before-creation', '/sessions/0/abandonAt'],
  ['session-ids-mismatch', '/sessionIds/0'],
  ['session-ids-mismatch', '/sessions/0/id'],
  ['last-active-dead', '/lastActiveSessionId'],
]

const listed = (findings: readonly { code: string; path: string }[]) => findings.map(({ code, path }) => [code, path])
const sorted = (pairs: readonly (readonly string[])[]) => pairs.map((pair) => pair.join(' ')).sort()

test('the seed is valid, with a warning for each thing that is odd in it and no other', () => {
  const reading = readClient(SEED)
  assert.ok(reading.valid)
  assert.equal(reading.id, '<id>')
  assert.equal(reading.form, 'sdk')
  assert.deepEqual(sorted(listed(reading.warnings)), sorted(SEED_FINDINGS))
})

test('the seed is rejected by a strict reader, for the very same things', () => {
  const reading = readClient(SEED, { strict: true })
  assert.ok(!reading.valid)
  assert.deepEqual(sorted(listed(reading.errors)), sorted(SEED_FINDINGS))
})

test('the seed settles to itself on one line at any instant, for a replaced session has no fate left', () => {
  for (const instant of [0, 501_324, 725_255, 8.64e15]) {
    const reading = parseClient(SEED)
    const { client, transitions } = settleClient(reading.client, toInstant(instant))
    assert.deepEqual(transitions, [])
    assert.equal(writeClient(reading, client), JSON.stringify(JSON.parse(SEED)))
  }
})

/** By hand: each session's status, and the last active one, at the present of the samples. */
const SETTLED = [
  { statuses: ['active'], lastActive: 'sess_3HLxjFpWqzJRXBKnPrlb1QaoCaQ' },
  { statuses: ['active', 'active'], lastActive: 'sess_3HDix9sBAUgSlLUHTpMOTO6gsAy' },
  // Expired a day ago; the other one was ended by its user.
  { statuses: ['expired', 'ended'], lastActive: null },
  // Expired, then abandoned at 30 days; the second session on the client lives on.
  { statuses: ['abandoned', 'active'], lastActive: 'sess_3HJ8bglHUk6iOEBj5PkI5ThJTsu' },
  { statuses: ['abandoned'], lastActive: null },
  { statuses: ['pending'], lastActive: null },
  // Its abandonment lies half an hour after its creation, days before its expiry.
  { statuses: ['abandoned'], lastActive: null },
  { statuses: ['replaced', 'active'], lastActive: 'sess_3HAfEiUYIMfcsV8ABnCUr9oIKlK' },
  { statuses: [], lastActive: null },
]

/** By hand: the sample, the transition and the deadline that it takes effect at. */
const TRANSITIONS = [
  [2, 'active', 'expired', 'expire-deadline', 1_785_574_883_383],
  [3, 'active', 'expired', 'expire-deadline', 1_783_587_683_363],
  [3, 'expired', 'abandoned', 'abandon-deadline', 1_785_574_883_363],
  [4, 'active', 'expired', 'expire-deadline', 1_782_810_083_363],
  [4, 'expired', 'abandoned', 'abandon-deadline', 1_784_797_283_363],
  [6, 'active', 'abandoned', 'abandon-deadline', 1_785_490_283_353],
]

interface Wire {
  readonly last_active_session_id: string | null
  readonly updated_at: number
  readonly sessions: readonly { readonly status: string; readonly updated_at: number }[]
}

const settledSamples = SAMPLES.map((text) => {
  const reading = parseClient(text, { now: toInstant(1_785_661_283_500) })
  const { client, transitions } = settleClient(reading.client, NOW)
  return { reading, transitions, output: writeClient(reading, client) }
})

test('the samples are valid, odd only where an abandonment lies before its expiry', () => {
  const warnings = settledSamples.map(({ reading }) => listed(reading.warnings))
  const odd = warnings.map((_, index) => (index === 6 ? [['abandon-before-expire', '/sessions/0/abandon_at']] : []))
  assert.deepEqual(warnings, odd)
})

test('the samples have the statuses, the transitions and the last active sessions that the law gives them', () => {
  const outputs = settledSamples.map(({ output }) => JSON.parse(output) as Wire)
  const states = outputs.map(({ sessions, last_active_session_id: lastActive }) => ({
    statuses: sessions.map(({ status }) => status),
    lastActive,
  }))
  assert.deepEqual(states, SETTLED)
  const moves = settledSamples.flatMap(({ transitions }, index) =>
    transitions.map(({ from, to, cause, at }) => [index, from, to, cause, at]),
  )
  assert.deepEqual(moves, TRANSITIONS)
  for (const { transitions } of settledSamples) for (const { recordedAt } of transitions) assert.equal(recordedAt, NOW)
  assert.equal(outputs[4]?.updated_at, 1_782_810_083_363)
  assert.equal(outputs[4]?.sessions[0]?.updated_at, 1_784_797_283_363)
})

test('the samples that have nothing due come back byte for byte, and so does every output settled once more', () => {
  for (const [index, { output, transitions }] of settledSamples.entries()) {
    if (transitions.length === 0) assert.equal(output, SAMPLES[index])
    const again = parseClient(output)
    const settled = settleClient(again.client, NOW)
    assert.deepEqual(settled.transitions, [])
    assert.equal(writeClient(again, settled.client), output)
  }
})
