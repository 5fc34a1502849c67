/** Every answer by Clerk's own description: what the SDK asks for, and the bare lists that other SDKs read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenTemplate } from '../../../src/snapshot/read-templates.ts'
import document from '../../fixtures/clerk-bapi-sessions.json' with { type: 'json' }
import { ISSUER, PUBLISHABLE_KEY, refreshOf, signedInJar } from '../../support/clerk-cookies.ts'
import { command, openClerk, signIn } from '../../support/clerk-sdk.ts'
import { clerkResponseFaults } from '../../support/clerk-spec.ts'
import type { StoreKind } from '../../support/stores.ts'

const TEMPLATES = new Map<string, TokenTemplate>([['named', { claims: {}, lifetime: null }]])

/** Everything that a session can carry on the wire. */
const MEMBERS = {
  actor: { sub: 'user_admin', type: 'impersonation' },
  last_active_organization_id: 'org_1',
  latest_activity: { object: 'session_activity', id: 'sess_activity_1', is_mobile: false, city: 'Ghent' },
  tasks: [{ key: 'choose-organization' }],
}

export function description(kind: StoreKind): void {
  test('every operation that Clerk describes answers as it describes it, for sessions of every status', async () => {
    const settings = { issuer: ISSUER, publishableKey: PUBLISHABLE_KEY, templates: TEMPLATES }
    await using http = await openClerk(kind, { tokens: settings })
    const { clerk, ask, clock } = http
    const answered = new Map<string, unknown>()
    const check = async (operation: string, method: string, path: string, body?: unknown) => {
      const { status, json } = await ask(method, `/v1${path}`, body)
      assert.equal(status, 200, `${method} ${path} ${JSON.stringify(json)}`)
      assert.deepEqual(clerkResponseFaults(method, path, status, json), [], `${method} ${path}`)
      answered.set(operation, json)
      return json
    }
    const { client_id: clientId, id } = await signIn(http, { user_id: 'user_ann', status: 'pending', ...MEMBERS })
    const jar = await signedInJar(http, id)
    for (const [index, name] of ['end', 'remove', 'revoke', 'require_task'].entries()) {
      const other = await signIn(http, { user_id: `user_${index}` }, clientId)
      await command(http, other.id, name)
    }
    const { jwt: token } = (await ask('POST', `/v1/clients/${clientId}/tokens`)).json
    await check('post /sessions', 'POST', '/sessions', { user_id: 'user_eve', active_organization_id: 'org_2' })
    await check('get /sessions/{session_id}', 'GET', `/sessions/${id}`)
    await check('post /sessions/{session_id}/tokens', 'POST', `/sessions/${id}/tokens`, {})
    await check('post /sessions/{session_id}/tokens/{template_name}', 'POST', `/sessions/${id}/tokens/named`, {})
    for (const at of [clock.now(), (await clerk.sessions.getSession(id)).expireAt]) {
      clock.advanceTo(at)
      for (const query of ['', '?paginated=false', '?paginated=true', '?limit=1&offset=1', '?paginated=true&limit=2']) {
        await check('get /sessions', 'GET', `/sessions${query}`)
        await check('get /clients', 'GET', `/clients${query}`)
      }
      await check('get /clients/{client_id}', 'GET', `/clients/${clientId}`)
      await check('post /clients/verify', 'POST', '/clients/verify', { token })
    }
    await check('post /sessions/{session_id}/revoke', 'POST', `/sessions/${id}/revoke`)
    await check('get /jwks', 'GET', '/jwks')
    const fresh = await signIn(http, { user_id: 'user_ann' })
    const { expired_token, ...rest } = refreshOf(await signedInJar(http, fresh.id))
    assert.notEqual(expired_token, jar.valueOf('__session'))
    for (const format of ['token', 'cookie', null]) {
      const body = { expired_token, ...rest, format }
      await check('post /sessions/{session_id}/refresh', 'POST', `/sessions/${fresh.id}/refresh`, body)
    }
    const described = Object.entries(document.paths).flatMap(([path, operations]) => {
      return Object.keys(operations).map((method) => `${method} ${path}`)
    })
    assert.deepEqual([...answered.keys()].sort(), described.filter((each) => /^(?:get|post) /.test(each)).sort())
  })

  test('a list is a bare array where nobody asks for its count, with the same items', async () => {
    await using http = await openClerk(kind)
    const { ask } = http
    for (const name of ['ann', 'bob']) await signIn(http, { user_id: `user_${name}`, ...MEMBERS })
    for (const path of ['/v1/sessions', '/v1/clients']) {
      const bare = (await ask('GET', path)).json
      const counted = (await ask('GET', `${path}?paginated=true`)).json
      assert.deepEqual(counted, { data: bare, total_count: 2 })
    }
  })

  test('tasks are told of a session that is pending, and of no other', async () => {
    await using http = await openClerk(kind)
    const { ask } = http
    const { id } = await signIn(http, { user_id: 'user_ann', status: 'pending', tasks: MEMBERS.tasks })
    assert.deepEqual((await ask('GET', `/v1/sessions/${id}`)).json.tasks, MEMBERS.tasks)
    await command(http, id, 'complete_tasks')
    assert.equal((await ask('GET', `/v1/sessions/${id}`)).json.tasks, null)
  })

  test('the description is one that an answer can break: a member too many, one too few, a status that is none', () => {
    const times = { last_active_at: 1, expire_at: 2, abandon_at: 3, updated_at: 1, created_at: 1 }
    const session = {
      object: 'session',
      id: 'sess_1',
      user_id: 'user_1',
      client_id: 'client_1',
      status: 'active',
      ...times,
    }
    const faultsIn = (body: unknown) => clerkResponseFaults('GET', '/sessions/sess_1', 200, body).length
    assert.equal(faultsIn(session), 0)
    assert.equal(faultsIn({ ...session, actor: null, tasks: null, latest_activity: null }), 0)
    const { user_id, ...lacking } = session
    for (const broken of [lacking, { ...session, version: 1 }, { ...session, status: 'dormant' }, [session], 'text']) {
      assert.equal(faultsIn(broken), 1, JSON.stringify(broken))
    }
    const listFaults = (body: unknown) => clerkResponseFaults('GET', '/sessions?paginated=true', 200, body).length
    assert.deepEqual([listFaults({ data: [session], total_count: 1 }), listFaults([session])], [0, 0])
    assert.deepEqual([listFaults({ data: [lacking], total_count: 1 }), listFaults({ data: [session] })], [1, 1])
    assert.equal(clerkResponseFaults('POST', '/sessions/sess_1/verify', 200, session).length, 1)
    assert.equal(clerkResponseFaults('GET', '/sessions', 429, { errors: [] }).length, 0)
    assert.equal(clerkResponseFaults('GET', '/sessions', 429, { errors: [{ code: 'too_many_requests' }] }).length, 2)
  })
}
