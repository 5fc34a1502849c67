import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import client from '../../schemas/client.schema.json' with { type: 'json' }
import wireClient from '../../schemas/client.wire.schema.json' with { type: 'json' }
import finding from '../../schemas/finding.schema.json' with { type: 'json' }
import policy from '../../schemas/policy.schema.json' with { type: 'json' }
import session from '../../schemas/session.schema.json' with { type: 'json' }
import wireSession from '../../schemas/session.wire.schema.json' with { type: 'json' }
import transition from '../../schemas/transition.schema.json' with { type: 'json' }
import { toInstant } from '../../src/domain/instant.ts'
import type { SessionId, UserId } from '../../src/domain/session.ts'
import { STATUSES } from '../../src/domain/status.ts'
import { settleClient, signInClient, signOutClient, TRANSITION_TABLE } from '../../src/lifecycle/index.ts'
import { FINDINGS, parseClient, readClient } from '../../src/snapshot/index.ts'
import { BORN, MONTH, nameIn, sdkClient, sdkSession } from '../support/documents.ts'

const SCHEMAS = { client, wireClient, finding, policy, session, wireSession, transition }

/** Copied from the OpenAPI document of Clerk's Backend API, version 2026-05-12: schemas Client, Session, SessionActivityResponse. */
const CLERK_CLIENT = [
  'object',
  'id',
  'session_ids',
  'sessions',
  'sign_in_id',
  'sign_up_id',
  'last_active_session_id',
  'last_authentication_strategy',
  'updated_at',
  'created_at',
]
const CLERK_SESSION = [
  'object',
  'id',
  'user_id',
  'client_id',
  'actor',
  'status',
  'last_active_organization_id',
  'last_active_at',
  'latest_activity',
  'expire_at',
  'abandon_at',
  'updated_at',
  'created_at',
  'tasks',
]
const CLERK_ACTIVITY = [
  'object',
  'id',
  'device_type',
  'is_mobile',
  'browser_name',
  'browser_version',
  'ip_address',
  'city',
  'country',
]

const ajv = new Ajv2020({ strict: true, allErrors: true, schemas: Object.values(SCHEMAS) })
const names = (schema: { readonly properties: object }) => Object.keys(schema.properties)
const onWire = (all: readonly string[]) => all.map((name) => nameIn('wire', name))

const FOLDER = new URL('../../schemas/', import.meta.url)

test('every schema is valid JSON Schema 2020-12, under the name of its file, and compiles in strict mode', () => {
  // Nobody else looks: the code that uses them takes them for valid.
  const every = new Ajv2020({ strict: true, strictTypes: false, allErrors: true })
  const files = readdirSync(FOLDER)
  for (const file of files) {
    const schema = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { $schema: string; $id: string }
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema', file)
    assert.equal(schema.$id, file)
    assert.ok(every.validateSchema(schema), `${file}: ${every.errorsText()}`)
    every.addSchema(schema)
  }
  for (const file of files) assert.equal(typeof every.getSchema(file), 'function', file)
})

for (const [name, schema] of Object.entries(SCHEMAS)) {
  test(`the ${name} schema compiles in AJV's strict mode, types and all`, () => {
    assert.equal(typeof ajv.getSchema(schema.$id), 'function')
  })
}

test('the wire schemas are the others with their members in snake_case, in the same order', () => {
  assert.deepEqual(names(wireClient), onWire(names(client)))
  assert.deepEqual(names(wireSession), onWire(names(session)))
  const { latestActivity } = session.properties
  const { latest_activity: wireActivity } = wireSession.properties
  assert.deepEqual(names(wireActivity), onWire(names(latestActivity)))
})

test('the wire schemas require what the others do, and the object of an activity besides', () => {
  assert.deepEqual(wireClient.required, onWire(client.required))
  assert.deepEqual(wireSession.required, onWire(session.required))
  const { latestActivity } = session.properties
  const { latest_activity: wireActivity } = wireSession.properties
  assert.deepEqual(wireActivity.required, ['object', ...onWire(latestActivity.required)])
})

test('the wire schemas say of each member what the others do, its name and its activity aside', () => {
  const said = (properties: object) =>
    Object.entries(properties)
      .filter(([name]) => !/^latest_?[aA]ctivity$/.test(name))
      .map(([name, schema]) => [nameIn('wire', name), JSON.stringify(schema).replaceAll('session.wire.', 'session.')])
  assert.deepEqual(said(wireClient.properties), said(client.properties))
  const local = JSON.stringify(said(session.properties)).replaceAll('"#/$defs', '"session.schema.json#/$defs')
  const localEscaped = local.replaceAll('\\"#/$defs', '\\"session.schema.json#/$defs')
  assert.equal(JSON.stringify(said(wireSession.properties)), localEscaped)
})

test("the wire schemas know the members of Clerk's spec, every one and no other", () => {
  assert.deepEqual(names(wireClient), CLERK_CLIENT)
  assert.deepEqual(names(wireSession), CLERK_SESSION)
  assert.deepEqual(names(wireSession.properties.latest_activity), CLERK_ACTIVITY)
})

test('the statuses of the session schema are those of the code, in their order', () => {
  assert.deepEqual(session.$defs.status.enum, STATUSES)
})

test('the causes of the transition schema are those that the table can produce, sign-in, import and recorded touch', () => {
  const causes = new Set<string>(['sign-in', 'import', 'touch'])
  for (const rows of Object.values(TRANSITION_TABLE)) {
    for (const row of Object.values(rows)) {
      for (const { steps } of Object.values(row)) for (const { cause } of steps) causes.add(cause)
    }
  }
  assert.deepEqual(new Set(transition.properties.cause.enum), causes)
})

const isTransition = ajv.getSchema(transition.$id)
const isFinding = ajv.getSchema(finding.$id)

test('the transition schema takes what settling, a sign-in and a sign-out make, and nothing with a member more', () => {
  const { client: read } = parseClient(sdkClient({}, [sdkSession(), sdkSession({ id: 'sess_2', status: 'pending' })]))
  const arrival = { id: 'sess_3' as SessionId, userId: 'user_1' as UserId }
  const signedIn = signInClient(read, arrival, toInstant(BORN + 1), { askedBy: 'user_1' })
  const signedOut = signOutClient(signedIn.client, 'remove', toInstant(BORN + 2))
  const settled = settleClient(read, toInstant(BORN + MONTH))
  const made = [...signedIn.transitions, ...signedOut.transitions, ...settled.transitions]
  assert.deepEqual(made.map(({ cause }) => cause).sort(), [
    'abandon-deadline',
    'abandon-deadline',
    'expire-deadline',
    'expire-deadline',
    'remove',
    'remove',
    'remove',
    'replace',
    'replace',
    'sign-in',
  ])
  for (const each of made) {
    assert.ok(isTransition?.(each), ajv.errorsText(isTransition?.errors))
    assert.ok(isTransition?.(JSON.parse(JSON.stringify(each))))
    assert.equal(isTransition?.({ ...each, more: 1 }), false)
  }
})

test('the finding schema takes every code there is, and every finding made of a bad snapshot and of an odd one', () => {
  const odd = sdkClient({ id: 'x', 'a/b~c': 1, updatedAt: 1 }, [
    sdkSession({ status: 'ended', clientId: 'y', expireAt: 2 }),
  ])
  const bad = sdkClient({ id: '', createdAt: 'now', sessions: [{}] })
  const found = [odd, bad, '{', '[]', '{"a":1,"a":2}'].flatMap((input) => {
    const { errors, warnings } = readClient(input)
    return [...errors, ...warnings]
  })
  assert.ok(found.length > 15)
  for (const each of found) assert.ok(isFinding?.(each), ajv.errorsText(isFinding?.errors))
  for (const code of Object.keys(FINDINGS)) assert.ok(isFinding?.({ code, path: '', message: '' }))
})
