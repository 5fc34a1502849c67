/** What Clerk lacks: signing in, commands, history, snapshots in and out. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { START } from '../support/services.ts'
import { DAY } from '../support/sessions.ts'
import { overStores, type StoreKind } from '../support/stores.ts'
import { aWireClient } from '../support/wire-client.ts'

const NDJSON = { 'content-type': 'application/x-ndjson' }

async function signIn(http: OpenedHttp, userId: string, more: object = {}, path = '/v1/sign_in') {
  const { status, json } = await http.ask('POST', path, { user_id: userId, ...more })
  assert.equal(status, 200, JSON.stringify(json))
  return json as Record<string, unknown> & { readonly id: string; readonly client_id: string }
}

interface Line {
  readonly [member: string]: unknown
  readonly line?: number
  readonly errors?: readonly { readonly code: string }[]
}

function linesOf(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

overStores((kind) => {
  describe('signing in', () => signingIn(kind))
  describe('commands', () => commands(kind))
  describe('snapshots', () => snapshots(kind))
})

function signingIn(kind: StoreKind): void {
  test('a user signs in on a new client, and another on the same', async () => {
    await using http = await openHttpService(kind)
    const first = await signIn(http, 'user_1')
    http.clock.advanceBy(1)
    const second = await signIn(http, 'user_2', {}, `/v1/clients/${first.client_id}/sign_in`)
    const { json } = await http.ask('GET', `/v1/clients/${first.client_id}`)
    assert.deepEqual(json.session_ids, [first.id, second.id])
    assert.equal(json.last_active_session_id, second.id)
  })

  test('what is kept of a session comes back as it was given', async () => {
    await using http = await openHttpService(kind)
    const members = {
      actor: { sub: 'user_admin' },
      last_active_organization_id: 'org_1',
      latest_activity: { object: 'session_activity', id: 'act_1', is_mobile: true, browser_name: 'Firefox' },
      tasks: [{ key: 'choose-organization' }],
    }
    const session = await signIn(http, 'user_1', { status: 'pending', ...members })
    const listed = (await http.ask('GET', '/v1/sessions?user_id=user_1')).json[0]
    for (const answer of [session, listed]) {
      assert.deepEqual(Object.fromEntries(Object.keys(members).map((name) => [name, answer[name]])), members)
    }
    await http.ask('POST', `/v1/sessions/${session.id}/complete_tasks`)
    const read = (await http.ask('GET', `/v1/sessions/${session.id}`)).json
    assert.deepEqual([read.status, read.tasks, read.actor], ['active', null, members.actor])
    const findings = []
    for await (const difference of http.service.tenure.audit()) findings.push(difference)
    assert.deepEqual(findings, [])
  })

  test("a sign-in that the policy refuses is refused in Clerk's words, and nothing is written", async () => {
    const policy = {
      sessionMode: 'single',
      onConflict: 'reject',
      maximumSessionsPerUser: 1,
      onOverflow: 'reject',
    } as const
    await using http = await openHttpService(kind, { policy })
    const { client_id: clientId } = await signIn(http, 'user_1')
    const again = await http.ask('POST', `/v1/clients/${clientId}/sign_in`, { user_id: 'user_2' })
    assert.deepEqual([again.status, again.json.errors[0].code], [400, 'session_exists'])
    const elsewhere = await http.ask('POST', '/v1/sessions', { user_id: 'user_1' })
    assert.deepEqual([elsewhere.status, elsewhere.json.errors[0].code], [409, 'session_creation_not_allowed'])
    const nowhere = await http.ask('POST', '/v1/clients/client_nobody/sign_in', { user_id: 'user_2' })
    assert.deepEqual([nowhere.status, nowhere.json.errors[0].code], [404, 'resource_not_found'])
    assert.equal((await http.ask('GET', '/v1/sessions?paginated=true')).json.total_count, 1)
  })

  test('a session id of the caller makes the call one that can be repeated', async () => {
    await using http = await openHttpService(kind)
    const body = { session_id: 'sess_mine' }
    const first = await signIn(http, 'user_1', body)
    assert.deepEqual((await signIn(http, 'user_1', body)).client_id, first.client_id)
    const other = await http.ask('POST', '/v1/sign_in', { user_id: 'user_2', ...body })
    assert.deepEqual([other.status, other.json.errors[0].code], [422, 'form_identifier_exists'])
  })
}

function commands(kind: StoreKind): void {
  test('each command says what it changed, and a status that does not accept it is no error', async () => {
    await using http = await openHttpService(kind)
    const { id } = await signIn(http, 'user_1')
    http.clock.advanceBy('PT2M')
    const touched = (await http.ask('POST', `/v1/sessions/${id}/touch`)).json
    assert.deepEqual([touched.changed, touched.reason, touched.transitions], [true, null, []])
    assert.equal(touched.session.last_active_at, START + 120_000)
    const throttled = (await http.ask('POST', `/v1/sessions/${id}/touch`, {})).json
    assert.deepEqual([throttled.changed, throttled.reason], [false, 'throttled'])
    const ended = (await http.ask('POST', `/v1/sessions/${id}/end`, { asked_by: 'user_1' })).json
    assert.deepEqual(
      ended.transitions.map(({ from, to, cause, asked_by }: Record<string, string>) => [from, to, cause, asked_by]),
      [['active', 'ended', 'end', 'user_1']],
    )
    const late = (await http.ask('POST', `/v1/sessions/${id}/touch`)).json
    assert.deepEqual([late.changed, late.reason, late.session.status], [false, 'ended', 'ended'])
    const removed = (await http.ask('POST', `/v1/sessions/${id}/remove`)).json
    assert.equal(removed.session.status, 'removed')
    assert.equal((await http.ask('POST', '/v1/sessions/sess_nobody/touch')).status, 404)
  })

  test("history has every transition in order, page by page, the clock's too once they are written down", async () => {
    await using http = await openHttpService(kind)
    const { id } = await signIn(http, 'user_1')
    http.clock.advanceBy('P30D')
    await http.service.tenure.sweep()
    const path = `/v1/sessions/${id}/history`
    const first = (await http.ask('GET', `${path}?limit=2`)).json
    const second = (await http.ask('GET', `${path}?limit=2&after=${first.next}`)).json
    assert.deepEqual(
      [...first.data, ...second.data].map(({ to, at }: { to: string; at: number }) => [to, at - START]),
      [
        ['active', 0],
        ['expired', 7 * DAY],
        ['abandoned', 30 * DAY],
      ],
    )
    assert.deepEqual([first.total_count, second.next], [3, null])
    assert.equal((await http.ask('GET', '/v1/sessions/sess_nobody/history')).status, 404)
  })

  test('all of a user are revoked but one, and asked again nothing is', async () => {
    await using http = await openHttpService(kind)
    const kept = await signIn(http, 'user_1')
    for (let count = 0; count < 5; count += 1) await signIn(http, 'user_1')
    await signIn(http, 'user_2')
    const path = '/v1/users/user_1/sessions/revoke'
    assert.deepEqual((await http.ask('POST', path, { except: kept.id })).json, { object: 'revocation', revoked: 5 })
    assert.deepEqual((await http.ask('POST', path, { except: kept.id })).json.revoked, 0)
    assert.equal((await http.ask('GET', '/v1/sessions?status=active&paginated=true')).json.total_count, 2)
  })
}

function snapshots(kind: StoreKind): void {
  test('a snapshot goes in, settled it comes out, and put in again it changes nothing', async () => {
    await using http = await openHttpService(kind)
    const snapshot = aWireClient('a', ['1', '2'])
    const put = await http.ask('PUT', `/v1/clients/${snapshot.id}`, snapshot)
    assert.deepEqual([put.status, put.json.result, put.json.warnings], [200, 'imported', []])
    assert.deepEqual(put.json.sessions.added, snapshot.session_ids)
    const read = await http.ask('GET', `/v1/clients/${snapshot.id}`)
    assert.deepEqual(read.json, { ...snapshot, sessions: read.json.sessions })
    assert.equal(read.headers['etag'], put.headers['etag'])
    const again = await http.ask('PUT', `/v1/clients/${snapshot.id}`, snapshot)
    assert.equal(again.json.result, 'unchanged')
  })

  test('what is odd is told, and rejects where that is asked; what is wrong rejects with its findings', async () => {
    await using http = await openHttpService(kind)
    const odd = { ...aWireClient('a', ['1']), session_ids: [] }
    const path = `/v1/clients/${odd.id}`
    const strict = await http.ask('PUT', `${path}?strict=true`, odd)
    assert.deepEqual([strict.status, strict.json.errors[0].code], [422, 'snapshot_invalid'])
    assert.deepEqual(
      strict.json.errors[0].meta.findings.map(({ code }: { code: string }) => code),
      ['session-ids-mismatch'],
    )
    assert.equal((await http.ask('GET', path)).status, 404)
    const taken = await http.ask('PUT', path, odd)
    assert.deepEqual(
      taken.json.warnings.map(({ code }: { code: string }) => code),
      ['session-ids-mismatch'],
    )
    const other = await http.ask('PUT', '/v1/clients/client_other', odd)
    assert.deepEqual([other.status, other.json.errors[0].meta.findings[0].path], [422, '/id'])
  })

  test('a snapshot goes over the revision that its sender knows, and over no other', async () => {
    await using http = await openHttpService(kind)
    const snapshot = aWireClient('a', ['1'])
    const path = `/v1/clients/${snapshot.id}`
    const create = { 'if-none-match': '*' }
    const etag = (await http.ask('PUT', path, snapshot, create)).headers['etag'] as string
    assert.equal((await http.ask('PUT', path, snapshot, create)).status, 412)
    const newer = { ...snapshot, updated_at: snapshot.updated_at + 1 }
    const stale = await http.ask('PUT', path, newer, { 'if-match': '"99.99"' })
    assert.deepEqual([stale.status, stale.json.errors[0].code], [412, 'precondition_failed'])
    assert.equal((await http.ask('GET', path)).headers['etag'], etag, 'nothing was written')
    assert.equal((await http.ask('PUT', path, newer, { 'if-match': `"1", ${etag}` })).json.result, 'imported')
    assert.notEqual((await http.ask('GET', path)).headers['etag'], etag)
  })

  test('a stream of snapshots is answered line by line and counted, and comes out again', async () => {
    await using http = await openHttpService(kind)
    const snapshots = Array.from({ length: 1200 }, (_, index) => aWireClient(`c${index}`, ['1']))
    const lines = snapshots.map((snapshot) => JSON.stringify(snapshot))
    lines.splice(700, 0, '{"broken":', '')
    const imported = await http.ask('POST', '/v1/clients/import', lines.join('\n'), NDJSON)
    assert.equal(imported.headers['content-type'], 'application/x-ndjson')
    const results = linesOf(imported.text)
    assert.deepEqual(results.at(-1), { object: 'import_summary', imported: 1200, unchanged: 0, rejected: 1 })
    const rejected = results.find(({ result }) => result === 'rejected')
    assert.deepEqual([rejected?.line, rejected?.errors?.[0]?.code], [701, 'json-truncated'])
    assert.equal(results[701]?.line, 703, 'blank lines count')
    const exported = await http.ask('GET', '/v1/clients/export')
    const byId = new Map(linesOf(exported.text).map((client) => [client['id'], client]))
    for (const snapshot of snapshots) assert.deepEqual(byId.get(snapshot.id), snapshot)
    const sdk = linesOf((await http.ask('GET', '/v1/clients/export?form=sdk')).text)
    assert.ok(sdk.every((client) => 'sessionIds' in client))
  })

  test('an import that the store fails in says so in its last line', async () => {
    await using http = await openHttpService(kind)
    const snapshot = JSON.stringify(aWireClient('a', ['1']))
    // The key is known by then.
    await http.ask('GET', '/v1/clients')
    await http.store.close()
    const { status, text } = await http.ask('POST', '/v1/clients/import', snapshot, NDJSON)
    assert.equal(status, 200)
    const [last] = linesOf(text)
    assert.deepEqual(last?.errors?.[0]?.code, 'service_unavailable')
  })
}
