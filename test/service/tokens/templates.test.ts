import assert from 'node:assert/strict'
import test from 'node:test'
import type { SessionRecord } from '../../../src/service/records.ts'
import { renderTemplate, SHORTCODE_NAMES } from '../../../src/service/tokens/templates.ts'
import { readTemplates } from '../../../src/snapshot/read-templates.ts'

const SESSION = {
  id: 'sess_1',
  userId: 'user_1',
  clientId: 'client_1',
  status: 'active',
  createdAt: 1000,
  updatedAt: 2000,
  lastActiveAt: 3000,
  expireAt: 4000,
  abandonAt: 5000,
  version: 7,
  actor: { sub: 'user_admin' },
} as unknown as SessionRecord

function rendered(claims: Record<string, unknown>) {
  return renderTemplate({ claims, lifetime: null }, SESSION)
}

function faults(document: unknown): string[] {
  return (readTemplates(document, SHORTCODE_NAMES).errors ?? []).map(({ code, path }) => `${code} ${path}`)
}

test('a text that is one shortcode becomes its value, in a longer text the value stands as text', () => {
  assert.deepEqual(
    rendered({
      at: '{{session.created_at}}',
      who: 'u:{{ user.id }}/{{session.id}}',
      list: ['{{session.version}}', 1, null],
    }),
    { at: 1000, who: 'u:user_1/sess_1', list: [7, 1, null] },
  )
})

test('a shortcode without a value is null by itself, and nothing in a longer text', () => {
  const claims = { org: '{{session.last_active_organization_id}}', text: 'org:{{session.last_active_organization_id}}' }
  assert.deepEqual(rendered(claims), { org: null, text: 'org:' })
})

test('an object stands as an object, and as JSON in a longer text', () => {
  assert.deepEqual(rendered({ act: '{{session.actor}}', deep: { text: 'by {{session.actor}}' } }), {
    act: { sub: 'user_admin' },
    deep: { text: 'by {"sub":"user_admin"}' },
  })
})

test('every shortcode has a value', () => {
  const claims = Object.fromEntries(SHORTCODE_NAMES.map((name) => [name, `{{${name}}}`]))
  const missing = Object.entries(rendered(claims)).filter(([, value]) => value === null)
  assert.deepEqual(missing, [['session.last_active_organization_id', null]])
})

test('a value that looks like a shortcode is not rendered again', () => {
  const session = { ...SESSION, userId: '{{session.id}}' } as unknown as SessionRecord
  assert.deepEqual(renderTemplate({ claims: { who: '{{user.id}}', text: 'u {{user.id}}' }, lifetime: null }, session), {
    who: '{{session.id}}',
    text: 'u {{session.id}}',
  })
})

test('sound templates are read with their lifetimes in milliseconds', () => {
  const { templates } = readTemplates(
    { $schema: 'x', a: { claims: { role: 'user' } }, b: { claims: {}, lifetime: 'PT5M' } },
    SHORTCODE_NAMES,
  )
  assert.deepEqual(
    [...(templates ?? [])],
    [
      ['a', { claims: { role: 'user' }, lifetime: null }],
      ['b', { claims: {}, lifetime: 300_000 }],
    ],
  )
})

test('each fault of a template is told with its pointer', () => {
  assert.deepEqual(faults({ a: {} }), ['template-shape /a/claims'])
  assert.deepEqual(faults({ a: { claims: {}, ttl: 1 } }), ['template-shape /a/ttl'])
  assert.deepEqual(faults([]), ['template-shape '])
  assert.deepEqual(faults({ a: { claims: { x: '{{session.nope}}' } } }), ['template-shortcode /a/claims/x'])
  assert.deepEqual(faults({ a: { claims: { x: ['{{user.id'] } } }), ['template-shortcode /a/claims/x/0'])
  assert.deepEqual(faults({ a: { claims: {}, lifetime: 'P1M' } }), ['template-lifetime /a/lifetime'])
  assert.ok(faults({ a: { claims: { exp: 1 } } })[0]?.startsWith('template-shape /a/claims'))
  assert.ok(faults({ 'no name': { claims: {} } })[0]?.startsWith('template-shape'))
})
