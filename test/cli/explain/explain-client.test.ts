import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { columnsOf } from '../../../src/cli/columns.ts'
import { type ExplainOptions, explainClient } from '../../../src/cli/explain/explain-client.ts'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import type { Client, Session } from '../../../src/domain/session.ts'
import { STATUSES, type Status } from '../../../src/domain/status.ts'
import { settleClient } from '../../../src/lifecycle/client.ts'
import { readClient, type ValidReading } from '../../../src/snapshot/read-client.ts'
import { anyClient } from '../../support/arbitraries.ts'
import { aClient, at, DAY } from '../../support/sessions.ts'
import '../../support/seed.ts'

const EXAMPLE_INSTANT = at(1_785_661_283_293)
const examples = readFileSync(new URL('../../../examples/clients.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')

const MEMBERS = { object: 'client', signInId: null, signUpId: null }

/** A client as it is read from the SDK's form, its sessions' tasks included. */
function reading(client: Client): ValidReading {
  const sessions = client.sessions.map((session) => ({ object: 'session', ...session }))
  const read = readClient({ ...MEMBERS, ...client, sessions }, { unknownStatus: 'keep' })
  assert.ok(read.valid, JSON.stringify(read.errors))
  return read
}

function readExample(line: string): ValidReading {
  const read = readClient(line, { now: EXAMPLE_INSTANT })
  assert.ok(read.valid, JSON.stringify(read.errors))
  return read
}

const explain = (client: Client, options: Partial<ExplainOptions> & { readonly now: Session['createdAt'] }) => {
  return explainClient({ ...reading(client), warnings: [] }, { width: 80, colour: false, ...options })
}

const WEEK = { expireAt: 7 * DAY, abandonAt: 30 * DAY }

test('a client tells its sessions, and which took the place of the last active one', () => {
  const client = aClient([
    { name: 'ann', ...WEEK, lastActiveAt: 2 * DAY },
    { name: 'ben', createdAt: 3 * DAY, expireAt: 10 * DAY, abandonAt: 33 * DAY, status: 'pending' },
  ])
  assert.equal(
    explain(client, { now: at(8 * DAY), width: 64 }),
    `client_a
  2 sessions: 1 live, 1 dormant, at 1970-01-09T00:00:00.000Z
  last active  sess_ben since 1970-01-08T00:00:00.000Z, 1 day
               ago
  until then   sess_ann

  expired  sess_ann  user_ann
           abandoned in 22 days, 1970-01-31T00:00:00.000Z
           its expireAt fell 1970-01-08T00:00:00.000Z, 1 day ago
           stored as active
  ┣━━━●━━━━━━━━━╋╌▼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┫
       expireAt  now                        abandonAt 1970-01-31

  pending  sess_ben  user_ben
           expires in 2 days, 1970-01-11T00:00:00.000Z
           created 1970-01-04T00:00:00.000Z, 5 days ago
           last active 5 days ago; its sign-in is unfinished
  ┣━━━━━━━━━▼━━━╋╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┫
  created  now  expireAt 1970-01-11         abandonAt 1970-02-03
`,
  )
})

test('a client without sessions is one line', () => {
  assert.equal(explain(aClient([]), { now: at(0) }), 'client_a  no sessions, at 1970-01-01T00:00:00.000Z\n')
})

test('each heir of a walk through several deadlines is named with its instant, the latest first', () => {
  const client = aClient([
    { name: 'a', expireAt: 10, abandonAt: 90 },
    { name: 'b', expireAt: 20, abandonAt: 90 },
    { name: 'c', expireAt: 15, abandonAt: 90 },
  ])
  const text = explain(client, { now: at(30) })
  assert.match(text, /last active {2}none since 1970-01-01T00:00:00.020Z, under a second ago\n/)
  assert.match(text, /until then {3}sess_b since 1970-01-01T00:00:00.015Z.*\n {2}until then {3}sess_c since .*010Z/)
  assert.match(text, /until then {3}sess_a\n/)
})

test('of a long row of heirs the latest are named and the rest counted', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const heirs = names.map((name, index) => ({ name, expireAt: 10 + index, abandonAt: 90, lastActiveAt: 9 - index }))
  const text = explain(aClient(heirs), { now: at(30) })
  assert.deepEqual(
    [...text.matchAll(/until then {3}sess_(.)/g)].map(([, name]) => name),
    ['f', 'e', 'd'],
  )
  assert.match(text, /\n {15}and 3 more before\n/)
})

test('a last active session that came in dead or dangling is told as it is', () => {
  assert.match(explain(aClient([{ status: 'ended' }]), { now: at(5) }), /last active {2}sess_a, though it is ended\n/)
  assert.match(
    explain(aClient([{}], { lastActive: 'gone' }), { now: at(5) }),
    /last active {2}sess_gone, which the client does not hold\n/,
  )
})

test('one session is explained alone where it is asked for, with what is odd in it and nothing else', () => {
  const client = aClient([{ name: 'a' }, { name: 'b', expireAt: 9, abandonAt: 3 }])
  const read = reading(client)
  const options = { now: at(1), width: 80, colour: false }
  const text = explainClient(read, { ...options, sessionId: 'sess_b' })
  assert.match(text, /sess_b {2}user_b/)
  assert.doesNotMatch(text, /user_a/)
  assert.match(text, /\/sessions\/1\/abandonAt lies before/)
  assert.doesNotMatch(text, /\/sessions\/0\//)
})

test('a client that does not hold the session that is asked for has nothing to say', () => {
  assert.equal(explain(aClient([{}]), { now: at(1), sessionId: 'sess_b' }), '')
})

test('what is odd is noted with its pointer, and beyond five notes counted', () => {
  const read = reading(aClient([{}]))
  assert.ok(read.warnings.length > 5)
  const notes = explainClient(read, { now: at(1), width: 200, colour: false })
    .split('\n')
    .filter((line) => line.startsWith('  note'))
  assert.equal(notes.length, 6)
  assert.equal(notes[0], `  note         ${read.warnings[0]?.path} ${read.warnings[0]?.message}`)
  assert.equal(notes[5], `  note         and ${read.warnings.length - 5} more, which tenure validate lists`)
})

test('ids too long for their columns are shortened, and those that fit are whole', () => {
  const usual = '3HFhnYQDyffE5GehZGXaCoHHS7t'
  const client = aClient([{ name: usual, status: 'abandoned' }, { name: 'x'.repeat(250) }])
  const text = explain(client, { now: at(1) })
  assert.match(text, new RegExp(`abandoned  sess_${usual}  user_${usual}\n`))
  assert.match(text, /sess_x+… {2}user_x+…\n/)
})

test('the examples show every status there is, and none is odd but the one meant to be', () => {
  const readings = examples.map(readExample)
  const shown = readings.flatMap(({ client }) => settleClient(client, EXAMPLE_INSTANT).client.sessions)
  assert.deepEqual(new Set(shown.map(({ status }) => status)), new Set(STATUSES))
  const text = readings
    .map((read) => explainClient(read, { now: EXAMPLE_INSTANT, width: 80, colour: false }))
    .join('\n')
  for (const status of STATUSES) assert.match(text, new RegExp(`^  ${status} +sess_`, 'm'))
  for (const { id, userId } of shown) assert.ok(text.includes(id) && text.includes(userId))
  assert.deepEqual(
    readings.flatMap(({ warnings }) => warnings.map(({ code }) => code)),
    ['abandon-before-expire'],
  )
})

// What an id may be, wide characters and combining ones, and those that turn the writing direction, among them.
const anId = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 120 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.constantFrom('\u202e\u2066abc', '漢'.repeat(255), 'e\u0301'.repeat(100)),
  )
  .map((text) =>
    text
      .replace(/[\s\p{Cc}\p{Cs}]/gu, '')
      .slice(0, 255)
      .toWellFormed(),
  )
  .map((text) => text || 'id')
const anOddInstant = fc
  .oneof(fc.nat(50), fc.constantFrom(EXAMPLE_INSTANT - DAY, EXAMPLE_INSTANT, MAXIMUM_INSTANT), fc.nat(MAXIMUM_INSTANT))
  .map(at)
const anOddStatus = fc.oneof(fc.constantFrom(...STATUSES), fc.constantFrom('frozen', '\u001b[2J', 'x'.repeat(900)))

const anOddSession = (session: Session) =>
  fc.record({
    ...Object.fromEntries(Object.entries(session).map(([name, value]) => [name, fc.constant(value)])),
    id: anId,
    userId: anId,
    status: anOddStatus,
    createdAt: anOddInstant,
    lastActiveAt: anOddInstant,
    expireAt: anOddInstant,
    abandonAt: anOddInstant,
  }) as fc.Arbitrary<Session>

/** Readings of clients, some of the small world of few instants, some with the oddest sessions that a schema lets by. */
const anOddReading = anyClient
  .chain((client) =>
    fc
      .tuple(fc.boolean(), anId, fc.tuple(...client.sessions.map(anOddSession)))
      .map(([isTame, id, sessions]) => (isTame ? client : { ...client, id: id as Client['id'], sessions })),
  )
  .map(reading)

test('no line is wider than the terminal, however odd the client', () => {
  fc.assert(
    fc.property(anOddReading, anOddInstant, fc.integer({ min: 20, max: 240 }), (read, now, width) => {
      const text = explainClient(read, { now, width, colour: false })
      assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'))
      for (const line of text.split('\n')) assert.ok(columnsOf(line) <= width, line)
    }),
  )
})

test('a width that is none is taken for 80 columns, and one too small for the smallest', () => {
  const client = aClient([{ ...WEEK }])
  const usual = explain(client, { now: at(1) })
  for (const width of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(explain(client, { now: at(1), width }), usual)
  }
  assert.equal(explain(client, { now: at(1), width: 3 }), explain(client, { now: at(1), width: 20 }))
})

test('without colour there is no control character, and with it only colour is added', () => {
  fc.assert(
    fc.property(anOddReading, anOddInstant, fc.constantFrom(40, 80, 200), (read, now, width) => {
      const text = explainClient(read, { now, width, colour: false })
      assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u)
      const coloured = explainClient(read, { now, width, colour: true })
      assert.ok(coloured.includes('\u001b['))
      const bare = stripVTControlCharacters(coloured)
        .split('\n')
        .map((line) => line.trimEnd())
      assert.deepEqual(
        bare,
        text.split('\n').map((line) => line.trimEnd()),
      )
    }),
  )
})

test('every session is told with the status that settling its client gives it', () => {
  fc.assert(
    fc.property(anyClient, fc.nat(20).map(at), (client, now) => {
      const text = explain(client, { now, width: 200 })
      const told = [...text.matchAll(/^ {2}([a-z]+) +sess_/gm)].map(([, status]) => status as Status)
      assert.deepEqual(
        told,
        settleClient(client, now).client.sessions.map(({ status }) => status),
      )
    }),
  )
})
